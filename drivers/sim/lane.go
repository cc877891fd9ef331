package sim

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"portcullis/drivers"
	"portcullis/drivers/buzzer"
	"portcullis/drivers/gate"
	"portcullis/drivers/lights"
)

// LaneTimes say how a simulated traveller moves. A zero field means its default.
type LaneTimes struct {
	Reach  time.Duration // from the release until the door is pushed open; 1 s
	Walk   time.Duration // until the traveller passes; 800 ms
	Travel time.Duration // of these: until the door is wide open; half of Walk
	Clear  time.Duration // until the traveller has passed; 400 ms
	Shut   time.Duration // until the door has fallen shut; 600 ms
}

func (t LaneTimes) withDefaults() LaneTimes {
	for _, f := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&t.Reach, time.Second},
		{&t.Walk, 800 * time.Millisecond},
		{&t.Clear, 400 * time.Millisecond},
		{&t.Shut, 600 * time.Millisecond},
	} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	if t.Travel == 0 {
		t.Travel = t.Walk / 2
	}
	return t
}

// A Lane is a lane without hardware: a gate with its door, its controller and a
// traveller, three lamps, a buzzer and a display. The drivers in it are the ones
// that a real lane has; what is simulated is what hangs on their lines.
type Lane struct {
	gate    *gate.Gate
	lights  *lights.Lights
	buzzer  *buzzer.Buzzer
	ready   *laneLine
	proceed *laneLine
	stop    *laneLine
	sounder *laneLine
	turn    *turnstile

	mu      sync.Mutex // guards what follows
	signal  drivers.Signal
	tone    drivers.Tone
	message drivers.Message
	status  drivers.GateStatus
	halted  bool
}

// NewLane makes a lane, locked, dark and silent. Nothing moves in it before Run.
// Its gate has every contact, and the memory given, which may be nil.
func NewLane(t LaneTimes, memory gate.Memory) (*Lane, error) {
	l := &Lane{
		ready: new(laneLine), proceed: new(laneLine), stop: new(laneLine), sounder: new(laneLine),
		turn: newTurnstile(t.withDefaults()),
	}
	var errs [4]error
	var contacts gate.Contacts
	contacts, errs[3] = l.turn.contacts()
	l.gate, errs[0] = gate.New(&l.turn.relay, contacts, memory, gate.Config{})
	l.lights, errs[1] = lights.New(lights.Lamps{Ready: l.ready, Proceed: l.proceed, Stop: l.stop})
	l.buzzer, errs[2] = buzzer.New(l.sounder)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("make simulated lane: %w", err)
	}
	return l, nil
}

// Gate returns the gate of the lane.
func (l *Lane) Gate() drivers.Gate { return l.gate }

// Lights returns the lights of the lane.
func (l *Lane) Lights() drivers.Lights { return laneLights{l} }

// Buzzer returns the buzzer of the lane.
func (l *Lane) Buzzer() drivers.Buzzer { return laneBuzzer{l} }

// Display returns the display of the lane.
func (l *Lane) Display() drivers.Display { return laneDisplay{l} }

// Run lets time pass in the lane until ctx is done. It runs once.
func (l *Lane) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.turn.run(ctx) })
	g.Go(func() error { return l.gate.Run(ctx) })
	g.Go(func() error { return l.lights.Run(ctx) })
	g.Go(func() error { return l.buzzer.Run(ctx) })
	g.Go(func() error { return l.follow(ctx) })
	return g.Wait()
}

// follow keeps the status of the gate for Snapshot.
func (l *Lane) follow(ctx context.Context) error {
	status := make(chan drivers.GateStatus)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.gate.Watch(ctx, status) })
	g.Go(func() error {
		for {
			select {
			case s := <-status:
				l.note(func() { l.status = s })
			case <-ctx.Done():
				return nil
			}
		}
	})
	return g.Wait()
}

// Halt puts everything at rest for good.
func (l *Lane) Halt() error {
	return errors.Join(l.gate.Halt(), l.Lights().Halt(), l.Buzzer().Halt(), l.Display().Halt())
}

func (l *Lane) note(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do()
}
