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
		return "refused, " + r.Fault.String() + ": " + Explain(r.Fault)
	}
	shape := Shape(r.Lines)
	if Holds(r.Lines) {
		return shape + ", check digits hold"
	}
	return shape + ", check digits do not hold"
}

// Shape tells how long lines are, and nothing of them.
func Shape(lines []string) string {
	shape := ""
	for i, line := range lines {
		if i > 0 {
			shape += "+"
		}
		shape += strconv.Itoa(len(line))
	}
	return shape + " cells"
}

// Explain says of a fault what it is, and what may be behind it.
func Explain(f drivers.ReadFault) string { return explanations[f] }

var explanations = [drivers.ReadFaults]string{
	drivers.NoFault:        "nothing is wrong with it",
	drivers.FaultNoRead:    "the reader says that it could not read the document",
	drivers.FaultNoise:     "bytes that belong to no frame: another profile, or another setting of the line",
	drivers.FaultTruncated: "a frame without its end: a loose plug, a longer frame.idle_ms, or another profile",
	drivers.FaultTooLong:   "more bytes than a frame can have: another profile",
	drivers.FaultMalformed: "a frame whose inside is no zone: frame.separator, zone.align and zone.split, or another profile",
	drivers.FaultChecksum:  "its check bytes do not fit: frame.checksum and frame.span, or frame.crc",
	drivers.FaultParity:    "the line marks a byte as wrong: line.parity, the baud rate, or the cable",
	drivers.FaultLost:      "bytes or keys came faster than they were taken: a delay between characters, or another link",
	drivers.FaultPartial:   "a line of a zone whose others did not come in time: a longer zone.pair_ms, or present it again",
}
