package wire_test

import (
	"strings"
	"testing"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

func TestImagerFrames(t *testing.T) {
	p := framing("imager")
	p.NoRead = "NO READ"
	a, b := td3[0]+td3[1], strings.Join(td1, "")
	two, three := ocr(89, a), ocr(91, b)
	rows := strings.Join(td3, "\r") + "\r"
	big := strings.Repeat("<", 100<<10)
	answer := func(s string) wire.Frame { return wire.Frame{Kind: wire.KindAnswer, Answer: s, Bytes: len(s)} }
	bad := func(n int) wire.Frame { return fault(wire.KindOCR, drivers.FaultMalformed, n) }
	cut := func(n int) wire.Frame { return fault(wire.KindOCR, drivers.FaultTruncated, n) }
	done, ack, denied := "ocrena1\x06!", answer("ocrena1\x06!"), answer("ocrena9\x15.")
	long := "REVINFSoftware Revision: 12345678901234567890\x06."
	runRows(t, p, []row{
		{"a passport", a + "\r", []wire.Frame{two}},
		{"a passport, CR LF", a + "\r\n" + a + "\r\n", []wire.Frame{two, two}},
		{"a passport without a suffix", a, []wire.Frame{ocr(88, a)}},
		{"a card", b + "\r", []wire.Frame{three}},
		{"a card of two lines", td2[0] + td2[1] + "\r" + a + "\r", []wire.Frame{ocr(73, td2[0]+td2[1]), two}},
		{"rows", rows + a + "\r", []wire.Frame{ocr(90, td3...), two}},
		{"a row by itself", td3[1] + "\r~" + td3[0], []wire.Frame{ocr(45, td3[1]), ocr(44, td3[0])}},
		{"nothing read", "NO READ\r", []wire.Frame{fault(wire.KindOCR, drivers.FaultNoRead, 8)}},
		{"an answer", done, []wire.Frame{ack}},
		{"an answer with a line end", done + "\r\n" + a + "\r", []wire.Frame{ack, two}},
		{"an answer, stored", "ocrena9\x15.", []wire.Frame{denied}},
		{"an unknown command", "xyzabc1\x05!", []wire.Frame{answer("xyzabc1\x05!")}},
		{"an answer without storage", "ocrena1\x06~" + a + "\r", []wire.Frame{answer("ocrena1\x06"), two}},
		{"an answer without storage, line end", "ocrena1\x06\r" + a + "\r", []wire.Frame{answer("ocrena1\x06"), two}},
		{"an answer without storage, then a passport", "ocrena1\x06" + a + "\r", []wire.Frame{answer("ocrena1\x06"), two}},
		{"a long answer", long, []wire.Frame{answer(long)}},
		{"a bare ACK", "\x06" + a + "\r", []wire.Frame{two}},
		{"joined answers", "allena0\x06;ocrena1\x06;ocrats9\x15!", []wire.Frame{answer("allena0\x06;ocrena1\x06;ocrats9\x15!")}},
		{"joined answers cut short", "allena0\x06;~" + a + "\r", []wire.Frame{answer("allena0\x06;"), two}},
		{"a joint, then a passport", "allena0\x06;" + a + "\r", []wire.Frame{answer("allena0\x06;"), two}},
		{"an answer, then a passport", done + a + "\r" + done, []wire.Frame{ack, two, ack}},
		{"an answer between rows", td3[0] + "\r" + done + td3[1] + "\r", []wire.Frame{ack, ocr(90, td3...)}},
		{"a passport without a suffix, then an answer", a + done + a + "\r", []wire.Frame{bad(97), two}},
		{"half a line, then an answer", td3[1][:14] + done + a + "\r", []wire.Frame{bad(23), two}},
		{"a row without fillers, then an answer", strings.Repeat("ABCDEF12", 4) + done, []wire.Frame{bad(41)}},
		{"an echo without its end", "ocrena1~" + a + "\r", []wire.Frame{fault(0, drivers.FaultNoise, 7), two}},
		{"a control byte for a cell", a[:40] + "\x15" + a[41:] + "\r", []wire.Frame{ocr(89, a[:40]+"?"+a[41:])}},
		{"a control byte for the last cell", a[:87] + "\x15\r" + a + "\r", []wire.Frame{bad(88), two}},
		{"half, then silence", a[:60] + "~" + a + "\r", []wire.Frame{cut(60), two}},
		{"a line too long", "AAA" + a + "\r~" + a + "\r", []wire.Frame{bad(92), two}},
		{"noise", "\x80\xff\x00\x1c\xfe~" + a + "\r", []wire.Frame{fault(0, drivers.FaultNoise, 5), two}},
		{"100 KB without an end", big + "\x06!~" + done + a + "\r", []wire.Frame{fault(wire.KindOCR, drivers.FaultTooLong, 1025), ack, two}},
		{"more than any answer", strings.Repeat("AB cd ", 85) + "A\x06!~" + done, []wire.Frame{fault(0, drivers.FaultNoise, 513), ack}},
		{"100 KB of NAK", strings.Repeat("\x15", 100<<10) + a + "\r", []wire.Frame{two}},
		{"text of 100 KB with NAK", strings.Repeat("A\x15", 50<<10) + "~" + a + "\r", []wire.Frame{fault(wire.KindOCR, drivers.FaultTooLong, 1025), two}},
	})
}

func TestImagerIsAsRecorded(t *testing.T) {
	p := framing("imager")
	if got, want := encode(t, p, td3...), vector(t, "Honeywell TD3 read, 89 bytes: both lines run together, CR suffix"); got != want {
		t.Errorf("% x, want % x", got, want)
	}
	said := vector(t, "Honeywell: device reply form (echo + ACK + storage)")
	if got := framer(t, p).Push(noon, []byte(said)); len(got) != 1 || got[0].Kind != wire.KindAnswer || got[0].Answer != said {
		t.Errorf("the reply comes as %v", got)
	}
}
