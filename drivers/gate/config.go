package gate

import (
	"fmt"
	"time"
)

// The bounds of a command. Controllers want a pulse of 100 ms at least (PERCo
// TB-01 manual, page 13). They take what lasts some seconds for an order to stay
// open (evolve PG300 manual, page 17), so that a pulse has to end well before. How
// long a level may last is ours.
const (
	MinPulse = 100 * time.Millisecond
	MaxPulse = 1500 * time.Millisecond
	MaxLevel = 30 * time.Second
)

// Mode is what a controller takes for permission to pass.
type Mode uint8

// The modes. LevelMode is what PERCo calls potential control.
const (
	PulseMode Mode = iota // one short pulse is one passage
	LevelMode             // open for as long as the level lasts
)

// Config is the times of a gate. A zero field means its default. But for the
// pulse they are defaults of ours, and a board may have others.
type Config struct {
	Mode  Mode
	Pulse time.Duration // in PulseMode: how long the relay is closed; 200 ms
	// Window is how long a grant can be used, from the start of its command;
	// 6 s. It has to be longer than the controller's own, or a traveller at the
	// last moment is taken for an intruder. In LevelMode it is how long the relay
	// is closed at most.
	Window   time.Duration
	HoldOpen time.Duration // how long the door may stand open for one grant; 15 s
	Travel   time.Duration // how long the door takes from shut to open, or back; 4 s
}

func (c Config) withDefaults() Config {
	for _, f := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.Pulse, 200 * time.Millisecond},
		{&c.Window, 6 * time.Second},
		{&c.HoldOpen, 15 * time.Second},
		{&c.Travel, 4 * time.Second},
	} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	return c
}

// Check says what is wrong with the times, if anything is.
func (c Config) Check() error {
	given := c
	c = c.withDefaults()
	switch {
	case c.Mode > LevelMode:
		return fmt.Errorf("there is no mode %d", c.Mode)
	case c.Mode == LevelMode && given.Pulse != 0:
		return fmt.Errorf("a pulse of %v means nothing where the relay is closed until the passage begins", given.Pulse)
	case c.Mode == LevelMode && (c.Window < MinPulse || c.Window > MaxLevel):
		return fmt.Errorf("passage window %v is not within %v and %v, and is how long the relay is closed", c.Window, MinPulse, MaxLevel)
	case c.Pulse < MinPulse || c.Pulse > MaxPulse:
		return fmt.Errorf("pulse %v is not within %v and %v", c.Pulse, MinPulse, MaxPulse)
	case c.Window < 2*c.Pulse:
		return fmt.Errorf("passage window %v is shorter than two pulses of %v", c.Window, c.Pulse)
	case c.HoldOpen < time.Second:
		return fmt.Errorf("hold-open time %v is shorter than 1s", c.HoldOpen)
	case c.Travel < MinPulse || c.Travel > c.HoldOpen:
		return fmt.Errorf("travel time %v is not within %v and the hold-open time of %v", c.Travel, MinPulse, c.HoldOpen)
	}
	return nil
}

// command is how long the relay is closed for one grant, at most.
func (c Config) command() time.Duration {
	if c.Mode == LevelMode {
		return c.Window
	}
	return c.Pulse
}
