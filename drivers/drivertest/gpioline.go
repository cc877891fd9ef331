package drivertest

import (
	"testing"
	"time"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/drivers/gpio"
)

// A LineRig is a line that nobody holds, wired to fall when it is let go, and
// somebody at its other end.
type LineRig struct {
	Line  gpio.Line
	Other gpio.Line       // the same line, as another program sees it
	Drive func(high bool) // from outside
	High  func() bool     // as a meter shows it

	// What not every rig can do.
	Lose func() // as when the chip goes, and comes back
	Seen func() []Seen
}

// TestLine holds a line to the contract of gpio.Line. It is given a rig for each
// test, and runs each in what it is given: a bubble of testing/synctest, or Here
// for a line that is real.
func TestLine(t *testing.T, in func(*testing.T, func(*testing.T)), open func(t *testing.T) LineRig) {
	for name, test := range map[string]func(*testing.T, LineRig){
		"an output starts at rest and follows": testDrive,
		"an active-low output is the reverse":  testDriveLow,
		"an output that is let go falls":       testLetGo,
		"a line has one holder":                testOneHolder,
		"an input says what there is":          testSense,
		"an edge ends a wait":                  testEdge,
		"an edge before a wait counts":         testQueuedEdge,
		"a wait ends in time":                  testQuiet,
		"a lost output is an error":            testLostOutput,
		"a lost input is an error":             testLostInput,
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) { test(t, open(t)) })
		})
	}
}

// Here runs a test in the time that there is.
func Here(t *testing.T, test func(*testing.T)) { test(t) }

func (r LineRig) drive(t *testing.T, c gpio.OutputConfig) gpio.Driven {
	t.Helper()
	d, err := r.Line.Drive(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func (r LineRig) sense(t *testing.T, c gpio.InputConfig) gpio.Sensed {
	t.Helper()
	s, err := r.Line.Sense(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func testDrive(t *testing.T, r LineRig) {
	d := r.drive(t, gpio.OutputConfig{NoBlip: true})
	for _, active := range []bool{false, true, true, false, true} {
		if err := d.Set(active); err != nil {
			t.Fatal(err)
		}
		if r.High() != active {
			t.Errorf("set %v, and the line is high: %v", active, r.High())
		}
	}
	if r.Seen == nil {
		return
	}
	if seen := r.Seen(); len(seen) != 4 {
		t.Errorf("the outside saw %v, want low, high, low, high", seen)
	}
}

func testDriveLow(t *testing.T, r LineRig) {
	d := r.drive(t, gpio.OutputConfig{ActiveLow: true})
	if !r.High() {
		t.Error("an active-low output at rest is low")
	}
	for _, active := range []bool{true, false} {
		if err := d.Set(active); err != nil {
			t.Fatal(err)
		}
		if r.High() == active {
			t.Errorf("set %v, and the line is high: %v", active, r.High())
		}
	}
}

func testLetGo(t *testing.T, r LineRig) {
	d := r.drive(t, gpio.OutputConfig{})
	if err := d.Set(true); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if r.High() {
		t.Error("the line is still high")
	}
	if r.drive(t, gpio.OutputConfig{ActiveLow: true}); !r.High() {
		t.Error("the line that was asked for anew is not at rest")
	}
}

func testOneHolder(t *testing.T, r LineRig) {
	d := r.drive(t, gpio.OutputConfig{})
	if err := d.Set(true); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Other.Drive(gpio.OutputConfig{}); err == nil {
		t.Error("another program took the line as an output")
	}
	if _, err := r.Other.Sense(gpio.InputConfig{}); err == nil {
		t.Error("another program took the line as an input")
	}
	if !r.High() {
		t.Error("another program changed the line")
	}
}

func testSense(t *testing.T, r LineRig) {
	for _, low := range []bool{false, true} {
		s := r.sense(t, gpio.InputConfig{ActiveLow: low, Pull: periph.PullUp})
		for _, high := range []bool{true, false, true} {
			r.Drive(high)
			active, err := s.Active()
			if err != nil || active != (high != low) {
				t.Errorf("high %v, active low %v: read %v, %v", high, low, active, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// wait returns how long the line waited for an edge.
func wait(t *testing.T, s gpio.Sensed, d time.Duration) time.Duration {
	t.Helper()
	start := time.Now()
	if err := s.Wait(d); err != nil {
		t.Error(err)
	}
	return time.Since(start)
}

func testEdge(t *testing.T, r LineRig) {
	s := r.sense(t, gpio.InputConfig{})
	for _, high := range []bool{true, false} {
		timer := time.AfterFunc(50*time.Millisecond, func() { r.Drive(high) })
		if waited := wait(t, s, time.Minute); waited >= time.Minute {
			t.Errorf("the edge to high %v was not seen", high)
		}
		timer.Stop()
		if active, err := s.Active(); err != nil || active != high {
			t.Fatalf("after the edge: active %v, %v; want %v", active, err, high)
		}
	}
}

func testQueuedEdge(t *testing.T, r LineRig) {
	s := r.sense(t, gpio.InputConfig{})
	r.Drive(true)
	r.Drive(false)
	if waited := wait(t, s, time.Minute); waited >= time.Minute {
		t.Error("edges from before the wait were not seen")
	}
}

func testQuiet(t *testing.T, r LineRig) {
	s := r.sense(t, gpio.InputConfig{})
	if waited := wait(t, s, 200*time.Millisecond); waited < 200*time.Millisecond {
		t.Errorf("waited %v without an edge, want 200 ms", waited)
	}
}

func testLostOutput(t *testing.T, r LineRig) {
	if r.Lose == nil {
		t.Skip("this line cannot be lost at will")
	}
	d := r.drive(t, gpio.OutputConfig{})
	r.Lose()
	if d.Set(true) == nil {
		t.Error("a lost line was set")
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err := r.drive(t, gpio.OutputConfig{}).Set(true); err != nil || !r.High() {
		t.Errorf("the line was not asked for anew: %v", err)
	}
}

// A lost line may be noticed by a wait or by a read, and by neither as a level.
func testLostInput(t *testing.T, r LineRig) {
	if r.Lose == nil {
		t.Skip("this line cannot be lost at will")
	}
	s := r.sense(t, gpio.InputConfig{})
	r.Lose()
	start := time.Now()
	_ = s.Wait(time.Minute)
	if waited := time.Since(start); waited >= time.Minute {
		t.Errorf("a lost line was waited for, %v", waited)
	}
	if _, err := s.Active(); err == nil {
		t.Error("a lost line has a level")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	r.Drive(true)
	if active, err := r.sense(t, gpio.InputConfig{}).Active(); err != nil || !active {
		t.Errorf("the line was not asked for anew: %v, %v", active, err)
	}
}
