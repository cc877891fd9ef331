package wire

import (
	"bytes"

	"portcullis/drivers"
)

const (
	ack = 0x06
	nak = 0x15
)

// pushed is the grammar of text between STX and ETX; the package comment draws
// it.
type pushed struct {
	text
	max  int
	sum  func([]byte) byte // of the checksum; nil for none
	span string            // what it is of
	json bool
}

var stxFamily = family{
	framer:   newSTX,
	encode:   encodeSTX,
	answer:   answerSTX,
	presence: presenceSTX,
	choices: map[string][]string{
		"frame.separator": {"any"},
		"frame.checksum":  {"none", "bcc", "lrc"},
		"frame.span":      {"data", "frame"},
		"frame.payload":   {"text", "json"},
	},
}

func newSTX(f Framing) Framer {
	p := pushedOf(f)
	return newScan(f, 3, p.read) // STX, ETX, checksum
}

func pushedOf(f Framing) pushed {
	sums := map[string]func([]byte) byte{"bcc": xor, "lrc": lrc}
	return pushed{newText(f), f.Max, sums[f.Checksum], f.Span, f.Payload == "json"}
}

// read finds a frame in bytes. STX begins one also within another. What closes
// a line on the wire, and what handshakes leave, is blank between frames.
func (p pushed) read(raw []byte) finding {
	switch raw[0] {
	case stx:
	case cr, lf, ack, nak:
		return finding{is: blank}
	default:
		return finding{is: none}
	}
	for i := 1; i < len(raw); i++ {
		switch {
		case raw[i] == stx:
			return fails(KindOCR, drivers.FaultTruncated)
		case raw[i] == etx:
			return p.end(raw, i)
		case i > p.max:
			return p.overlong(raw)
		}
	}
	return lacks(KindOCR)
}

// end finds what a frame is whose ETX stands at an index.
func (p pushed) end(raw []byte, at int) finding {
	size := at + 1
	if p.sum != nil {
		size++
	}
	switch {
	case len(raw) < size:
		return lacks(KindOCR)
	case p.sum != nil && p.sum(p.summed(raw[:at+1])) != raw[at+1]:
		return fails(KindOCR, drivers.FaultChecksum)
	}
	frame := p.content(raw[1:at])
	if frame.Fault == drivers.FaultMalformed {
		return fails(KindOCR, drivers.FaultMalformed)
	}
	return finding{is: whole, frame: frame, size: size}
}

// summed returns the part of a frame that a checksum is of. The frame reaches
// from STX to ETX.
func (p pushed) summed(frame []byte) []byte {
	if p.span == "data" {
		return frame[1:]
	}
	return frame
}

// content returns what stands between STX and ETX.
func (p pushed) content(data []byte) Frame {
	if p.json {
		return p.message(data)
	}
	return p.frame(p.cells.split(bytes.Trim(data, string([]byte{ack, nak}))))
}

// overlong finds what a frame with too much data is. That of a message which is
// no document is of no use anyway.
func (p pushed) overlong(raw []byte) finding {
	if name, _, ok := bytes.Cut(raw[1:], []byte{':'}); p.json && ok && isOther(name) {
		return finding{is: whole, frame: Frame{Kind: KindAnswer, Answer: string(name)}, size: len(raw), rest: restSkip}
	}
	return overlong(KindOCR)
}

// lrc returns the longitudinal redundancy check of ISO 1155: what makes the sum
// of all bytes zero.
func lrc(raw []byte) (sum byte) {
	for _, c := range raw {
		sum -= c
	}
	return sum
}

// encodeSTX returns the lines between STX and ETX, each ended by CR LF: no lines
// give the no-read text, or nothing.
func encodeSTX(f Framing, lines []string) []byte {
	p := pushedOf(f)
	if len(lines) == 0 && f.NoRead != "" {
		lines = []string{f.NoRead}
	}
	b := []byte{stx}
	if p.json {
		b = append(b, cameraData(lines)...)
	} else {
		for _, line := range lines {
			b = append(b, line+"\r\n"...)
		}
	}
	return p.close(b)
}

// close ends a frame.
func (p pushed) close(b []byte) []byte {
	b = append(b, etx)
	if p.sum != nil {
		b = append(b, p.sum(p.summed(b)))
	}
	return append(b, cr, lf)
}
