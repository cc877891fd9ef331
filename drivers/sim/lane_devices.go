package sim

import (
	"context"
	"errors"
	"fmt"

	"portcullis/drivers"
)

// errDisplayHalted is a message for a display that was halted.
var errDisplayHalted = errors.New("the display was halted")

// A LaneSnapshot is what somebody standing at the lane would see and hear.
type LaneSnapshot struct {
	Gate     drivers.GateStatus // as its contacts have it
	DoorOpen bool               // as it is
	Relay    bool               // the relay is closed at this moment
	Pulses   int                // how often it was closed
	Signal   drivers.Signal
	Ready    bool // the lamp is lit at this moment
	Proceed  bool
	Stop     bool
	Tone     drivers.Tone // the last one asked for
	Sounding bool         // at this moment
	Message  drivers.Message
}

// Snapshot returns the state of the lane.
func (l *Lane) Snapshot() LaneSnapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	return LaneSnapshot{
		Gate:     l.status,
		DoorOpen: !l.turn.isShut(),
		Relay:    l.turn.relay.is(),
		Pulses:   l.turn.relay.count(),
		Signal:   l.signal,
		Ready:    l.ready.is(),
		Proceed:  l.proceed.is(),
		Stop:     l.stop.is(),
		Tone:     l.tone,
		Sounding: l.sounder.is(),
		Message:  l.message,
	}
}

// laneLights are the lights of a lane; they keep the signal for Snapshot.
type laneLights struct{ lane *Lane }

func (d laneLights) Show(ctx context.Context, s drivers.Signal) error {
	if err := d.lane.lights.Show(ctx, s); err != nil {
		return err
	}
	d.lane.note(func() { d.lane.signal = s })
	return nil
}

func (d laneLights) Halt() error {
	d.lane.note(func() { d.lane.signal = drivers.SignalOff })
	return d.lane.lights.Halt()
}

// laneBuzzer is the buzzer of a lane; it keeps the tone for Snapshot.
type laneBuzzer struct{ lane *Lane }

func (d laneBuzzer) Sound(ctx context.Context, t drivers.Tone) error {
	if err := d.lane.buzzer.Sound(ctx, t); err != nil {
		return err
	}
	d.lane.note(func() { d.lane.tone = t })
	return nil
}

func (d laneBuzzer) Halt() error {
	d.lane.note(func() { d.lane.tone = drivers.ToneNone })
	return d.lane.buzzer.Halt()
}

// laneDisplay is the display of a lane: the message that Snapshot returns.
type laneDisplay struct{ lane *Lane }

func (d laneDisplay) Show(ctx context.Context, m drivers.Message) (err error) {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("show %v: %w", m, err)
	}
	d.lane.note(func() {
		if d.lane.halted {
			err = fmt.Errorf("show %v: %w", m, errDisplayHalted)
			return
		}
		d.lane.message = m
	})
	return err
}

func (d laneDisplay) Halt() error {
	d.lane.note(func() { d.lane.halted, d.lane.message = true, drivers.MessageClosed })
	return nil
}
