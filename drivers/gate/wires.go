package gate

import (
	"context"
	"errors"
)

// A Relay is what releases the gate. Halt puts it at rest for good.
type Relay interface {
	Set(active bool) error
	Halt() error
}

// A Contact reports whether it is active, once that is known and at each change,
// and an error while it cannot be trusted. Watch returns when ctx is done.
type Contact interface {
	Watch(ctx context.Context, report func(active bool, err error))
}

// A Wire is a contact of a gate, and whether it has to prove itself: see the
// package. One without a contact is not wired.
type Wire struct {
	Contact    Contact
	Supervised bool
}

// Contacts are the contacts of a gate.
type Contacts struct {
	DoorClosed, DoorOpen, Passed, Busy     Wire
	Alarm, OutOfService, Emergency, Tamper Wire
}

// wires returns the contacts by what they tell.
func (c Contacts) wires() [roles]Wire {
	return [roles]Wire{
		doorClosed: c.DoorClosed, doorOpen: c.DoorOpen, passed: c.Passed, busy: c.Busy,
		alarm: c.Alarm, outOfService: c.OutOfService, emergency: c.Emergency, tamper: c.Tamper,
	}
}

// A Memory keeps over a restart that a gate was tampered with. It may take its
// time: it is asked when the relay is at rest.
type Memory interface {
	Tampered() (bool, error) // a gate whose memory fails counts as tampered with
	SetTampered(is bool) error
}

// forgetful is the memory of a gate that has none.
type forgetful struct{}

func (forgetful) Tampered() (bool, error) { return false, nil }
func (forgetful) SetTampered(bool) error  { return nil }

// The reasons for which a gate is not released. In none of them has the relay
// been closed.
var (
	ErrSpent        = errors.New("the grant was used before")
	ErrPending      = errors.New("an earlier grant has not ended")
	ErrNotLocked    = errors.New("the gate is not locked")
	ErrBlind        = errors.New("a contact cannot be trusted")
	ErrEmergency    = errors.New("the emergency release is pulled")
	ErrOutOfService = errors.New("the gate's controller is out of service")
	ErrTampered     = errors.New("the gate was tampered with")
	ErrRelay        = errors.New("the relay does not obey")
	ErrStopped      = errors.New("the gate is not running")
	ErrHalted       = errors.New("the gate was halted")
)
