package wire_test

import (
	"strings"
	"testing"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

func TestJSONFrames(t *testing.T) {
	p := framing("json")
	a, b := encode(t, p, td3...), encode(t, p, td1...)
	says := func(text, answer string) []wire.Frame {
		return []wire.Frame{{Kind: wire.KindAnswer, Answer: answer, Bytes: len(text)}}
	}
	broken := func(text string) []wire.Frame {
		return []wire.Frame{fault(wire.KindOCR, drivers.FaultMalformed, len(text)), ocr(len(a), td3...)}
	}
	rows := []row{
		{"a passport", a, []wire.Frame{ocr(len(a), td3...)}},
		{"CR LF, more fields, spaces", ` { "lines" : ["` + td3[0] + `","` + td3[1] + `"], "type":"read", "image":{"dpi":[400]}, "text":null }` + "\r\n", []wire.Frame{ocr(163, td3...)}},
		{"two in one chunk", a + "\n\r\n" + b, []wire.Frame{ocr(len(a), td3...), ocr(len(b), td1...)}},
		{"nothing read", encode(t, p), []wire.Frame{fault(wire.KindOCR, drivers.FaultNoRead, 18)}},
		{"a document is there", `{"type":"presence","in":true}` + "\n", []wire.Frame{{Kind: wire.KindPresence, In: true, Bytes: 30}}},
		{"and taken away", `{"type":"presence","in":false}` + "\n", []wire.Frame{{Kind: wire.KindPresence, Bytes: 31}}},
		{"a log", `{"type":"log","text":"opened"}` + "\n" + a, []wire.Frame{ocr(len(a), td3...)}},
		{"odd characters", encode(t, p, "P<\x07\xff \"\\"+td3[0][7:], td3[1]), []wire.Frame{ocr(128, "P<?????"+td3[0][7:], td3[1])}},
		{"a sign of several bytes", `{"type":"read","lines":["KÜHN☃𝔸bABC"]}` + "\n", []wire.Frame{ocr(45, "K?HN???ABC")}},
		{"half a line", a[:40] + "~" + a, []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 40), ocr(len(a), td3...)}},
		{"what a library prints", "SDK 4.2 loaded\n[warn] no licence\n" + a, []wire.Frame{fault(0, drivers.FaultNoise, 15), ocr(len(a), td3...)}},
		{"the same without an end", "SDK 4.2", []wire.Frame{fault(0, drivers.FaultNoise, 7)}},
		{"100 KB without an end", strings.Repeat("{", 100<<10) + "\n" + a, []wire.Frame{fault(wire.KindOCR, drivers.FaultTooLong, 1025), ocr(len(a), td3...)}},
		{"100 KB of noise", strings.Repeat("x", 100<<10) + "~" + a, []wire.Frame{fault(0, drivers.FaultNoise, 1025), ocr(len(a), td3...)}},
		{"100 KB of line ends", strings.Repeat("\r\n", 50<<10), nil},
	}
	for text, answer := range map[string]string{
		`{"type":"answer","text":"armed"}` + "\n": "armed",
		`{"type":"answer","text":""}` + "\n":      "",
		`{"type":"chip","dg1":"UTO"}` + "\n":      "chip",
	} {
		rows = append(rows, row{"says " + answer, text, says(text, answer)})
	}
	for _, text := range []string{
		`{"type":"read"}`, `{"type":"read","lines":[]}`, `{"type":"read","lines":"UTO"}`, `{"type":"read","lines":[1]}`,
		`{"type":"presence"}`, `{"type":"presence","in":"yes"}`, `{"type":"answer"}`,
		`{"lines":["UTO"]}`, `{"type":"P<UTO"}`, `{"type":"` + strings.Repeat("a", 33) + `"}`, `{"type":"noread"`, `{"type":"noread"}{}`, `{}`,
	} {
		rows = append(rows, row{"malformed " + text, text + "\n" + a, broken(text + "\n")})
	}
	runRows(t, p, rows)
}
