package drivertest

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/drivers"
)

// A BuzzerRig is a buzzer and somebody who hears it.
type BuzzerRig struct {
	Buzzer   drivers.Buzzer
	Run      func(ctx context.Context) error // the loops of the buzzer
	Sounding func() bool
}

// TestBuzzer holds a buzzer to the contract of drivers.Buzzer. It is given a rig
// for each test, inside a bubble of testing/synctest.
func TestBuzzer(t *testing.T, open func(t *testing.T) BuzzerRig) {
	for name, test := range map[string]func(*testing.T, BuzzerRig){
		"each tone has its pattern":  testPatterns,
		"a tone replaces another":    testReplace,
		"no tone ends the tone":      testSilence,
		"halt is silent and final":   testHaltBuzzer,
		"the end of Run is silent":   testEndBuzzer,
		"a tone needs the loops":     testNeedsRun,
		"a tone needs its context":   testBuzzerContext,
		"a tone returns immediately": testReturnsAtOnce,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, open(t)) })
		})
	}
}

// hear listens for a while and writes down what it hears: a short sound as a
// dot, a long one as a dash.
func (r BuzzerRig) hear(d time.Duration) string {
	const step = 10 * time.Millisecond
	var heard strings.Builder
	length := time.Duration(0)
	for ; d > 0; d -= step {
		synctest.Wait()
		switch sounding := r.Sounding(); {
		case sounding:
			length += step
		case length > 0:
			heard.WriteByte(map[bool]byte{false: '.', true: '-'}[length > 300*time.Millisecond])
			length = 0
		}
		time.Sleep(step)
	}
	if length > 0 {
		heard.WriteString("...and on")
	}
	return heard.String()
}

func (r BuzzerRig) sound(t *testing.T, tone drivers.Tone) {
	t.Helper()
	if err := r.Buzzer.Sound(t.Context(), tone); err != nil {
		t.Errorf("sound %v: %v", tone, err)
	}
}

func testPatterns(t *testing.T, rig BuzzerRig) {
	defer run(t, rig.Run)()
	for tone, want := range map[drivers.Tone]string{
		drivers.ToneNone: "", drivers.ToneClear: ".", drivers.ToneRefer: "..",
		drivers.ToneDocument: "---", drivers.TonePerson: "-.-.",
	} {
		rig.sound(t, tone)
		if got := rig.hear(10 * time.Second); got != want {
			t.Errorf("tone %v: heard %q, want %q", tone, got, want)
		}
	}
}

func testReplace(t *testing.T, rig BuzzerRig) {
	defer run(t, rig.Run)()
	rig.sound(t, drivers.ToneDocument)
	pass(100 * time.Millisecond)
	rig.sound(t, drivers.ToneRefer)
	if got := rig.hear(10 * time.Second); got != ".." {
		t.Errorf("after the replacement heard %q, want two short", got)
	}
}

func testSilence(t *testing.T, rig BuzzerRig) {
	defer run(t, rig.Run)()
	rig.sound(t, drivers.TonePerson)
	pass(100 * time.Millisecond)
	rig.sound(t, drivers.ToneNone)
	if got := rig.hear(10 * time.Second); got != "" {
		t.Errorf("after no tone heard %q, want silence", got)
	}
}

func testHaltBuzzer(t *testing.T, rig BuzzerRig) {
	defer run(t, rig.Run)()
	rig.sound(t, drivers.TonePerson)
	for range 2 {
		if err := rig.Buzzer.Halt(); err != nil {
			t.Errorf("halt: %v", err)
		}
	}
	if rig.Buzzer.Sound(t.Context(), drivers.ToneClear) == nil {
		t.Error("a halted buzzer accepted a tone")
	}
	if got := rig.hear(10 * time.Second); got != "" {
		t.Errorf("a halted buzzer sounded %q", got)
	}
}

func testEndBuzzer(t *testing.T, rig BuzzerRig) {
	end := run(t, rig.Run)
	rig.sound(t, drivers.TonePerson)
	pass(100 * time.Millisecond)
	end()
	if rig.Sounding() {
		t.Error("the buzzer sounds when the loops have ended")
	}
}

func testNeedsRun(t *testing.T, rig BuzzerRig) {
	if rig.Sounding() {
		t.Error("the buzzer starts sounding")
	}
	if rig.Buzzer.Sound(t.Context(), drivers.ToneClear) == nil {
		t.Error("a buzzer that does not run accepted a tone that nobody would end")
	}
	if rig.Sounding() {
		t.Error("a buzzer that does not run sounds")
	}
}

func testBuzzerContext(t *testing.T, rig BuzzerRig) {
	defer run(t, rig.Run)()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if rig.Buzzer.Sound(ctx, drivers.ToneClear) == nil {
		t.Error("a tone with a context that is done was accepted")
	}
}

func testReturnsAtOnce(t *testing.T, rig BuzzerRig) {
	defer run(t, rig.Run)()
	start := time.Now()
	rig.sound(t, drivers.TonePerson)
	if d := time.Since(start); d != 0 {
		t.Errorf("Sound took %v", d)
	}
	if !rig.Sounding() {
		t.Error("the tone has not begun")
	}
}
