package sim

import "time"

// A LaneFault is something that goes wrong in a simulated lane.
type LaneFault uint8

// The faults of a simulated lane.
const (
	NoTraveller     LaneFault = iota // nobody uses a release
	StuckDoor                        // a released door does not open
	StickingDoor                     // the door stops half way
	HeldDoor                         // nobody lets the door fall shut
	ForcedDoor                       // the door stands open, release or no release
	Tailgater                        // a second traveller follows the first
	SilentContacts                   // no line answers
	StuckContact                     // the contact door_closed no longer moves
	CutWire                          // that of door_closed
	ShortToGround                    // of the wire of passed
	BouncingContact                  // door_closed does not come to rest
	EmergencyPull                    // the hard-wired emergency release is pulled
	OpenCabinet                      // the tamper contact says so
	ControllerAlarm                  // the controller raises its alarm
	ControllerOut                    // the controller says that it is out of service, and takes no pulse
	laneFaults
)

var laneFaultWords = [laneFaults]string{
	"no-traveller", "stuck-door", "sticking-door", "held-door", "forced-door", "tailgater", "silent-contacts", "stuck-contact",
	"cut-wire", "short-to-ground", "bouncing-contact", "emergency", "open-cabinet", "controller-alarm", "controller-out",
}

// String returns the fault as commands name it.
func (f LaneFault) String() string {
	if f < laneFaults {
		return laneFaultWords[f]
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
func (l *Lane) SetDoor(open bool) { l.turn.move(open) }

// Pass moves one more traveller past the passage contact.
func (l *Lane) Pass() { l.turn.pass(0) }

// wireFaults are the faults of one wire each.
func (s *turnstile) wireFaults(f LaneFault) (*laneInput, wireFault) {
	switch f {
	case StuckContact:
		return s.closed, wireStuck
	case CutWire:
		return s.closed, wireCut
	case ShortToGround:
		return s.passing, wireShorted
	}
	return nil, wireSound
}

func (s *turnstile) setFault(f LaneFault, on bool) {
	s.mu.Lock()
	s.faults[f] = on
	s.mu.Unlock()
	if wire, what := s.wireFaults(f); wire != nil {
		s.fail(wire, what, on)
	}
	switch f {
	case ForcedDoor:
		s.move(on)
	case EmergencyPull:
		s.pulled.set(!on)
		s.plan(controllerDelay, func() { s.move(on) })
	case HeldDoor, StickingDoor:
		if !on {
			s.move(false)
		}
	case SilentContacts:
		for _, wire := range s.wires() {
			s.fail(wire, wireDead, on)
		}
	case BouncingContact:
		s.bounce()
	case OpenCabinet:
		s.cabinet.set(!on)
	case ControllerAlarm:
		s.alarm.set(on)
	case ControllerOut:
		s.out.set(on)
	}
}

// fail breaks a wire or mends it. A contact that was stuck is then where the door
// has it.
func (s *turnstile) fail(wire *laneInput, f wireFault, on bool) {
	if on {
		wire.fail(f)
		return
	}
	wire.fail(wireSound)
	if wire == s.closed {
		wire.set(s.isShut())
	}
}

// bounceEach is how long a bouncing contact stays where it is, less than any input
// takes for rest.
const bounceEach = 7 * time.Millisecond

// bounce moves the contact on the door for as long as it has that fault.
func (s *turnstile) bounce() {
	if !s.has(BouncingContact) {
		s.closed.set(s.isShut())
		return
	}
	s.closed.bounce()
	s.plan(bounceEach, s.bounce)
}
