package gate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"portcullis/drivers"
)

// A Gate is the drivers.Gate of a relay and contacts. Between the beginning and
// the end of Run it can be released; before and after it is locked, and its
// state unknown.
type Gate struct {
	contacts [roles]Wire
	memory   Memory
	machine  *machine // belongs to Run
	requests chan request
	reports  chan event
	feed     feed
	said     atomic.Pointer[[roles]ContactStatus] // nil while nobody listens
	running  chan struct{}                        // closed when Run begins
	stopped  chan struct{}                        // closed when Run ends
	halting  chan struct{}                        // closed by Halt
	beat     func()                               // called by Run each time that it comes round

	mu     sync.Mutex // guards the relay and what follows
	relay  Relay
	ran    bool
	halted bool
}

// A request is what somebody asks of the gate, and where its outcome goes.
type request struct {
	event   event
	outcome chan<- error
}

// New makes a gate. It puts the relay at rest. A memory that is nil forgets at
// the end of the program that the gate was tampered with.
func New(relay Relay, contacts Contacts, memory Memory, c Config) (*Gate, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("configure gate: %w", err)
	}
	if c.Mode == LevelMode && contacts.Passed.Contact == nil {
		return nil, errors.New("configure gate: a level needs the contact passed, which ends it")
	}
	if err := relay.Set(false); err != nil {
		return nil, fmt.Errorf("put gate at rest: %w", err)
	}
	if memory == nil {
		memory = forgetful{}
	}
	g := &Gate{
		contacts: contacts.wires(),
		memory:   memory,
		machine:  newMachine(c, contacts.wires(), memory),
		requests: make(chan request),
		reports:  make(chan event),
		running:  make(chan struct{}),
		stopped:  make(chan struct{}),
		halting:  make(chan struct{}),
		beat:     func() {},
		relay:    relay,
	}
	g.feed.publish(g.idle())
	return g, nil
}

// OnBeat has Run call beat each time that it comes round, once a second at least.
func (g *Gate) OnBeat(beat func()) { g.beat = beat }

func newMachine(c Config, wires [roles]Wire, memory Memory) *machine {
	m := &machine{config: c.withDefaults()}
	for r, w := range wires {
		m.wired[r], m.supervised[r] = w.Contact != nil, w.Supervised
	}
	tampered, err := memory.Tampered()
	m.latch = latch{tampered: tampered || err != nil, noted: tampered && err == nil}
	return m
}

// idle is the status of a gate whose contacts nobody listens to.
func (g *Gate) idle() drivers.GateStatus {
	return drivers.GateStatus{State: drivers.GateUnknown, Tampered: g.machine.latch.tampered, Detail: "gate: not running"}
}

// Release lets one traveller through. It returns when the relay has been closed,
// or with the reason for which it was not.
func (g *Gate) Release(ctx context.Context, grant drivers.Grant) error {
	if err := g.ask(ctx, event{kind: release, grant: grant}); err != nil {
		return fmt.Errorf("release gate: %w", err)
	}
	return nil
}

// Lock ends a release that nobody has used. A gate that is not running is locked
// already.
func (g *Gate) Lock(ctx context.Context) error {
	err := g.ask(ctx, event{kind: lock})
	if err == nil || errors.Is(err, ErrStopped) || errors.Is(err, ErrHalted) {
		return nil
	}
	return fmt.Errorf("lock gate: %w", err)
}

// ClearTamper opens the tamper latch, once the memory has forgotten it too.
func (g *Gate) ClearTamper(ctx context.Context) error {
	if err := g.ask(ctx, event{kind: clearing}); err != nil {
		return fmt.Errorf("clear tamper latch: %w", err)
	}
	return nil
}

// ask has Run handle a request. One that Run has taken is carried out, whatever
// becomes of ctx, so that what it returns is what happened.
func (g *Gate) ask(ctx context.Context, e event) error {
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
	case g.requests <- request{event: e, outcome: outcome}:
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

// obey does what the machine says.
func (g *Gate) obey(c command) error {
	switch c {
	case note:
		g.feed.publish(g.machine.status()) // the memory may take its time
		return g.memory.SetTampered(true)
	case forget:
		return g.memory.SetTampered(false)
	}
	return g.set(c)
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
	_ drivers.Gate        = (*Gate)(nil)
	_ drivers.TamperLatch = (*Gate)(nil)
	_ drivers.Beater      = (*Gate)(nil)
)
