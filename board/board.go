package board

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
	"periph.io/x/conn/v3/gpio"

	"portcullis/drivers"
	"portcullis/drivers/display"
	"portcullis/drivers/gate"
	"portcullis/drivers/gpio/uapi"
	"portcullis/drivers/sim"
)

// A Lane is the devices of one lane, all of them at rest.
type Lane struct {
	Name    string // of the board, as Open was given it
	Gate    drivers.Gate
	Lights  drivers.Lights
	Buzzer  drivers.Buzzer
	Display drivers.Display
	Sim     *sim.Lane // what hangs on the lines of a simulated board; nil on a real one

	Profile  Profile  // what the board is
	Warnings []string // what a technician should look at, though the lane can work

	loops []func(ctx context.Context) error
}

// Options are what a board can be opened with. The zero value is right for a
// device; the rest is for tests and demonstrations.
type Options struct {
	Sim    sim.LaneTimes // of the traveller of a simulated board
	Tamper gate.Memory   // keeps over restarts that the gate was tampered with; nil for nothing
	// Find returns the pin of a line, or nil, and replaces those of this
	// machine. Without a Kernel all lines are such pins.
	Find func(name string) gpio.PinIO
	// Kernel replaces the GPIO chips of this machine.
	Kernel uapi.Kernel
	// Bus opens an I2C bus, in place of this machine's.
	Bus func(name string) (display.Bus, error)
	// Root is where /sys and /proc are looked for; "/" if empty.
	Root string
}

// Open opens the lane of a board: "sim", one of Names, or a file whose name ends
// in .toml.
func Open(name string, o Options) (*Lane, error) {
	if name == "sim" {
		return openSim(o)
	}
	p, err := load(name)
	if err != nil {
		return nil, fmt.Errorf("board %s: %w", name, err)
	}
	l, err := openLines(p, o)
	if err != nil {
		return nil, fmt.Errorf("board %s: %w", name, err)
	}
	l.Name, l.Profile = name, p
	if w := p.differs(o.Root); w != "" {
		l.Warnings = append(l.Warnings, w)
	}
	return l, nil
}

func openSim(o Options) (*Lane, error) {
	s, err := sim.NewLane(o.Sim, o.Tamper)
	if err != nil {
		return nil, fmt.Errorf("board sim: %w", err)
	}
	return &Lane{
		Name: "sim", Profile: Profile{Board: "simulated lane"}, Gate: s.Gate(), Lights: s.Lights(), Buzzer: s.Buzzer(), Display: s.Display(), Sim: s,
		loops: []func(context.Context) error{s.Run},
	}, nil
}

// Run runs the loops of the devices until ctx is done, and puts them at rest. It
// runs once.
func (l *Lane) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, loop := range l.loops {
		g.Go(func() error { return loop(ctx) })
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("board %s: %w", l.Name, err)
	}
	return nil
}

// Halt puts every device at rest for good: locked, dark and silent. It is worth
// calling again when it failed.
func (l *Lane) Halt() error {
	err := errors.Join(l.Gate.Halt(), l.Lights.Halt(), l.Buzzer.Halt(), l.Display.Halt())
	if err != nil {
		return fmt.Errorf("board %s: %w", l.Name, err)
	}
	return nil
}
