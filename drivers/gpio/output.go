package gpio

import (
	"fmt"
	"sync"

	"periph.io/x/conn/v3/gpio"
)

// OutputConfig says how an output is wired. Its zero value is a line that is
// active when high.
type OutputConfig struct {
	ActiveLow bool // the line is active when low
	NoBlip    bool // the line may not be active for even a moment before it is told to be
	// LevelFirst says that the pins of this board take their level before they
	// become outputs, so that no line blips. The kernel's own lines do not.
	LevelFirst bool
}

// An Output is one output line. It is write-only: what it says of itself is
// what was last written, never what was read back. It is safe for use by
// several goroutines.
type Output struct {
	pin OutPin
	low bool

	mu     sync.Mutex // guards the pin and what follows
	active bool
	halted bool
}

// NewOutput takes a line and puts it at rest.
func NewOutput(pin OutPin, c OutputConfig) (*Output, error) {
	if c.ActiveLow && c.NoBlip && !c.LevelFirst {
		return nil, fmt.Errorf("open line %s: %w", pin.Name(), ErrBlip)
	}
	o := &Output{pin: pin, low: c.ActiveLow}
	if err := o.write(false); err != nil {
		return nil, fmt.Errorf("open line %s: %w", pin.Name(), err)
	}
	return o, nil
}

// Set makes the line active or puts it at rest. A line that fails is let go,
// which puts it at rest where it is wired for that, and asked for anew by the
// next Set.
func (o *Output) Set(active bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.halted {
		return fmt.Errorf("set line %s: %w", o.pin.Name(), ErrHalted)
	}
	if err := o.write(active); err != nil {
		return fmt.Errorf("set line %s: %w", o.pin.Name(), err)
	}
	return nil
}

// Active says whether the line was last set active.
func (o *Output) Active() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.active
}

// Halt puts the line at rest for good. It may be called more than once, and is
// worth calling again when it failed.
func (o *Output) Halt() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.halted = true
	if err := o.write(false); err != nil {
		return fmt.Errorf("halt line %s: %w", o.pin.Name(), err)
	}
	return nil
}

func (o *Output) write(active bool) error {
	if err := o.pin.Out(gpio.Level(active != o.low)); err != nil {
		letGo(o.pin)
		o.active = false
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	o.active = active
	return nil
}
