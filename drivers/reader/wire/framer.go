package wire

import "time"

// A framer is what the framers of all families have in common: the time, and
// a machine that knows none.
type framer struct {
	machine
	idle time.Duration
	last time.Time // when the last byte came
}

// A machine is what a family knows.
type machine interface {
	take(c byte) // advances by one byte
	silence()    // ends what an idle gap ends
	reporter
}

func newFramer(f Framing, m machine) Framer { return &framer{machine: m, idle: f.Idle()} }

// Push takes bytes that arrived at a time.
func (f *framer) Push(at time.Time, b []byte) []Frame {
	f.pass(at)
	for _, c := range b {
		f.take(c)
	}
	if len(b) > 0 {
		f.last = at
	}
	return f.frames()
}

// Idle ends what silence ends.
func (f *framer) Idle(at time.Time) []Frame {
	f.pass(at)
	return f.frames()
}

// pass lets time go by.
func (f *framer) pass(at time.Time) {
	if at.Sub(f.last) >= f.idle {
		f.silence()
		f.calm()
	}
}

// A report gathers frames.
type report struct {
	burst burst
	out   []Frame
}

// A reporter is a report within a machine.
type reporter interface {
	frames() []Frame
	calm()
}

// tell adds a frame, unless it is a fault that this burst has told.
func (r *report) tell(f Frame) { r.out = r.burst.add(r.out, f) }

// frames returns what was told since it was last called.
func (r *report) frames() []Frame {
	out := r.out
	r.out = nil
	return out
}

// calm ends a burst of faults.
func (r *report) calm() { r.burst = burst{} }
