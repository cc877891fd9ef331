package gate

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Run listens to the contacts and obeys until ctx is done, and then drops the
// relay, in the middle of a pulse if need be. It runs once.
func (g *Gate) Run(ctx context.Context) error {
	if !g.begin() {
		return errors.New("run gate: it has run before")
	}
	ctx, cancel := context.WithCancel(ctx)
	var listeners sync.WaitGroup
	for r, c := range g.contacts {
		if c.Contact != nil {
			listeners.Go(func() { g.listen(ctx, role(r), c.Contact) })
		}
	}
	g.loop(ctx)
	err := g.rest()
	close(g.stopped)
	cancel()
	listeners.Wait()
	g.said.Store(nil)
	g.feed.publish(g.idle())
	return err
}

func (g *Gate) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ran {
		return false
	}
	g.ran = true
	close(g.running)
	return true
}

// listen passes on what one contact says.
func (g *Gate) listen(ctx context.Context, r role, c Contact) {
	c.Watch(ctx, func(is bool, err error) {
		e := event{kind: spoke, role: r, level: inactive}
		switch {
		case err != nil:
			e.level, e.why = lost, err.Error()
		case is:
			e.level = active
		}
		select {
		case g.reports <- e:
		case <-ctx.Done():
		}
	})
}

// loop hands every event to the machine and does what that says. Nothing in it
// waits for anybody but the relay and, while that is at rest, the memory.
func (g *Gate) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	beats := time.NewTicker(time.Second)
	defer beats.Stop()
	halting := g.halting
	for {
		g.beat()
		select {
		case <-ctx.Done():
			return
		case <-beats.C:
			continue
		case <-timer.C:
			_ = g.handle(event{}) // the failure is in the machine
		case e := <-g.reports:
			_ = g.handle(e)
		case r := <-g.requests:
			r.outcome <- g.handle(r.event)
		case <-halting:
			_ = g.handle(event{kind: halt})
			halting = nil
		}
		g.tell()
		if wake := g.machine.wake(); !wake.IsZero() {
			timer.Reset(time.Until(wake))
		}
	}
}

// handle has the machine take one event and tells it how that was obeyed.
func (g *Gate) handle(e event) error {
	do, err := g.machine.step(time.Now(), e)
	for len(do) > 0 {
		failed := g.obey(do[0])
		if err == nil && do[0] != note { // which is nobody's request
			err = failed
		}
		more, _ := g.machine.step(time.Now(), told(do[0], failed))
		do = append(do[1:], more...)
	}
	return err
}

// told is the event that a command ends in.
func told(c command, failed error) event {
	switch {
	case c == note && failed == nil:
		return event{kind: noted}
	case c == note:
		return event{kind: notNoted}
	case c == forget && failed == nil:
		return event{kind: cleared}
	case c == forget:
		return event{kind: notCleared}
	case failed == nil:
		return event{kind: relayDone}
	case errors.Is(failed, ErrHalted):
		return event{kind: halt}
	}
	return event{kind: relayFails, why: failed.Error()}
}
