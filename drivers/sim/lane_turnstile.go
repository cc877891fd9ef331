package sim

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"

	"portcullis/drivers/gate"
	lines "portcullis/drivers/gpio"
)

// controllerWindow is how long a simulated controller keeps a release, as PERCo's TB-01
// does (manual page 13).
const controllerWindow = 5 * time.Second

// moment is the longest that a turnstile moves at once. A program that was held up
// finds the door where it was, and not at the end of its way: no contact is active
// for a shorter time than that of a real door.
const moment = 20 * time.Millisecond

// A turnstile is a door, its controller and whoever walks up to it. Its contacts
// are closed while they are active, but for those that are closed at rest so
// that a cut wire shows: pulled and cabinet.
type turnstile struct {
	times LaneTimes
	relay laneLine

	closed, opened, passing, busy *laneInput
	alarm, out, pulled, cabinet   *laneInput

	woken chan struct{} // something is due, or was changed

	mu     sync.Mutex // guards what follows
	faults [laneFaults]bool
	lived  time.Duration // how long things have moved
	seen   time.Time     // when that was
	due    []laneAct
	stored []time.Time // when each authorisation lapses that nobody has used
	shut   bool
	moves  int // of the door so far
}

// A laneAct is something that is going to happen.
type laneAct struct {
	at time.Duration // of what the turnstile has lived
	do func()
}

func newTurnstile(t LaneTimes) *turnstile {
	s := &turnstile{
		times: t, woken: make(chan struct{}, 1), shut: true,
		closed: newLaneInput("DOOR_CLOSED", true), opened: newLaneInput("DOOR_OPEN", false),
		passing: newLaneInput("PASSED", false), busy: newLaneInput("BUSY", false),
		alarm: newLaneInput("ALARM", false), out: newLaneInput("OUT_OF_SERVICE", false),
		pulled: newLaneInput("EMERGENCY", true), cabinet: newLaneInput("TAMPER", true),
	}
	s.relay.onRise = s.released
	return s
}

func (s *turnstile) wires() []*laneInput {
	return []*laneInput{s.closed, s.opened, s.passing, s.busy, s.alarm, s.out, s.pulled, s.cabinet}
}

// contacts returns the lines as a gate has them.
func (s *turnstile) contacts() (c gate.Contacts, err error) {
	var errs []error
	wire := func(pin *laneInput, closedAtRest bool) gate.Wire {
		in, err := lines.NewInput(pin, lines.InputConfig{ActiveLow: !closedAtRest, Pull: gpio.PullUp})
		errs = append(errs, err)
		return gate.Wire{Contact: in, Supervised: true}
	}
	c = gate.Contacts{
		DoorClosed: wire(s.closed, false), DoorOpen: wire(s.opened, false), Passed: wire(s.passing, false), Busy: wire(s.busy, false),
		Alarm: wire(s.alarm, false), OutOfService: wire(s.out, false), Emergency: wire(s.pulled, true), Tamper: wire(s.cabinet, true),
	}
	return c, errors.Join(errs...)
}

// run lets things happen when they are due, until ctx is done.
func (s *turnstile) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.woken:
		case <-timer.C:
		}
		for do, ok := s.next(); ok; do, ok = s.next() {
			do()
		}
		if after, ok := s.wait(); ok {
			timer.Reset(after)
		}
	}
}

// live returns what the turnstile has lived so far. It belongs to who holds mu.
func (s *turnstile) live() time.Duration {
	now := time.Now()
	s.lived += min(now.Sub(s.seen), moment)
	s.seen = now
	return s.lived
}

// next returns what is due.
func (s *turnstile) next() (do func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) == 0 || s.live() < s.due[0].at {
		return nil, false
	}
	do, s.due = s.due[0].do, s.due[1:]
	return do, true
}

// wait returns after what time to look what is due, if anything is going to be.
func (s *turnstile) wait() (after time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) == 0 {
		return 0, false
	}
	return min(s.due[0].at-s.live(), moment), true
}

// plan has something happen after a while.
func (s *turnstile) plan(after time.Duration, do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.due = append(s.due, laneAct{s.live() + after, do})
	slices.SortStableFunc(s.due, func(a, b laneAct) int { return cmp.Compare(a.at, b.at) })
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

func (s *turnstile) has(f LaneFault) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults[f]
}

func (s *turnstile) isShut() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shut
}
