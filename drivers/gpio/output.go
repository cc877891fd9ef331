package gpio

import (
	"errors"
	"fmt"
	"sync"
)

// An Output is one output line. It is write-only: what it says of itself is
// what was last written, never what was read back. It is safe for use by
// several goroutines.
type Output struct {
	line   OutLine
	config OutputConfig

	mu     sync.Mutex // guards what follows
	driven Driven     // nil while the line is lost
	active bool
	halted bool
}

// NewOutput takes the line of a pin and puts it at rest.
func NewOutput(pin OutPin, c OutputConfig) (*Output, error) { return OpenOutput(outPin{pin}, c) }

// OpenOutput takes a line and puts it at rest.
func OpenOutput(line OutLine, c OutputConfig) (*Output, error) {
	o := &Output{line: line, config: c}
	if err := o.write(false); err != nil {
		return nil, fmt.Errorf("open line %s: %w", line.Name(), err)
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
		return fmt.Errorf("set line %s: %w", o.line.Name(), ErrHalted)
	}
	if err := o.write(active); err != nil {
		return fmt.Errorf("set line %s: %w", o.line.Name(), err)
	}
	return nil
}

// Active says whether the line was last set active.
func (o *Output) Active() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.active
}

// Halt puts the line at rest for good, and holds it there until the process
// ends. It may be called more than once, and is worth calling again when it
// failed.
func (o *Output) Halt() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.halted = true
	if err := o.write(false); err != nil {
		return fmt.Errorf("halt line %s: %w", o.line.Name(), err)
	}
	return nil
}

// Close puts the line at rest for good and gives it back to the kernel, for
// whoever took it in vain.
func (o *Output) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.halted = true
	if o.driven == nil {
		return nil
	}
	err := errors.Join(o.driven.Set(false), o.driven.Close())
	o.driven, o.active = nil, false
	if err != nil {
		return fmt.Errorf("close line %s: %w", o.line.Name(), err)
	}
	return nil
}

func (o *Output) write(active bool) (err error) {
	if o.driven == nil {
		if o.driven, err = o.line.Drive(o.config); err != nil {
			o.driven, o.active = nil, false
			return fmt.Errorf("%w: %w", ErrLost, err)
		}
	}
	if err := o.driven.Set(active); err != nil {
		err = fmt.Errorf("%w: %w", ErrLost, errors.Join(err, o.driven.Close()))
		o.driven, o.active = nil, false
		return err
	}
	o.active = active
	return nil
}
