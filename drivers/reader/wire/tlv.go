package wire

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"portcullis/drivers"
)

// The commands that a document answers (Elyctis Scanner Command Set v1.7).
const (
	tlvInquire = 'I'
	tlvOneLine = 'L' // likewise, of an area of one line
)

// tlvHead is how many bytes stand before the data: the command, the length.
const tlvHead = 3

// tlv is the grammar of Elyctis frames; the package comment draws them.
type tlv struct {
	text
	max     int
	card    []byte // the command of card states; empty where it is not known
	present []byte // what begins the data of the state in which a document is there
}

var tlvFamily = family{
	framer:   newTLV,
	encode:   encodeTLV,
	answer:   answerTLV,
	presence: presenceTLV,
	choices:  map[string][]string{"frame.separator": {"cr"}},
	check:    checkTLV,
}

func newTLV(f Framing) Framer {
	t := tlv{text: newText(f), max: f.Max}
	t.card, _ = hex.DecodeString(f.CardState) // Validate has seen both
	t.present, _ = hex.DecodeString(f.Present)
	return newScan(f, tlvHead, t.read)
}

func checkTLV(f Framing) error {
	card, err := hex.DecodeString(f.CardState)
	if err != nil || len(card) > 1 || len(card) == 1 && (card[0] == tlvInquire || card[0] == tlvOneLine) {
		return &SettingError{"frame.card_state", fmt.Sprintf("must be a command byte of its own in hexadecimal, is %q", f.CardState)}
	}
	present, err := hex.DecodeString(f.Present)
	if err != nil || (len(card) == 1) != (len(present) > 0) {
		return &SettingError{"frame.present", fmt.Sprintf("must be bytes in hexadecimal, with card_state only, is %q", f.Present)}
	}
	return nil
}

// read finds a frame in bytes. What is none leaves no way to tell where the next
// begins, so all is lost up to silence.
func (t tlv) read(raw []byte) finding {
	kind := KindAnswer
	switch c := raw[0]; {
	case c == tlvInquire || c == tlvOneLine:
		kind = KindOCR
	case t.isCard(c):
		kind = KindPresence
	case !isLetter(c):
		return lost(KindNone, drivers.FaultNoise)
	}
	open := lacks(kind)
	open.rest = restDeaf
	if len(raw) < tlvHead {
		return open
	}
	size := tlvHead + int(raw[1])<<8 + int(raw[2])
	switch {
	case size > tlvHead+t.max:
		return lost(kind, drivers.FaultTooLong)
	case len(raw) < size:
		return open
	}
	return finding{is: whole, frame: t.content(kind, raw[:size]), size: size}
}

func (t tlv) isCard(c byte) bool { return len(t.card) == 1 && c == t.card[0] }

// lost is the finding that all is lost up to silence.
func lost(kind Kind, fault drivers.ReadFault) finding {
	f := fails(kind, fault)
	f.rest = restDeaf
	return f
}

// content returns what a whole frame says. A zone's lines each end with CR, and
// another CR ends them all.
func (t tlv) content(kind Kind, raw []byte) Frame {
	data := raw[tlvHead:]
	switch kind {
	case KindOCR:
		return t.frame(t.cells.lines(bytes.TrimSuffix(data, []byte{cr})))
	case KindPresence:
		return Frame{Kind: kind, In: bytes.HasPrefix(data, t.present)}
	}
	return Frame{Kind: kind, Answer: string(raw[:1]) + string(data)}
}

// encodeTLV returns the answer to an inquiry: no lines give one without data.
func encodeTLV(_ Framing, lines []string) []byte {
	var data []byte
	for _, line := range lines {
		data = append(append(data, line...), cr)
	}
	if len(lines) > 0 {
		data = append(data, cr)
	}
	return append([]byte{tlvInquire, byte(len(data) >> 8), byte(len(data))}, data...)
}
