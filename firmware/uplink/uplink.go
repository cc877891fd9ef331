package uplink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"portcullis/protocol"
)

// Options say whom an uplink speaks to, and what it can do.
type Options struct {
	// Ask asks central. An error that has a Type says which problem it was.
	Ask    func(ctx context.Context, path string, request, reply any) error
	File   string                 // of orders
	Status func() protocol.Status // what the device says of itself
	Sync   func()                 // looks for newer lists at once, and does not wait
	Erase  func() error           // destroys keys and lists
	// Revoked is told of certificates of tools that do not count any more.
	Revoked func(serials []string) error
	// Settled is called, again and again, while central knows of every order that
	// was obeyed.
	Settled func()
	Log     *slog.Logger
}

// An Uplink connects a device with central.
type Uplink struct {
	Options
	wake chan struct{}

	failures int // of heartbeats in a row; Run's alone

	mu     sync.Mutex // guards the orders, and is held while one is obeyed
	orders *orders
}

// New returns an uplink that does nothing until it runs.
func New(o Options) *Uplink {
	u := &Uplink{Options: o, wake: make(chan struct{}, 1)}
	var err error
	if u.orders, err = loadOrders(o.File); err != nil {
		o.Log.Error("the orders of central that were obeyed are not known any more", "error", err)
	}
	return u
}

// Run sends heartbeats and obeys orders until ctx is done.
func (u *Uplink) Run(ctx context.Context) error {
	u.resume()
	for {
		timer := time.NewTimer(u.beat(ctx))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-u.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// resume finishes what a crash has cut short.
func (u *Uplink) resume() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range u.orders.all {
		if e := &u.orders.all[i]; !e.Done {
			u.do(e)
		}
	}
}

// maxAtOnce bounds the orders that are taken from one reply.
const maxAtOnce = 16

// beat sends one heartbeat, obeys what comes back, and returns how long to wait.
func (u *Uplink) beat(ctx context.Context) time.Duration {
	err := u.tell(ctx)
	var reply protocol.HeartbeatReply
	if err == nil {
		err = u.Ask(ctx, protocol.HeartbeatPath, u.Status(), &reply)
	}
	if err != nil {
		return u.failed(ctx, err)
	}
	if u.failures > 0 {
		u.Log.Info("central is reached again")
	}
	u.failures = 0
	if len(reply.Revoked) > 0 {
		if err := u.Revoked(reply.Revoked); err != nil {
			u.Log.Error("revoked certificates will not be known after a restart", "error", err)
		}
	}
	for _, order := range reply.Orders[:min(len(reply.Orders), maxAtOnce)] {
		if err := u.Obey(order); err != nil {
			u.Log.Error("an order of central was not obeyed", "error", err)
		}
	}
	if err := u.tell(ctx); err != nil {
		return u.failed(ctx, err)
	}
	return pauseAfter(reply.Next)
}

func (u *Uplink) failed(ctx context.Context, err error) time.Duration {
	u.failures++
	if u.failures == 1 && ctx.Err() == nil {
		u.Log.Warn("central is not reached", "error", err)
	}
	wait := retryAfter(u.failures)
	var delay interface{ After() time.Duration }
	if errors.As(err, &delay) {
		wait = max(wait, min(delay.After(), slowest))
	}
	return wait
}

// The bounds of how often a device reports.
const (
	quickest = 5 * time.Second
	slowest  = time.Hour
	patience = 10 * time.Minute // between two tries to reach a central that is absent
)

// pauseAfter is how long to wait after a heartbeat: as central says, give or take
// a tenth, so that devices that started together drift apart.
func pauseAfter(seconds int) time.Duration {
	next := time.Duration(max(1, min(seconds, 3600))) * time.Second
	return max(quickest, min(next*9/10+rand.N(next/5), slowest))
}

// retryAfter is how long to wait after so many failures. Devices that lost
// central at the same time must not come back at the same time.
func retryAfter(failures int) time.Duration {
	wait := min(2*quickest<<min(failures-1, 10), patience)
	return wait/2 + rand.N(wait/2)
}

// maxID bounds the name of an order, in bytes.
const maxID = 128

// Obey does what an order says, unless that was done before, and has central
// told. The error is why it could not be done.
func (u *Uplink) Obey(order protocol.Order) error {
	if order.ID == "" || len(order.ID) > maxID {
		return errors.New("obey order: it has no proper name")
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	e := u.orders.find(order.ID)
	if e == nil {
		e = u.orders.add(order)
		u.save() // that it was begun
	}
	if e.Kind != order.Kind {
		return errors.New("obey order: its name was that of another order")
	}
	if !e.Done {
		u.do(e)
		u.Report()
	}
	if e.Problem != "" {
		return fmt.Errorf("obey order: %s", e.Problem)
	}
	return nil
}

// do does what an order says, and notes that it was done.
func (u *Uplink) do(e *entry) {
	u.Log.Info("obeying an order", "order", e.ID, "kind", string(e.Kind))
	var err error
	switch e.Kind {
	case protocol.Sync:
		u.Sync()
	case protocol.Erase:
		err = u.Erase()
	default:
		err = errors.New("this version does not know the order")
	}
	e.Done = true
	if err != nil {
		e.Problem = err.Error()
	}
	u.save()
}

// Report makes Run send a heartbeat at once.
func (u *Uplink) Report() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

func (u *Uplink) save() {
	if err := u.orders.save(); err != nil {
		u.Log.Error("an order is obeyed, and that will not be known after a restart", "error", err)
	}
}

// tell reports the orders that are done and not reported yet.
func (u *Uplink) tell(ctx context.Context) error {
	u.mu.Lock()
	var left []protocol.OrderDone
	for _, e := range u.orders.all {
		if e.Done && !e.Told {
			left = append(left, protocol.OrderDone{ID: e.ID, Problem: e.Problem})
		}
	}
	u.mu.Unlock()
	for _, done := range left {
		err := u.Ask(ctx, protocol.DonePath, done, nil)
		if err != nil && !isUnknown(err) {
			return err
		}
		u.told(done.ID)
	}
	if len(left) > 0 {
		_ = u.Ask(ctx, protocol.HeartbeatPath, u.Status(), nil) // how the device is now; it may be the last
	}
	u.settle()
	return nil
}

// settle says that nothing is left to report, if that is so.
func (u *Uplink) settle() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !slices.ContainsFunc(u.orders.all, func(e entry) bool { return !e.Told }) {
		u.Settled()
	}
}

// isUnknown reports whether central knows no order of that name, as when a tool
// of the fleet has given it.
func isUnknown(err error) bool {
	var problem interface{ Type() string }
	return errors.As(err, &problem) && problem.Type() == protocol.ProblemUnknown
}

func (u *Uplink) told(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if e := u.orders.find(id); e != nil {
		e.Told = true
		u.save()
	}
}
