package wire

import "portcullis/drivers"

// The control bytes of SITA/CUTE (Access ATB420 manual p. 21).
const (
	stx = 0x02
	etx = 0x03

	sodMagstripe, eodMagstripe = 0x0E, 0x0F
	sodOCR, eodOCR             = 0x1C, 0x1D
	sodBarcode, eodBarcode     = 0x1E, 0x1F
)

// sitaState is where in a block the last byte was.
type sitaState uint8

const (
	sitaOutside sitaState = iota
	sitaData              // after STX
	sitaEnding            // after ETX: the end byte must follow
	sitaSkip              // after too much data: until the next start or silence
)

// sita is the framer of SITA/CUTE blocks; the package comment draws them.
type sita struct {
	report
	cells *alphabet

	state sitaState
	kind  Kind
	prev  byte   // the byte before, since the last idle gap or whole frame
	data  []byte // of an OCR block; other data is counted, not kept
	count int    // data bytes so far
	max   int
	wire  int // bytes of this frame, or of this noise
}

var sitaFamily = family{framer: newSITA, encode: encodeSITA, choices: map[string][]string{"frame.separator": {"cr"}}}

func newSITA(f Framing) Framer {
	return newFramer(f, &sita{
		cells: newAlphabet(f.Pad),
		max:   f.Max,
		data:  make([]byte, 0, f.Max),
	})
}

// silence ends a frame or a burst of noise after which nothing came for the
// idle time.
func (s *sita) silence() {
	s.breakOff()
	s.rest(sitaOutside)
	s.prev = 0
}

// take advances by one byte. A start byte followed by STX begins a frame
// wherever it stands.
func (s *sita) take(c byte) {
	prev := s.prev
	s.prev = c
	if kind := kindOfStart(prev); c == stx && kind != KindNone {
		s.begin(kind)
		return
	}
	s.wire++
	switch s.state {
	case sitaOutside:
		s.noise()
	case sitaData:
		s.fill(c)
	case sitaEnding:
		s.end(c)
	}
}

// begin starts a frame. What stood before its start byte is over.
func (s *sita) begin(kind Kind) {
	s.wire-- // the start byte was not the old frame's, nor noise
	s.breakOff()
	s.rest(sitaData)
	s.kind, s.wire = kind, 2
}

// breakOff tells of what is open and will not be finished.
func (s *sita) breakOff() {
	switch {
	case s.state == sitaData || s.state == sitaEnding:
		s.fault(drivers.FaultTruncated)
	case s.state == sitaOutside && s.wire > 0:
		s.fault(drivers.FaultNoise)
	}
}

// noise tells of noise that does not stop by itself.
func (s *sita) noise() {
	if s.wire >= s.max {
		s.fault(drivers.FaultNoise)
		s.rest(sitaSkip)
	}
}

// fill takes one byte of data or the ETX after it.
func (s *sita) fill(c byte) {
	switch {
	case c == etx:
		s.state = sitaEnding
	case s.count == s.max:
		s.fault(drivers.FaultTooLong)
		s.rest(sitaSkip)
	default:
		s.count++
		if s.kind == KindOCR {
			s.data = append(s.data, c)
		}
	}
}

// end takes the byte after ETX, which must be the end byte of the kind. A start
// byte in its place may begin the next frame, and is not this one's.
func (s *sita) end(c byte) {
	if c == endOfKind(s.kind) {
		s.whole()
		s.prev = 0
		s.rest(sitaOutside)
		return
	}
	next := 0
	if kindOfStart(c) != KindNone {
		next = 1
	}
	s.wire -= next
	s.fault(drivers.FaultMalformed)
	s.rest(sitaOutside)
	s.wire = next
}

// whole delivers a frame that has its end.
func (s *sita) whole() {
	f := Frame{Kind: s.kind, Bytes: s.wire}
	switch {
	case s.count == 0:
		f.Fault = drivers.FaultNoRead
	case s.kind == KindOCR:
		f.Lines = s.cells.lines(s.data)
	}
	s.tell(f)
}

// fault delivers a fault of the open frame or the noise.
func (s *sita) fault(fault drivers.ReadFault) {
	kind := s.kind
	if s.state == sitaOutside {
		kind = KindNone
	}
	s.tell(Frame{Kind: kind, Fault: fault, Bytes: s.wire})
}

// rest forgets the frame, the document's data first of all.
func (s *sita) rest(state sitaState) {
	clear(s.data)
	s.data = s.data[:0]
	s.state, s.kind, s.count, s.wire = state, KindNone, 0, 0
}

// kindOfStart returns what a start byte starts, or KindNone.
func kindOfStart(c byte) Kind {
	switch c {
	case sodOCR:
		return KindOCR
	case sodMagstripe:
		return KindMagstripe
	case sodBarcode:
		return KindBarcode
	}
	return KindNone
}

// endOfKind returns the byte that ends a block of a kind.
func endOfKind(k Kind) byte {
	switch k {
	case KindMagstripe:
		return eodMagstripe
	case KindBarcode:
		return eodBarcode
	}
	return eodOCR
}

// encodeSITA returns an OCR block: no lines give the zero-length block.
func encodeSITA(_ Framing, lines []string) []byte {
	b := []byte{sodOCR, stx}
	for _, line := range lines {
		b = append(b, line...)
		b = append(b, cr)
	}
	return append(b, etx, eodOCR)
}
