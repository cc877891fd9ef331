package drivertest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/drivers"
)

// A LightsRig is a set of lights and somebody who looks at them.
type LightsRig struct {
	Lights drivers.Lights
	Run    func(ctx context.Context) error // the loops of the lights
	Lit    func() Lamps
}

// Lamps are the lamps that are lit.
type Lamps struct{ Ready, Proceed, Stop bool }

// TestLights holds lights to the contract of drivers.Lights. A busy lane is
// expected to blink with its ready lamp. It is given a rig for each test, inside
// a bubble of testing/synctest.
func TestLights(t *testing.T, open func(t *testing.T) LightsRig) {
	t.Run("each signal has its lamp", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rig := open(t)
			testSignals(t, rig, run(t, rig.Run))
		})
	})
	t.Run("halt is dark and final", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rig := open(t)
			testDark(t, rig, run(t, rig.Run))
		})
	})
}

// run starts the loops of a device and returns what ends them.
func run(t *testing.T, loops func(context.Context) error) (end func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- loops(ctx) }()
	synctest.Wait()
	return func() {
		cancel()
		if err := <-ran; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("the loops ended with %v", err)
		}
	}
}

func testSignals(t *testing.T, rig LightsRig, end func()) {
	if lit := rig.Lit(); lit != (Lamps{}) {
		t.Errorf("lights start with %+v, want dark", lit)
	}
	for _, c := range []struct {
		signal drivers.Signal
		want   Lamps
	}{
		{drivers.SignalReady, Lamps{Ready: true}},
		{drivers.SignalProceed, Lamps{Proceed: true}},
		{drivers.SignalStop, Lamps{Stop: true}},
		{drivers.SignalOff, Lamps{}},
		{drivers.SignalStop, Lamps{Stop: true}},
	} {
		rig.show(t, drivers.SignalBusy)
		rig.show(t, c.signal)
		for range 10 {
			pass(190 * time.Millisecond)
			if lit := rig.Lit(); lit != c.want {
				t.Errorf("signal %v: lit %+v, want %+v", c.signal, lit, c.want)
			}
		}
	}
	rig.show(t, drivers.SignalBusy)
	seen := map[Lamps]bool{}
	for range 40 {
		seen[rig.Lit()] = true
		pass(50 * time.Millisecond)
	}
	if len(seen) != 2 || !seen[Lamps{}] || !seen[Lamps{Ready: true}] {
		t.Errorf("signal busy: saw %v, want the ready lamp blinking", seen)
	}
	rig.show(t, drivers.SignalStop)
	end()
	if lit := rig.Lit(); lit != (Lamps{}) {
		t.Errorf("lit %+v when the loops have ended, want dark", lit)
	}
}

func testDark(t *testing.T, rig LightsRig, end func()) {
	rig.show(t, drivers.SignalBusy)
	for range 2 {
		if err := rig.Lights.Halt(); err != nil {
			t.Errorf("halt: %v", err)
		}
	}
	if rig.Lights.Show(t.Context(), drivers.SignalProceed) == nil {
		t.Error("halted lights showed a signal")
	}
	pass(time.Minute)
	if lit := rig.Lit(); lit != (Lamps{}) {
		t.Errorf("halted lights show %+v, want dark", lit)
	}
	end()
}

func (r LightsRig) show(t *testing.T, s drivers.Signal) {
	t.Helper()
	if err := r.Lights.Show(t.Context(), s); err != nil {
		t.Errorf("show %v: %v", s, err)
	}
}

// A DisplayRig is a display and somebody who reads it. A display that is dark
// shows that the lane is closed.
type DisplayRig struct {
	Display drivers.Display
	Run     func(ctx context.Context) error // the loops of the display; nil if it has none
	Shown   func() drivers.Message
}

// TestDisplay holds a display to the contract of drivers.Display. It is given a
// rig inside a bubble of testing/synctest.
func TestDisplay(t *testing.T, open func(t *testing.T) DisplayRig) {
	synctest.Test(t, func(t *testing.T) { testDisplay(t, open(t)) })
}

func testDisplay(t *testing.T, rig DisplayRig) {
	if rig.Run != nil {
		defer run(t, rig.Run)()
	}
	if m := rig.Shown(); m != drivers.MessageClosed {
		t.Errorf("the display starts with %v, want closed", m)
	}
	for m := drivers.MessageOfficer; m > drivers.MessageClosed; m-- {
		if err := rig.Display.Show(t.Context(), m); err != nil {
			t.Errorf("show %v: %v", m, err)
		}
		pass(time.Second)
		if got := rig.Shown(); got != m {
			t.Errorf("the display shows %v, want %v", got, m)
		}
	}
	for range 2 {
		if err := rig.Display.Halt(); err != nil {
			t.Errorf("halt: %v", err)
		}
	}
	if rig.Display.Show(t.Context(), drivers.MessageProceed) == nil {
		t.Error("a halted display showed a message")
	}
	pass(time.Minute)
	if m := rig.Shown(); m != drivers.MessageClosed {
		t.Errorf("a halted display shows %v, want closed", m)
	}
}
