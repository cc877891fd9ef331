package wire_test

import (
	"testing"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

// TestWhatAReaderSaysBesidesDocumentsIsFound has a framer take apart what is put
// together of answers and presence.
func TestWhatAReaderSaysBesidesDocumentsIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		framing  wire.Framing
		answer   string
		presence bool
	}{
		"sita":               {framing: wire.Framing{Kind: "sita"}},
		"tlv":                {wire.Framing{Kind: "tlv", CardState: "50", Present: "01"}, "C\x01", true},
		"tlv without states": {framing: wire.Framing{Kind: "tlv"}, answer: "Vversion"},
		"rte":                {framing: wire.Framing{Kind: "rte"}, answer: "OR00"},
		"rte with all":       {framing: wire.Framing{Kind: "rte", Length: "2byte", Checksum: "bcc"}, answer: "OR"},
		"stx":                {framing: wire.Framing{Kind: "stx"}},
		"stx json":           {wire.Framing{Kind: "stx", Payload: "json", Checksum: "lrc"}, "EidlinkResult", true},
		"imager":             {framing: wire.Framing{Kind: "imager"}, answer: "ocrena1\x06!"},
		"hid":                {framing: wire.Framing{Kind: "hid"}, answer: "\x0a\x90"},
		"json":               {wire.Framing{Kind: "json"}, "done <1>", true},
	} {
		t.Run(name, func(t *testing.T) {
			f := c.framing.WithDefaults()
			said, err := wire.EncodeAnswer(f, c.answer)
			if err != nil {
				t.Fatal(err)
			}
			found(t, f, said, c.answer != "", wire.Frame{Kind: wire.KindAnswer, Answer: c.answer})
			for _, in := range []bool{true, false} {
				said, err := wire.EncodePresence(f, in)
				if err != nil {
					t.Fatal(err)
				}
				found(t, f, said, c.presence, wire.Frame{Kind: wire.KindPresence, In: in})
			}
		})
	}
	if _, err := wire.EncodeAnswer(wire.Framing{}, "x"); err == nil {
		t.Error("an answer of no family")
	}
	if _, err := wire.EncodePresence(wire.Framing{}, true); err == nil {
		t.Error("presence in no family")
	}
}

// found takes bytes apart, if there are to be any, and wants one frame.
func found(t *testing.T, f wire.Framing, said []byte, any bool, want wire.Frame) {
	t.Helper()
	if !any {
		if len(said) > 0 {
			t.Errorf("%d bytes, want none", len(said))
		}
		return
	}
	framer, err := wire.New(f)
	if err != nil {
		t.Fatal(err)
	}
	frames := framer.Push(time.Unix(0, 0), said)
	if len(frames) != 1 || frames[0].Kind != want.Kind || frames[0].Answer != want.Answer || frames[0].In != want.In || frames[0].Fault != drivers.NoFault {
		t.Errorf("found %v, want %v", frames, want)
	}
}
