package sim

import (
	"slices"
	"time"
)

// released is the pulse of the relay: the controller stores one more
// authorisation for a while, and a traveller walks up, if there is one.
func (s *turnstile) released() {
	if s.has(ControllerOut) || s.has(EmergencyPull) {
		return
	}
	s.mu.Lock()
	s.stored = append(s.stored, time.Now().Add(controllerWindow))
	s.mu.Unlock()
	if !s.has(NoTraveller) {
		s.plan(s.times.Reach, s.walk)
	}
}

// admits uses one of the authorisations that the controller still has.
func (s *turnstile) admits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored = slices.DeleteFunc(s.stored, func(lapses time.Time) bool { return !time.Now().Before(lapses) })
	if len(s.stored) == 0 {
		return false
	}
	s.stored = s.stored[1:]
	return true
}

// walk is a traveller at the door, who gets in if the controller knows of them.
func (s *turnstile) walk() {
	if !s.admits() || s.has(StuckDoor) {
		return
	}
	s.move(true)
	if s.has(StickingDoor) {
		return
	}
	t := s.times
	s.pass(t.Walk)
	through := t.Walk + t.Clear
	if s.has(Tailgater) {
		s.pass(through + t.Walk)
		through += t.Walk + t.Clear
	}
	s.plan(through, func() {
		if !s.has(HeldDoor) {
			s.move(false)
		}
	})
}

// pass moves a traveller past the passage contact.
func (s *turnstile) pass(after time.Duration) {
	s.plan(after, func() { s.passing.set(true) })
	s.plan(after+s.times.Clear, func() { s.passing.set(false) })
}

// controllerDelay is how much later than the door its controller is busy, and how
// much later than the emergency release the door moves.
const controllerDelay = 50 * time.Millisecond

// move has the door begin to move. It leaves one end at once and comes to the
// other after a while, unless it is moved again, or sticks. The controller is busy
// until it is shut.
func (s *turnstile) move(open bool) {
	if !open && (s.has(ForcedDoor) || s.has(EmergencyPull)) {
		return
	}
	s.mu.Lock()
	s.moves++
	move, arrives := s.moves, s.times.Shut
	s.shut = false
	s.mu.Unlock()
	if open {
		arrives = s.times.Travel
		s.closed.set(false)
	} else {
		s.opened.set(false)
	}
	s.plan(controllerDelay, func() { s.busy.set(!s.isShut()) })
	s.plan(arrives, func() { s.arrive(move, open) })
}

func (s *turnstile) arrive(move int, open bool) {
	s.mu.Lock()
	stays := move != s.moves || s.faults[StickingDoor]
	s.shut = s.shut || !stays && !open
	s.mu.Unlock()
	switch {
	case stays:
	case open:
		s.opened.set(true)
	default:
		s.closed.set(true)
		s.busy.set(false)
	}
}
