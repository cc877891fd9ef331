package reader

import (
	"strconv"
	"time"

	"portcullis/drivers"
)

// A Trace is one thing that happened on a reader's link, as a technician may see
// it. Its text holds nothing of a document.
type Trace struct {
	At   time.Time  `json:"at"`
	What TraceEvent `json:"what"`
	Text string     `json:"text"`
}

// TraceEvent is what kind of thing happened.
type TraceEvent string

// The things that happen on a link.
const (
	TraceIn      TraceEvent = "in"      // bytes came; masked
	TraceBad     TraceEvent = "bad"     // the line spoilt bytes on their way: it may be set otherwise
	TraceOut     TraceEvent = "out"     // bytes were sent
	TraceFrame   TraceEvent = "frame"   // the framer found a frame
	TraceReading TraceEvent = "reading" // a reading was delivered
	TraceState   TraceEvent = "state"   // the reader's state changed
)

// readingText tells a reading's shape: how long its lines are, and whether their
// check digits hold.
func readingText(r drivers.Reading) string {
	if r.Fault != drivers.NoFault {
		return "refused: " + r.Fault.String()
	}
	shape := ""
	for i, line := range r.Lines {
		if i > 0 {
			shape += "+"
		}
		shape += strconv.Itoa(len(line))
	}
	if Holds(r.Lines) {
		return shape + " cells, check digits hold"
	}
	return shape + " cells, check digits do not hold"
}
