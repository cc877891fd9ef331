package wire

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
)

// EncodeAnswer returns the bytes with which a reader says what a [Frame] has as its
// Answer, and none where the family has no answers.
func EncodeAnswer(f Framing, answer string) ([]byte, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	if say := families[f.Kind].answer; say != nil {
		return say(f, answer), nil
	}
	return nil, nil
}

// EncodePresence returns the bytes with which a reader says that a document is there,
// or was taken away, and none where the framing has no words for it.
func EncodePresence(f Framing, in bool) ([]byte, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	if say := families[f.Kind].presence; say != nil {
		return say(f, in), nil
	}
	return nil, nil
}

// answerTLV returns a frame: the command is the answer's first byte.
func answerTLV(_ Framing, answer string) []byte {
	if answer == "" {
		return nil
	}
	data := answer[1:]
	return append([]byte{answer[0], byte(len(data) >> 8), byte(len(data))}, data...)
}

// presenceTLV returns a card state. That of no document begins otherwise than that
// of one, and is nobody's word.
func presenceTLV(f Framing, in bool) []byte {
	card, _ := hex.DecodeString(f.CardState) // Validate has seen both
	data, _ := hex.DecodeString(f.Present)
	if len(card) == 0 {
		return nil
	}
	if !in {
		data[0] = ^data[0]
	}
	return answerTLV(f, string(card)+string(data))
}

// answerRTE returns a message: device and type are the answer's first two letters.
func answerRTE(f Framing, answer string) []byte {
	if len(answer) < 2 {
		return nil
	}
	r := rteOf(f)
	b := append([]byte{soh}, make([]byte, r.length)...)
	b = append(append(b, answer[:2]...), stx)
	return r.close(append(b, answer[2:]...))
}

// answerSTX returns a message of the answer's name, where messages have one.
func answerSTX(f Framing, answer string) []byte {
	if f.Payload != "json" {
		return nil
	}
	return pushedOf(f).close(append([]byte{stx}, answer+":{}"...))
}

// presenceSTX returns a sign of reading.
func presenceSTX(f Framing, in bool) []byte {
	if f.Payload != "json" {
		return nil
	}
	stage := "readEnd"
	if in {
		stage = "readStart"
	}
	return pushedOf(f).close(append([]byte{stx}, messageSign+`:{"stage":"`+stage+`","type":"PassPort"}`...))
}

// answerImager returns the answer as it is.
func answerImager(_ Framing, answer string) []byte { return []byte(answer) }

// answerHID returns a report that begins with the answer.
func answerHID(_ Framing, answer string) []byte {
	r := make([]byte, reportSize)
	copy(r, answer)
	return r
}

// answerJSON returns a line with the answer.
func answerJSON(_ Framing, answer string) []byte {
	return jsonLine(saying{Type: "answer", Text: &answer})
}

// presenceJSON returns a line that says whether a document is there.
func presenceJSON(_ Framing, in bool) []byte {
	return jsonLine(saying{Type: "presence", In: &in})
}

func jsonLine(s saying) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // or fillers would be written as \u003c
	_ = e.Encode(s)        // it can be written, and a buffer takes it
	return b.Bytes()
}
