package board

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
	"periph.io/x/conn/v3/gpio"

	"portcullis/drivers"
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

	loops []func(ctx context.Context) error
}

// Options are what a board can be opened with. The zero value is right for a
// device; the rest is for tests and demonstrations.
type Options struct {
	Sim sim.LaneTimes // of the traveller of a simulated board
	// Find returns the pin of a line, or nil. It replaces the lines of this
	// machine.
	Find func(name string) gpio.PinIO
	// Root is where /sys is looked for; "/" if empty.
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
	l.Name = name
	return l, nil
}

// load reads the profile of a board.
func load(name string) (Profile, error) {
	if filepath.Ext(name) != ".toml" {
		text, err := profiles.ReadFile("profiles/" + name + ".toml")
		if err != nil {
			return Profile{}, fmt.Errorf("no such board; there are %s, and files that end in .toml",
				strings.Join(Names(), ", "))
		}
		return Parse(text)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return Profile{}, err
	}
	return Parse(text)
}

func openSim(o Options) (*Lane, error) {
	s, err := sim.NewLane(o.Sim)
	if err != nil {
		return nil, fmt.Errorf("board sim: %w", err)
	}
	return &Lane{
		Name: "sim", Gate: s.Gate(), Lights: s.Lights(), Buzzer: s.Buzzer(), Display: s.Display(), Sim: s,
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
