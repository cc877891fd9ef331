package sim

import (
	"context"
	"slices"
	"sync"
	"time"
)

// controllerWindow is how long a simulated controller keeps a release, as PERCo's TB-01
// does (manual page 13).
const controllerWindow = 5 * time.Second

// A LaneFault is something that goes wrong in a simulated lane.
type LaneFault uint8

// The faults of a simulated lane.
const (
	NoTraveller    LaneFault = iota // nobody uses a release
	StuckDoor                       // a released door does not open
	ForcedDoor                      // the door stands open, release or no release
	Tailgater                       // a second traveller follows the first
	SilentContacts                  // no contact answers
	EmergencyPull                   // the hard-wired emergency release is pulled
	laneFaults
)

// String returns the fault as commands name it.
func (f LaneFault) String() string {
	names := [...]string{"no-traveller", "stuck-door", "forced-door", "tailgater", "silent-contacts", "emergency"}
	if int(f) < len(names) {
		return names[f]
	}
	return "no such fault"
}

// SetFault switches a fault on or off.
func (l *Lane) SetFault(f LaneFault, on bool) {
	if f < laneFaults {
		l.turn.setFault(f, on)
	}
}

// SetDoor opens or shuts the door by hand.
func (l *Lane) SetDoor(open bool) { l.turn.shut.set(!open) }

// Pass moves one more traveller past the passage contact.
func (l *Lane) Pass() { l.turn.pass(0) }

// A turnstile is a door, its controller and whoever walks up to it.
type turnstile struct {
	times   LaneTimes
	relay   laneLine
	shut    laneContact
	passing laneContact
	pulled  laneContact
	woken   chan struct{} // something is due, or was changed

	mu     sync.Mutex // guards what follows
	faults [laneFaults]bool
	due    []laneAct
}

// A laneAct is something that is going to happen.
type laneAct struct {
	at time.Time
	do func()
}

func newTurnstile(t LaneTimes) *turnstile {
	s := &turnstile{times: t, woken: make(chan struct{}, 1)}
	s.relay.onRise = s.released
	s.shut.set(true)
	return s
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

func (s *turnstile) setFault(f LaneFault, on bool) {
	s.mu.Lock()
	s.faults[f] = on
	s.mu.Unlock()
	switch f {
	case ForcedDoor:
		s.shut.set(!on)
	case EmergencyPull:
		s.pulled.set(on)
		s.shut.set(!on)
	case SilentContacts:
		for _, c := range []*laneContact{&s.shut, &s.passing, &s.pulled} {
			c.fail(on)
		}
	}
}

// released is the pulse of the relay: a traveller walks up, if there is one and
// the controller still waits by then.
func (s *turnstile) released() {
	if s.has(NoTraveller) || s.times.Reach > controllerWindow {
		return
	}
	s.plan(s.times.Reach, s.walk)
}

// walk is a traveller at the door.
func (s *turnstile) walk() {
	if s.has(StuckDoor) {
		return
	}
	t := s.times
	s.shut.set(false)
	s.pass(t.Walk)
	through := t.Walk + t.Clear
	if s.has(Tailgater) {
		s.pass(through + t.Walk)
		through += t.Walk + t.Clear
	}
	s.plan(through+t.Shut, s.fall)
}

// fall shuts the door, unless something keeps it open.
func (s *turnstile) fall() {
	s.shut.set(!s.has(ForcedDoor) && !s.has(EmergencyPull))
}

// pass moves a traveller past the passage contact.
func (s *turnstile) pass(after time.Duration) {
	s.plan(after, func() { s.passing.set(true) })
	s.plan(after+s.times.Clear, func() { s.passing.set(false) })
}
