package wire

import (
	"bytes"

	"portcullis/drivers"
)

const soh = 0x01

// The two bytes before STX that announce a document: the device is optical, and
// nobody asked (3M RTE6701-OEM Integration Manual p. 26).
const (
	rteOptical     = 'O'
	rteUnsolicited = 'U'
)

// rteSlots is how many lines are sent, those that a document has not as well.
const rteSlots = 3

// rte is the grammar of 3M RTE messages; the package comment draws them.
type rte struct {
	text
	max      int
	length   int // bytes of the length
	lowFirst bool
	counted  string // what the length is of
	checked  string // what the BCC is of; "" for no BCC
	flag     int    // bytes of the flag
}

var rteFamily = family{
	framer: newRTE,
	encode: encodeRTE,
	answer: answerRTE,
	choices: map[string][]string{
		"frame.separator":   {"cr"},
		"frame.length":      {"none", "byte", "2byte", "2byte-low"},
		"frame.length_span": {"body", "data", "rest", "frame"},
		"frame.checksum":    {"none", "bcc"},
		"frame.span":        {"rest", "body", "data", "frame"},
		"frame.flag":        {"byte", "none"},
	},
	usual: Framing{Pad: "_"},
}

func newRTE(f Framing) Framer {
	r := rteOf(f)
	return newScan(f, 8, r.read) // SOH, length, device, type, STX, ETX, BCC
}

func rteOf(f Framing) rte {
	r := rte{text: newText(f), max: f.Max, counted: f.LengthSpan}
	switch f.Length {
	case "byte":
		r.length = 1
	case "2byte", "2byte-low":
		r.length, r.lowFirst = 2, f.Length == "2byte-low"
	}
	if f.Checksum != "none" {
		r.checked = f.Span
	}
	if f.Flag == "byte" {
		r.flag = 1
	}
	return r
}

// data returns where the data of a message begins, behind STX.
func (r rte) data() int { return 1 + r.length + 3 }

// starts returns how far bytes are the start of a message: none, more or whole.
func (r rte) starts(raw []byte) state {
	at := 1 + r.length // the device
	switch {
	case raw[0] != soh,
		len(raw) > at && !isLetter(raw[at]),
		len(raw) > at+1 && !isLetter(raw[at+1]),
		len(raw) > at+2 && raw[at+2] != stx:
		return none
	case len(raw) < r.data():
		return more
	}
	return whole
}

// read finds a message in bytes. What has the form of a start begins one also
// within another.
func (r rte) read(raw []byte) finding {
	if is := r.starts(raw); is != whole {
		return finding{is: is}
	}
	kind, begin := KindAnswer, r.data()
	if raw[begin-3] == rteOptical && raw[begin-2] == rteUnsolicited {
		kind = KindOCR
	}
	for i := begin; i < len(raw); i++ {
		isFlag := kind == KindOCR && i < begin+r.flag
		switch {
		case r.starts(raw[i:]) == whole:
			return fails(kind, drivers.FaultTruncated)
		case raw[i] == etx && !isFlag:
			return r.end(kind, raw, i)
		case i-begin == r.max:
			return overlong(kind)
		}
	}
	return lacks(kind)
}

// end finds what a message is whose ETX stands at an index.
func (r rte) end(kind Kind, raw []byte, at int) finding {
	size := at + 1
	if r.checked != "" {
		size++
	}
	switch begin := r.data(); {
	case len(raw) < size:
		return lacks(kind)
	case size > at+1 && xor(r.span(r.checked, raw[:at+1])) != raw[at+1]:
		return fails(kind, drivers.FaultChecksum)
	case r.length > 0 && r.said(raw) != len(r.span(r.counted, raw[:at+1])):
		return fails(kind, drivers.FaultMalformed)
	case kind == KindOCR:
		return r.document(raw[min(begin+r.flag, at):at], size)
	default:
		return finding{is: whole, frame: r.answer(raw[begin-3 : at]), size: size}
	}
}

// document finds a document in what stands between flag and ETX.
func (r rte) document(data []byte, size int) finding {
	if len(data) > 0 && (bytes.Count(data, []byte{cr}) != rteSlots || data[len(data)-1] != cr) {
		return fails(KindOCR, drivers.FaultMalformed)
	}
	return finding{is: whole, frame: r.frame(r.cells.lines(data)), size: size}
}

// answer returns device, type and data of a message, without STX. What another
// device sends unasked is no answer, and may be personal: nothing is kept of
// it but these two bytes.
func (r rte) answer(raw []byte) Frame {
	answer := string(raw[:2])
	if raw[1] != rteUnsolicited {
		answer += string(raw[3:])
	}
	return Frame{Kind: KindAnswer, Answer: answer}
}

// span returns the part of a message that a length or a BCC is of. The message
// reaches from SOH to ETX.
func (r rte) span(name string, message []byte) []byte {
	switch name {
	case "rest":
		return message[1:]
	case "body":
		return message[1+r.length:]
	case "data":
		return message[r.data():]
	}
	return message
}

// said returns the length that a message gives.
func (r rte) said(message []byte) int {
	switch {
	case r.length == 1:
		return int(message[1])
	case r.lowFirst:
		return int(message[2])<<8 | int(message[1])
	}
	return int(message[1])<<8 | int(message[2])
}

// say writes the length into a message.
func (r rte) say(message []byte) {
	n := len(r.span(r.counted, message))
	switch {
	case r.length == 0:
	case r.length == 1:
		message[1] = byte(n)
	case r.lowFirst:
		message[1], message[2] = byte(n), byte(n>>8)
	default:
		message[1], message[2] = byte(n>>8), byte(n)
	}
}

// xor returns the block check character of bytes: all of them, exclusive or.
func xor(raw []byte) (bcc byte) {
	for _, c := range raw {
		bcc ^= c
	}
	return bcc
}

func isLetter(c byte) bool { return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

// encodeRTE returns an unsolicited message of the optical device. The lines stand
// in the last of the slots; no lines give empty ones. They are not padded.
func encodeRTE(f Framing, lines []string) []byte {
	r := rteOf(f)
	b := append([]byte{soh}, make([]byte, r.length)...)
	b = append(b, rteOptical, rteUnsolicited, stx)
	b = append(b, bytes.Repeat([]byte{'0'}, r.flag)...)
	b = append(b, bytes.Repeat([]byte{cr}, max(0, rteSlots-len(lines)))...)
	for _, line := range lines {
		b = append(append(b, line...), cr)
	}
	return r.close(b)
}

// close ends a message, and fills its length in.
func (r rte) close(b []byte) []byte {
	b = append(b, etx)
	r.say(b)
	if r.checked != "" {
		b = append(b, xor(r.span(r.checked, b)))
	}
	return b
}
