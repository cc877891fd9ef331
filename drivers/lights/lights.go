// Package lights drives the lamps of a lane, one line to a lamp.
//
//	ready    lit       present a document
//	ready    blinking  busy, unless busy has a lamp of its own
//	proceed  lit       go through
//	stop     lit       do not go through
//
// Each signal has a place as well as a colour, and two are never lit at once: a
// lamp goes out before the next is lit, and proceed stays dark unless every
// other lamp could be put out.
//
// The package knows no pins. It imports nothing of ours but drivers.
package lights

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"portcullis/drivers"
)

// BlinkTime is how long a blinking lamp is lit, and how long it is dark.
const BlinkTime = 400 * time.Millisecond

// ErrHalted is a signal asked of lights that were halted.
var ErrHalted = errors.New("the lights were halted")

// A Lamp is one line. Halt puts it out for good.
type Lamp interface {
	Set(lit bool) error
	Halt() error
}

// Lamps are the lamps of a lane. One that is nil is not there.
type Lamps struct {
	Ready, Busy, Proceed, Stop Lamp
}

// all returns the lamps that are there.
func (l Lamps) all() (all []Lamp) {
	for _, lamp := range []Lamp{l.Ready, l.Busy, l.Proceed, l.Stop} {
		if lamp != nil {
			all = append(all, lamp)
		}
	}
	return all
}

// of returns the lamp of a signal, if it has one, and whether it blinks.
func (l Lamps) of(s drivers.Signal) (lamp Lamp, blinks bool) {
	switch s {
	case drivers.SignalReady:
		return l.Ready, false
	case drivers.SignalBusy:
		if l.Busy == nil {
			return l.Ready, true
		}
		return l.Busy, false
	case drivers.SignalProceed:
		return l.Proceed, false
	case drivers.SignalStop:
		return l.Stop, false
	}
	return nil, false
}

// Lights is the drivers.Lights of lamps on lines.
type Lights struct {
	lamps   Lamps
	changed chan struct{} // a lamp has begun to blink, or has ceased to

	mu       sync.Mutex // guards the lamps and what follows
	blinking Lamp
	lit      bool // of the blinking lamp
	halted   bool
}

// New makes lights, dark.
func New(lamps Lamps) (*Lights, error) {
	l := &Lights{lamps: lamps, changed: make(chan struct{}, 1)}
	if err := l.putOut(nil); err != nil {
		return nil, fmt.Errorf("put out lamps: %w", err)
	}
	return l, nil
}

// Show lights the lamp of a signal and puts out all others.
func (l *Lights) Show(ctx context.Context, s drivers.Signal) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("show %v: %w", s, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.halted {
		return fmt.Errorf("show %v: %w", s, ErrHalted)
	}
	if err := l.show(s); err != nil {
		return fmt.Errorf("show %v: %w", s, err)
	}
	return nil
}

func (l *Lights) show(s drivers.Signal) error {
	lamp, blinks := l.lamps.of(s)
	l.blinking, l.lit = nil, true
	if blinks {
		l.blinking = lamp
	}
	l.tell()
	err := l.putOut(lamp)
	if lamp == nil || err != nil && s == drivers.SignalProceed {
		return err
	}
	return errors.Join(err, lamp.Set(true))
}

// putOut puts out every lamp but one.
func (l *Lights) putOut(but Lamp) (err error) {
	for _, lamp := range l.lamps.all() {
		if lamp != but {
			err = errors.Join(err, lamp.Set(false))
		}
	}
	return err
}

// Halt puts out every lamp for good. It is worth calling again when it failed.
func (l *Lights) Halt() (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.halted, l.blinking = true, nil
	for _, lamp := range l.lamps.all() {
		err = errors.Join(err, lamp.Halt())
	}
	if err != nil {
		return fmt.Errorf("halt lights: %w", err)
	}
	return nil
}

var _ drivers.Lights = (*Lights)(nil)
