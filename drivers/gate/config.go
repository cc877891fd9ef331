package gate

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The bounds of a pulse. Controllers want 100 ms at least (PERCo TB-01 manual,
// page 13). They take what lasts some seconds for an order to stay open (evolve
// PG300 manual, page 17), so that a pulse has to end well before.
const (
	MinPulse = 100 * time.Millisecond
	MaxPulse = 1500 * time.Millisecond
)

// Config is the times of a gate. A zero field means its default.
type Config struct {
	Pulse time.Duration // how long the relay is closed; 200 ms
	// Window is how long a release can be used, from the start of its pulse;
	// 6 s. It has to be longer than the controller's own, or a traveller at the
	// last moment is taken for an intruder.
	Window   time.Duration
	HoldOpen time.Duration // how long the door may stand open for one release; 15 s
}

func (c Config) withDefaults() Config {
	if c.Pulse == 0 {
		c.Pulse = 200 * time.Millisecond
	}
	if c.Window == 0 {
		c.Window = 6 * time.Second
	}
	if c.HoldOpen == 0 {
		c.HoldOpen = 15 * time.Second
	}
	return c
}

// Check says what is wrong with the times, if anything is.
func (c Config) Check() error {
	c = c.withDefaults()
	switch {
	case c.Pulse < MinPulse || c.Pulse > MaxPulse:
		return fmt.Errorf("pulse %v is not within %v and %v", c.Pulse, MinPulse, MaxPulse)
	case c.Window < 2*c.Pulse:
		return fmt.Errorf("passage window %v is shorter than two pulses of %v", c.Window, c.Pulse)
	case c.HoldOpen < time.Second:
		return fmt.Errorf("hold-open time %v is shorter than 1s", c.HoldOpen)
	}
	return nil
}

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

// Contacts are the contacts of a gate. One that is nil is not wired.
type Contacts struct {
	DoorClosed Contact
	Passed     Contact
	Emergency  Contact
}

// The reasons for which a gate is not released. In none of them has the relay
// been closed.
var (
	ErrPending   = errors.New("an earlier release has not ended")
	ErrNotShut   = errors.New("the gate is not shut")
	ErrBlind     = errors.New("a contact cannot be trusted")
	ErrEmergency = errors.New("the emergency release is pulled")
	ErrRelay     = errors.New("the relay does not obey")
	ErrStopped   = errors.New("the gate is not running")
	ErrHalted    = errors.New("the gate was halted")
)
