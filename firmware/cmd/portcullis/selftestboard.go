package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"portcullis/board"
	"portcullis/drivers"
	"portcullis/drivers/gate"
	"portcullis/firmware"
)

// A bench is the board of an appliance while it is tested. Opening it leaves
// every device at rest.
type bench struct {
	config  config
	options selftestOptions
	lane    *board.Lane // nil until it is open
	stop    context.CancelFunc
	ran     chan error
}

// The times of a bench.
const (
	settles = 2 * time.Second  // contacts that have not spoken by then are silent
	passes  = 15 * time.Second // so long a person may take through the gate
)

// tests are of the devices of the board that was opened, in the order in which they
// depend on each other.
func (b *bench) tests() []test {
	on := func(part string, run func(context.Context) (string, error)) test {
		return b.on(part, b.config.Board, run)
	}
	tests := append([]test{on("gate", b.gate)}, b.lines()...)
	if b.options.exercise {
		tests = append(tests, on("lights", b.lights), on("buzzer", b.buzzer), on("display", b.display))
	}
	if b.options.pulseGate {
		tests = append(tests, on("gate pulse", b.pulse))
	}
	return tests
}

// on is a test of a device, if the board opens.
func (b *bench) on(part, device string, run func(context.Context) (string, error)) test {
	return test{part, device, func(ctx context.Context) (string, error) {
		if b.lane == nil {
			return "", errors.New("not tested: the board does not open")
		}
		return run(ctx)
	}}
}

// lines are tests of each line of the board, or of each contact where the board has
// no lines. The contacts had their time to speak in the test of the gate.
func (b *bench) lines() (tests []test) {
	profile, _ := board.Load(b.config.Board) // what is wrong with it, the test of the board says
	for _, line := range profile.Lines() {
		tests = append(tests, b.on(line.Key, line.Name, func(context.Context) (string, error) {
			if line.Output {
				return line.Name + ": is there, and at rest", nil
			}
			said, err := b.contact(line.Key)
			if err != nil {
				return "", fmt.Errorf("%s: %w", line.Name, err)
			}
			return line.Name + ": " + said, nil
		}))
	}
	if len(tests) > 0 || b.lane == nil {
		return tests
	}
	for _, c := range b.contacts() {
		tests = append(tests, b.on(gateKey+c.Name, b.config.Board, func(context.Context) (string, error) { return b.contact(gateKey + c.Name) }))
	}
	return tests
}

// gateKey begins the key of each line of a gate.
const gateKey = "gate."

// contacts returns what the contacts of the gate say.
func (b *bench) contacts() []gate.ContactStatus {
	if g, ok := b.lane.Gate.(*gate.Gate); ok {
		return g.Contacts()
	}
	return nil
}

// contact says what one contact says.
func (b *bench) contact(key string) (string, error) {
	for _, c := range b.contacts() {
		switch {
		case gateKey+c.Name != key:
		case c.Fault != "":
			return "", errors.New(c.Fault)
		case c.Active:
			return "active", nil
		default:
			return "not active", nil
		}
	}
	return "", errors.New("the gate does not know it")
}

// open opens the board, and has its loops run.
func (b *bench) open(ctx context.Context) (string, error) {
	lane, err := board.Open(b.config.Board, board.Options{Tamper: firmware.Folder(b.config.Data).Tamper()})
	if err != nil {
		return "", err
	}
	ctx, b.stop = context.WithCancel(ctx)
	b.lane, b.ran = lane, make(chan error, 1)
	go func() { b.ran <- lane.Run(ctx) }()
	said := append([]string{b.config.Board + ": all lines are there"}, lane.Warnings...)
	return strings.Join(said, "; "), nil
}

// close puts the board at rest.
func (b *bench) close() {
	if b.lane == nil {
		return
	}
	b.stop()
	if err := errors.Join(<-b.ran, b.lane.Halt()); err != nil {
		fmt.Fprintf(b.options.progress, "portcullis: put the board at rest: %v\n", err)
	}
}

// gate listens to the contacts until they agree that the gate is locked.
func (b *bench) gate(ctx context.Context) (string, error) {
	last, locked := b.watch(ctx, settles, func(s drivers.GateStatus) bool { return s.State == drivers.GateLocked })
	said := strings.TrimSuffix(fmt.Sprintf("%s: %s", last.State, last.Detail), ": ")
	switch {
	case !locked:
		return "", fmt.Errorf("%s: is the door shut, and every contact wired?", said)
	case last.Tampered:
		return "", fmt.Errorf("%s: it was tampered with; once you know why, start the appliance and run portcullis gate clear-tamper", said)
	}
	return said, nil
}

// watch follows the gate until it is as wanted, or for so long, and returns how it
// was last.
func (b *bench) watch(ctx context.Context, long time.Duration, wanted func(drivers.GateStatus) bool) (last drivers.GateStatus, is bool) {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	told := make(chan drivers.GateStatus)
	ended := make(chan error, 1)
	go func() { ended <- b.lane.Gate.Watch(ctx, told) }()
	defer func() {
		cancel()
		<-ended
	}()
	for {
		select {
		case last = <-told:
			if wanted(last) {
				return last, true
			}
		case <-ctx.Done():
			return last, false
		}
	}
}

// pulse lets one person through, and says what the contacts made of it.
func (b *bench) pulse(ctx context.Context) (string, error) {
	before, _ := b.watch(ctx, settles, func(s drivers.GateStatus) bool { return s.State == drivers.GateLocked })
	b.show("gate", "released: walk through")
	if err := b.lane.Gate.Release(ctx, 1); err != nil {
		return "", err
	}
	_, passed := b.watch(ctx, passes, func(s drivers.GateStatus) bool { return s.Passages > before.Passages })
	if err := b.lane.Gate.Lock(ctx); err != nil {
		return "", err
	}
	if !passed {
		return "released, and no contact saw anybody pass", nil
	}
	return "released, and one person passed", nil
}

func (b *bench) lights(ctx context.Context) (string, error) {
	return exercise(ctx, b, "lights", b.lane.Lights.Show,
		drivers.SignalReady, drivers.SignalBusy, drivers.SignalProceed, drivers.SignalStop, drivers.SignalOff)
}

func (b *bench) buzzer(ctx context.Context) (string, error) {
	return exercise(ctx, b, "buzzer", b.lane.Buzzer.Sound,
		drivers.ToneClear, drivers.ToneRefer, drivers.ToneDocument, drivers.TonePerson, drivers.ToneNone)
}

func (b *bench) display(ctx context.Context) (string, error) {
	return exercise(ctx, b, "display", b.lane.Display.Show, drivers.MessagePresent, drivers.MessageWait,
		drivers.MessageAgain, drivers.MessageProceed, drivers.MessageOfficer, drivers.MessageClosed)
}

// exercise has a device show one thing after another.
func exercise[T fmt.Stringer](ctx context.Context, b *bench, device string, show func(context.Context, T) error, things ...T) (string, error) {
	var shown []string
	for _, thing := range things {
		b.show(device, thing.String())
		if err := show(ctx, thing); err != nil {
			return "", fmt.Errorf("%s: %w", thing, err)
		}
		shown = append(shown, thing.String())
		select {
		case <-time.After(b.options.pace):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	return "told to show " + strings.Join(shown, ", "), nil
}

// show tells the technician what is to be seen or heard now.
func (b *bench) show(device, thing string) {
	fmt.Fprintf(b.options.progress, "%s: %s\n", device, thing)
}
