package gpio

import (
	"errors"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// OutPin is what an output needs of a pin. It has no Read, so nothing can turn
// an output into an input by looking at it.
type OutPin interface {
	Name() string
	Out(l gpio.Level) error
}

// InPin is what an input needs of a pin.
type InPin interface {
	Name() string
	In(pull gpio.Pull, edge gpio.Edge) error
	Read() gpio.Level
	WaitForEdge(timeout time.Duration) bool
}

// Periph returns the line of a pin of periph.io.
func Periph(pin interface {
	OutPin
	InPin
}) Line {
	return struct {
		outPin
		inPin
		name
	}{outPin{pin}, inPin{pin}, name(pin.Name())}
}

type name string

func (n name) Name() string { return string(n) }

// outPin is a pin as an output. It is both the line and what is had of it: the
// first level that is written asks for the line.
type outPin struct{ OutPin }

func (p outPin) Drive(c OutputConfig) (Driven, error) {
	if c.ActiveLow && c.NoBlip {
		return nil, ErrBlip
	}
	d := drivenPin{p.OutPin, c.ActiveLow}
	if err := d.Set(false); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

type drivenPin struct {
	pin OutPin
	low bool
}

func (d drivenPin) Set(active bool) error { return d.pin.Out(gpio.Level(active != d.low)) }
func (d drivenPin) Close() error          { return letGo(d.pin) }

// inPin is a pin as an input.
type inPin struct{ InPin }

func (p inPin) Sense(c InputConfig) (Sensed, error) {
	if c.Glitch != 0 {
		return nil, errors.New("pins of periph.io do not leave out glitches")
	}
	s := sensedPin{p.InPin, c}
	if err := s.arm(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

type sensedPin struct {
	pin InPin
	c   InputConfig
}

func (s sensedPin) arm() error { return s.pin.In(s.c.Pull, gpio.BothEdges) }

// Active reads the line. Read hides its errors as a low level, so what it
// returned counts only if the line can still be configured.
func (s sensedPin) Active() (bool, error) {
	level := s.pin.Read()
	if err := s.arm(); err != nil {
		return false, err
	}
	return bool(level) != s.c.ActiveLow, nil
}

func (s sensedPin) Wait(d time.Duration) error {
	s.pin.WaitForEdge(d)
	return nil
}

func (s sensedPin) Close() error { return letGo(s.pin) }

// letGo gives a line back to the kernel, if the pin can do that. A pin that
// failed once is otherwise never asked for anew.
func letGo(pin any) error {
	if c, ok := pin.(interface{ Close() }); ok {
		c.Close()
	}
	return nil
}
