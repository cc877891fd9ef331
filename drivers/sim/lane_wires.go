package sim

import (
	"errors"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
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

// A wireFault is what is wrong with the wire of an input.
type wireFault uint8

const (
	wireSound   wireFault = iota
	wireCut               // it reads as if the contact were open
	wireShorted           // to ground: it reads as if the contact were closed
	wireStuck             // the contact no longer moves
	wireDead              // the line does not answer
)

// A laneInput is one input line of a simulated board, with the contact that hangs
// on it: pulled up, and low while the contact is closed. It is what package gpio
// asks of a pin.
type laneInput struct {
	name string

	mu     sync.Mutex // guards what follows
	closed bool       // the contact
	fault  wireFault
	edge   chan struct{} // holds one edge that nobody has waited for yet
}

func newLaneInput(name string, closed bool) *laneInput {
	return &laneInput{name: name, closed: closed, edge: make(chan struct{}, 1)}
}

// set closes or opens the contact.
func (l *laneInput) set(closed bool) {
	l.change(func() {
		if l.fault != wireStuck {
			l.closed = closed
		}
	})
}

// bounce moves the contact.
func (l *laneInput) bounce() { l.change(func() { l.closed = !l.closed }) }

func (l *laneInput) fail(f wireFault) { l.change(func() { l.fault = f }) }

func (l *laneInput) change(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
	select {
	case l.edge <- struct{}{}:
	default:
	}
}

// Name returns the name of the line.
func (l *laneInput) Name() string { return l.name }

// In fails while the line does not answer.
func (l *laneInput) In(gpio.Pull, gpio.Edge) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fault == wireDead {
		return errLaneLine
	}
	return nil
}

// Read returns the level of the line; an error reads as low.
func (l *laneInput) Read() gpio.Level {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.fault {
	case wireCut:
		return gpio.High
	case wireShorted, wireDead:
		return gpio.Low
	}
	return gpio.Level(!l.closed)
}

// WaitForEdge waits for a change, but not for ever.
func (l *laneInput) WaitForEdge(timeout time.Duration) bool {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-l.edge:
		return true
	case <-timer.C:
		return false
	}
}
