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
		if c != nil {
			listeners.Go(func() { g.listen(ctx, role(r), c) })
		}
	}
	g.loop(ctx)
	err := g.rest()
	close(g.stopped)
	cancel()
	listeners.Wait()
	g.feed.publish(idle)
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
// waits for anybody but the relay.
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
			r.outcome <- g.handle(event{kind: r.kind})
		case <-halting:
			_ = g.handle(event{kind: halt})
			halting = nil
		}
		g.feed.publish(g.machine.status())
		if wake := g.machine.wake(); !wake.IsZero() {
			timer.Reset(time.Until(wake))
		}
	}
}

// handle has the machine take one event and tells it how the relay obeyed.
func (g *Gate) handle(e event) error {
	do, err := g.machine.step(time.Now(), e)
	for len(do) > 0 {
		failed := g.set(do[0])
		if err == nil {
			err = failed
		}
		more, _ := g.machine.step(time.Now(), told(failed))
		do = append(do[1:], more...)
	}
	return err
}

// told is the event that a command to the relay ends in.
func told(failed error) event {
	switch {
	case failed == nil:
		return event{kind: relayDone}
	case errors.Is(failed, ErrHalted):
		return event{kind: halt}
	}
	return event{kind: relayFails, why: failed.Error()}
}
