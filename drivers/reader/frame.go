package reader

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"portcullis/drivers"
)

// A Frame is what one run of bytes on the line amounts to: a presentation of
// a document, or one fault. The lines are personal data.
type Frame struct {
	Kind  Kind
	Lines []string          // as sent, rejects as [Reject]; nil unless Kind is KindOCR and Fault is NoFault
	Fault drivers.ReadFault // NoFault for a whole frame
	Bytes int               // on the wire, the framing included
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
	}
	return "none"
}

// A Framer finds frames in a stream of bytes. It is a function of the bytes
// and the times given to it alone: it starts nothing, reads no clock, and
// holds at most the profile's maximum of data bytes. How the stream was cut
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

// A family is one way of framing on the wire: how to take frames apart and how
// to put them together.
type family struct {
	framer func(Profile) Framer
	encode func(p Profile, lines []string) []byte
}

// families holds every family by the name that a profile's frame.kind gives.
// A further one is a further file and a line here.
var families = map[string]family{
	"sita":  {framer: newSITA, encode: encodeSITA},
	"lines": {framer: newLines, encode: encodeLines},
}

// NewFramer returns the framer that a profile asks for.
func NewFramer(p Profile) (Framer, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return families[p.Frame.Kind].framer(p), nil
}

// Encode returns the bytes with which a reader of this profile sends the
// lines. No lines give what it sends when it could not read a document. Encode
// sends what it is given: a line may be too long or hold any byte.
func Encode(p Profile, lines []string) ([]byte, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return families[p.Frame.Kind].encode(p, lines), nil
}

// familyNames lists the families for an error text.
func familyNames() string {
	return strings.Join(slices.Sorted(maps.Keys(families)), ", ")
}

// A burst holds back repeated faults: each sort is told once until the burst
// ends.
type burst struct {
	told [drivers.FaultMalformed + 1]bool
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
