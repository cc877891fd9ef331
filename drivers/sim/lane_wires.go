package sim

import (
	"context"
	"errors"
	"sync"
)

// errLaneLine is what a simulated line says that was halted or has gone silent.
var errLaneLine = errors.New("simulated line does not answer")

// A laneLine is one output of a simulated board.
type laneLine struct {
	mu     sync.Mutex // guards what follows
	active bool
	halted bool
	rises  int    // how often the line became active
	onRise func() // called each time
}

// Set makes the line active or puts it at rest.
func (l *laneLine) Set(active bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.halted {
		return errLaneLine
	}
	if active && !l.active {
		l.rise()
	}
	l.active = active
	return nil
}

func (l *laneLine) rise() {
	l.rises++
	if l.onRise != nil {
		l.onRise()
	}
}

// Halt puts the line at rest for good.
func (l *laneLine) Halt() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active, l.halted = false, true
	return nil
}

func (l *laneLine) is() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.active
}

func (l *laneLine) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rises
}

// A laneContact is one input of a simulated board.
type laneContact struct {
	mu      sync.Mutex // guards what follows
	active  bool
	silent  bool
	changed chan struct{} // closed at the next change
}

// set moves the contact.
func (c *laneContact) set(active bool) {
	c.change(func() { c.active = active })
}

// fail makes the contact stop or begin to answer.
func (c *laneContact) fail(silent bool) {
	c.change(func() { c.silent = silent })
}

func (c *laneContact) change(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
	if c.changed != nil {
		close(c.changed)
	}
	c.changed = make(chan struct{})
}

func (c *laneContact) is() bool {
	active, _, _ := c.read()
	return active
}

func (c *laneContact) read() (active, silent bool, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	return c.active, c.silent, c.changed
}

// Watch reports the contact now and at each change until ctx is done.
func (c *laneContact) Watch(ctx context.Context, report func(active bool, err error)) {
	for {
		active, silent, changed := c.read()
		if silent {
			report(false, errLaneLine)
		} else {
			report(active, nil)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}
