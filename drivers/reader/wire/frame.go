package wire

import (
	"fmt"
	"log/slog"
	"time"

	"portcullis/drivers"
)

// A Frame is what one run of bytes on the line amounts to: a presentation of
// a document, something that the reader says of itself, or one fault. The lines
// are personal data.
type Frame struct {
	Kind   Kind
	Lines  []string          // as sent, rejects as [Reject]; nil unless Kind is KindOCR and Fault is NoFault
	Answer string            // of KindAnswer: the bytes that the reader answered to a command, without their framing
	In     bool              // of KindPresence: a document is there; false says that it was taken away
	Fault  drivers.ReadFault // NoFault for a whole frame
	Bytes  int               // on the wire, the framing included
}

// String tells a frame's shape and none of its content.
func (f Frame) String() string {
	return fmt.Sprintf("%s frame, fault %s, %d lines, %d bytes", f.Kind, f.Fault, len(f.Lines), f.Bytes)
}

// Format prints String whatever the verb.
func (f Frame) Format(to fmt.State, _ rune) { fmt.Fprint(to, f.String()) }

// MarshalText returns String, for logs that hold a Frame inside of something.
func (f Frame) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// LogValue is the same shape for a log.
func (f Frame) LogValue() slog.Value { return slog.StringValue(f.String()) }

// Kind is what a frame says it carries.
type Kind uint8

// The kinds of frame. The zero value is a frame that did not get so far.
const (
	KindNone Kind = iota
	KindOCR
	KindMagstripe
	KindBarcode
	KindAnswer   // to a command of the host
	KindPresence // a document was put on the reader, or taken away
)

// String returns the kind as logs and metrics name it.
func (k Kind) String() string {
	switch k {
	case KindOCR:
		return "ocr"
	case KindMagstripe:
		return "magstripe"
	case KindBarcode:
		return "barcode"
	case KindAnswer:
		return "answer"
	case KindPresence:
		return "presence"
	}
	return "none"
}

// A Framer finds frames in a stream of bytes. It is a function of the bytes
// and the times given to it alone: it starts nothing, reads no clock, and
// holds at most the framing's maximum of data bytes. How the stream was cut
// into chunks makes no difference, as long as no gap within it is an idle gap.
//
// Trouble on the line is told once for each sort of fault, until a whole frame
// or an idle gap ends that trouble: 100 KB of noise are one frame.
type Framer interface {
	// Push takes the bytes that arrived at a time, and returns the frames
	// that they completed.
	Push(at time.Time, b []byte) []Frame
	// Idle returns the frames that the passing of time alone completes.
	Idle(at time.Time) []Frame
}

// A burst holds back repeated faults: each sort is told once until the burst
// ends.
type burst struct {
	told [drivers.ReadFaults]bool
}

// add appends a frame, unless it is a fault that this burst has told. A frame
// without a fault, and a no-read, which is an answer too, end the burst.
func (b *burst) add(out []Frame, f Frame) []Frame {
	if f.Fault == drivers.NoFault || f.Fault == drivers.FaultNoRead {
		*b = burst{}
		return append(out, f)
	}
	if b.told[f.Fault] {
		return out
	}
	b.told[f.Fault] = true
	return append(out, f)
}
