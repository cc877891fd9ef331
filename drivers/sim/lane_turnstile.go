package sim

import (
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
	due    []laneAct
	stored []time.Time // when each authorisation lapses that nobody has used
	shut   bool
	moves  int // of the door so far
}

// A laneAct is something that is going to happen.
type laneAct struct {
	at time.Time
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
		for do, ok := s.next(time.Now()); ok; do, ok = s.next(time.Now()) {
			do()
		}
		if at := s.nextAt(); !at.IsZero() {
			timer.Reset(time.Until(at))
		}
	}
}

// next returns what is due.
func (s *turnstile) next(now time.Time) (do func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) == 0 || now.Before(s.due[0].at) {
		return nil, false
	}
	do, s.due = s.due[0].do, s.due[1:]
	return do, true
}

// nextAt returns when the next thing is due, or zero.
func (s *turnstile) nextAt() (at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) > 0 {
		at = s.due[0].at
	}
	return at
}

// plan has something happen after a while.
func (s *turnstile) plan(after time.Duration, do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.due = append(s.due, laneAct{time.Now().Add(after), do})
	slices.SortStableFunc(s.due, func(a, b laneAct) int { return a.at.Compare(b.at) })
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
