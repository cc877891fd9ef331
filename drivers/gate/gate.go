package gate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"portcullis/drivers"
)

// A Gate is the drivers.Gate of a relay and contacts. Between the beginning and
// the end of Run it can be released; before and after it is locked, and its
// state unknown.
type Gate struct {
	contacts [roles]Contact
	machine  *machine // belongs to Run
	requests chan request
	reports  chan event
	feed     feed
	running  chan struct{} // closed when Run begins
	stopped  chan struct{} // closed when Run ends
	halting  chan struct{} // closed by Halt
	beat     func()        // called by Run each time that it comes round

	mu     sync.Mutex // guards the relay and what follows
	relay  Relay
	ran    bool
	halted bool
}

// A request is a release or a lock, and where its outcome goes.
type request struct {
	kind    kind
	outcome chan<- error
}

// New makes a gate. It puts the relay at rest.
func New(relay Relay, contacts Contacts, c Config) (*Gate, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("configure gate: %w", err)
	}
	if err := relay.Set(false); err != nil {
		return nil, fmt.Errorf("put gate at rest: %w", err)
	}
	g := &Gate{
		contacts: [roles]Contact{door: contacts.DoorClosed, passage: contacts.Passed, emergency: contacts.Emergency},
		machine:  &machine{config: c.withDefaults()},
		requests: make(chan request),
		reports:  make(chan event),
		running:  make(chan struct{}),
		stopped:  make(chan struct{}),
		halting:  make(chan struct{}),
		beat:     func() {},
		relay:    relay,
	}
	for r, c := range g.contacts {
		g.machine.wired[r] = c != nil
	}
	g.feed.publish(idle)
	return g, nil
}

// OnBeat has Run call beat each time that it comes round, once a second at least.
func (g *Gate) OnBeat(beat func()) { g.beat = beat }

// idle is the status of a gate whose contacts nobody listens to.
var idle = drivers.GateStatus{State: drivers.GateUnknown, Detail: "gate: not running"}

// Release lets one traveller through. It returns when the relay has been closed,
// or with the reason for which it was not.
func (g *Gate) Release(ctx context.Context) error {
	if err := g.ask(ctx, release); err != nil {
		return fmt.Errorf("release gate: %w", err)
	}
	return nil
}

// Lock ends a release that nobody has used. A gate that is not running is locked
// already.
func (g *Gate) Lock(ctx context.Context) error {
	err := g.ask(ctx, lock)
	if err == nil || errors.Is(err, ErrStopped) || errors.Is(err, ErrHalted) {
		return nil
	}
	return fmt.Errorf("lock gate: %w", err)
}

// ask has Run handle a request. One that Run has taken is carried out, whatever
// becomes of ctx, so that what it returns is what happened.
func (g *Gate) ask(ctx context.Context, k kind) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-g.running:
	default:
		return ErrStopped
	}
	outcome := make(chan error, 1)
	select {
	case g.requests <- request{kind: k, outcome: outcome}:
		return <-outcome
	case <-g.halting:
		return ErrHalted
	case <-g.stopped:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Watch delivers the status now and at each change until ctx is done. A watcher
// that falls far behind misses the oldest changes, never the newest.
func (g *Gate) Watch(ctx context.Context, status chan<- drivers.GateStatus) error {
	g.feed.watch(ctx, status)
	return nil
}

// Halt puts the relay at rest for good, at once and from any goroutine. It is
// worth calling again when it failed.
func (g *Gate) Halt() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.halted {
		g.halted = true
		close(g.halting)
	}
	if err := g.relay.Halt(); err != nil {
		return fmt.Errorf("halt gate: %w", err)
	}
	return nil
}

// set is the only way to the relay but Halt, after which it does not close any
// more.
func (g *Gate) set(c command) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.halted {
		return ErrHalted
	}
	return g.relay.Set(c == relayOn)
}

// rest drops the relay, and tries some more if it refuses.
func (g *Gate) rest() (err error) {
	for range 5 {
		if err = g.set(relayOff); err == nil || errors.Is(err, ErrHalted) {
			return nil
		}
		time.Sleep(relayRetry)
	}
	return fmt.Errorf("drop relay: %w", err)
}

var (
	_ drivers.Gate   = (*Gate)(nil)
	_ drivers.Beater = (*Gate)(nil)
)
