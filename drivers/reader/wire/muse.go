package wire

import (
	"iter"
	"slices"

	"portcullis/drivers"
)

// dle precedes each byte of data that could be taken for a control byte
// (Access ATB420 manual p. 24).
const dle = 0x10

// muse is the grammar of ARINC/MUSE frames; the package comment draws them.
type muse struct {
	text
	max int
	crc *crc
}

var museFamily = family{
	framer:  newMUSE,
	encode:  encodeMUSE,
	choices: map[string][]string{"frame.separator": {"cr"}},
	usual:   Framing{CRC: CRC{}.withDefaults()},
	check:   func(f Framing) error { return f.CRC.check() },
}

func newMUSE(f Framing) Framer {
	m := muse{newText(f), f.Max, newCRC(f.CRC)}
	return newScan(f, 4, m.read) // STX, ETX, two bytes of CRC
}

// read finds a frame in bytes.
func (m muse) read(raw []byte) finding {
	switch {
	case raw[0] != stx:
		return finding{is: none}
	case len(raw) == 1:
		return lacks(KindNone)
	case kindOfDID(raw[1]) == KindNone:
		return finding{is: none}
	}
	kind, stuffed := kindOfDID(raw[1]), false
	for i := 2; i < len(raw); i++ {
		c := raw[i]
		switch {
		case !stuffed && c == etx:
			return m.end(kind, raw, i)
		case !stuffed && c == stx && i+1 < len(raw) && kindOfDID(raw[i+1]) != KindNone:
			return fails(kind, drivers.FaultTruncated)
		case i > m.max:
			return overlong(kind)
		}
		stuffed = !stuffed && c == dle
	}
	return lacks(kind)
}

// end finds whether a frame whose ETX stands at an index fits its CRC.
func (m muse) end(kind Kind, raw []byte, at int) finding {
	if len(raw) < at+3 {
		return lacks(kind)
	}
	if m.sum(raw[:at+1]) != [2]byte(raw[at+1:]) {
		return fails(kind, drivers.FaultChecksum)
	}
	frame, data := Frame{Kind: kind}, raw[2:at]
	switch {
	case len(data) == 0:
		frame.Fault = drivers.FaultNoRead
	case kind == KindOCR:
		frame = m.frame(m.cells.lines(slices.Collect(unstuffed(data))))
	}
	return finding{is: whole, frame: frame, size: at + 3}
}

// sum returns the check bytes of what stands from STX to ETX.
func (m muse) sum(raw []byte) [2]byte {
	register := m.crc.Init
	for c := range unstuffed(raw) {
		register = m.crc.add(register, c)
	}
	return m.crc.bytes(register)
}

// unstuffed yields bytes without the inserted DLEs. Of DLE DLE the first was
// inserted.
func unstuffed(raw []byte) iter.Seq[byte] {
	return func(yield func(byte) bool) {
		stuffed := false
		for _, c := range raw {
			if stuffed = !stuffed && c == dle; !stuffed && !yield(c) {
				return
			}
		}
	}
}

// kindOfDID returns what a device sends, by its identifier: the high nibble is
// its sort, the low one its number (Access ATB420 manual p. 24). KindNone is no
// device.
func kindOfDID(c byte) Kind {
	switch c >> 4 {
	case 0b1010:
		return KindMagstripe
	case 0b1011:
		return KindBarcode
	case 0b1100:
		return KindOCR
	}
	return KindNone
}

// museOCR is the identifier of the first OCR device.
const museOCR = 0xC1

// encodeMUSE returns the frame of the first OCR device: no lines give one without
// data.
func encodeMUSE(f Framing, lines []string) []byte {
	crc := newCRC(f.CRC)
	b := []byte{stx, museOCR}
	register := crc.add(crc.add(crc.Init, stx), museOCR)
	for _, line := range lines {
		for _, c := range []byte(line + "\r") {
			if c < 0x20 {
				b = append(b, dle)
			}
			b = append(b, c)
			register = crc.add(register, c)
		}
	}
	sum := crc.bytes(crc.add(register, etx))
	return append(b, etx, sum[0], sum[1])
}
