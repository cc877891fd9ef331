package wire_test

import (
	"strings"
	"testing"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

func TestTLVFrames(t *testing.T) {
	p := framing("tlv")
	p.CardState, p.Present = "53", "01"
	a, b := encode(t, p, td3...), encode(t, p, td1...)
	two, three := ocr(94, td3...), ocr(97, td1...)
	x1k := strings.Repeat("X", 1024)
	answer := func(s string) wire.Frame { return wire.Frame{Kind: wire.KindAnswer, Answer: s, Bytes: len(s) + 2} }
	came, went := wire.Frame{Kind: wire.KindPresence, In: true, Bytes: 4}, wire.Frame{Kind: wire.KindPresence, Bytes: 4}
	cut := func(n int) wire.Frame { return fault(wire.KindOCR, drivers.FaultTruncated, n) }
	noise := fault(0, drivers.FaultNoise, 1)
	runRows(t, p, []row{
		{"a passport", a, []wire.Frame{two}},
		{"a card", b, []wire.Frame{three}},
		{"two in one chunk", a + b, []wire.Frame{two, three}},
		{"one CR at the end", "I\x00\x5a" + a[3:93], []wire.Frame{ocr(93, td3...)}},
		{"no CR at the end", "I\x00\x59" + a[3:92], []wire.Frame{ocr(92, td3...)}},
		{"an area of one line", "L\x00\x08ABCDEFG\r", []wire.Frame{ocr(11, "ABCDEFG")}},
		{"nothing read", "I\x00\x00", []wire.Frame{fault(wire.KindOCR, drivers.FaultNoRead, 3)}},
		{"nothing but CRs", "I\x00\x02\r\r", []wire.Frame{fault(wire.KindOCR, drivers.FaultNoRead, 5)}},
		{"answers", "C\x00\x01\x01V\x00\x031.7", []wire.Frame{answer("C\x01"), answer("V1.7")}},
		{"an answer, then a passport", "C\x00\x01\x01" + a, []wire.Frame{answer("C\x01"), two}},
		{"put on, taken away", "S\x00\x01\x01" + a + "S\x00\x01\x00", []wire.Frame{came, two, went}},
		{"a state without data", "S\x00\x00", []wire.Frame{{Kind: wire.KindPresence, Bytes: 3}}},
		{"odd bytes in a line", "I\x00\x07A\x00\xffI\x03 _", []wire.Frame{ocr(10, "A??I???")}},
		{"half, then silence", a[:40], []wire.Frame{cut(40)}},
		{"half with a frame for data, then silence", "I\x00\x10C\x00\x01\x01", []wire.Frame{cut(7)}},
		{"half, silence, another", a[:40] + "~" + b, []wire.Frame{cut(40), three}},
		{"a command, then silence", "I~" + b, []wire.Frame{cut(1), three}},
		{"the command lost", a[1:] + b + "~" + b, []wire.Frame{noise, three}},
		{"the high length lost", "I" + a[2:] + b + "~" + b, []wire.Frame{fault(wire.KindOCR, drivers.FaultTooLong, 3), three}},
		{"a cell lost", a[:50] + a[51:] + "~" + b, []wire.Frame{cut(93), three}},
		{"a length too great", "I\x00\x5c" + a[3:] + "~" + b, []wire.Frame{cut(94), three}},
		{"a length too small", "I\x00\x5a" + a[3:] + b + "~" + b, []wire.Frame{ocr(93, td3...), noise, three}},
		{"1024 bytes", "I\x04\x00" + x1k, []wire.Frame{ocr(1027, x1k)}},
		{"1025 bytes", "I\x04\x01" + x1k + "X~" + a, []wire.Frame{fault(wire.KindOCR, drivers.FaultTooLong, 3), two}},
		{"100 KB of noise", strings.Repeat("\x80\xff", 50<<10) + "~" + a, []wire.Frame{noise, two}},
	})
}

func TestTLVIsAsRecorded(t *testing.T) {
	p := framing("tlv")
	if got, want := encode(t, p, td3...), vector(t, "Elyctis: reader MRZ answer (CR ends lines, one extra CR as its client strips)"); got != want {
		t.Errorf("% x, want\n% x", got, want)
	}
	if got, want := encode(t, p), vector(t, "Elyctis: reader answers nothing read (zero length; inferred)"); got != want {
		t.Errorf("% x, want % x", got, want)
	}
}
