package wire_test

import (
	"strings"
	"testing"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

// report returns one HID report.
func report(aim, data string, more byte) string {
	return "\x02" + string(rune(len(data))) + aim + data + strings.Repeat("\x00", 56-len(data)) + "s\x00" + string(rune(more))
}

// answer returns what the reader says to a command.
func answer(command, status byte) string {
	return string([]byte{command, status}) + strings.Repeat("\x00", 62)
}

func TestHIDFrames(t *testing.T) {
	p := framing("hid")
	p.NoRead = "NO READ"
	a, b := encode(t, p, td3...), encode(t, p, td1...)
	head, tail := a[:64], a[64:]
	said := func(text string) wire.Frame { return wire.Frame{Kind: wire.KindAnswer, Answer: text, Bytes: 64} }
	together := td3[0] + td3[1]
	full, endless := strings.Repeat("A", 56), strings.Repeat(report("]o0", strings.Repeat("A", 56), 1), 100)
	runRows(t, p, []row{
		{"a passport", a, []wire.Frame{ocr(128, td3...)}},
		{"a card", b, []wire.Frame{ocr(128, td1...)}},
		{"two in one chunk", a + b, []wire.Frame{ocr(128, td3...), ocr(128, td1...)}},
		{"run together", encode(t, p, together), []wire.Frame{ocr(128, together)}},
		{"lines ended by LF", report("]o0", td1[0]+"\n", 1) + report("]o0", td1[1]+"\r\n", 1) + report("]o0", td1[2], 0), []wire.Frame{ocr(192, td1...)}},
		{"a full report is the last", report("]o0", full, 0), []wire.Frame{fault(wire.KindOCR, drivers.FaultMalformed, 64)}},
		{"nothing read", report("]o0", "", 0), []wire.Frame{fault(wire.KindOCR, drivers.FaultNoRead, 64)}},
		{"nothing read, in words", encode(t, p), []wire.Frame{fault(wire.KindOCR, drivers.FaultNoRead, 64)}},
		{"the last lost", head, []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 64)}},
		{"the last lost, silence, another", head + "~" + a, []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 64), ocr(128, td3...)}},
		{"the last lost, another at once", head + b, []wire.Frame{fault(wire.KindOCR, drivers.FaultMalformed, 192)}},
		{"the last lost, another identifier", head + strings.ReplaceAll(b, "]o0", "]o1"), []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 64), ocr(128, td1...)}},
		{"the first lost", tail, []wire.Frame{ocr(64, td3[1][11:])}},
		{"one in the middle lost", report("]Q0", full, 1) + report("]Q0", full, 0), []wire.Frame{fault(wire.KindOCR, drivers.FaultMalformed, 128)}},
		{"half a report", a[:40], []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 40)}},
		{"half of the last", a[:120] + "~" + a, []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 120), ocr(128, td3...)}},
		{"a length that cannot be", "\x02\x39" + a[2:64] + a + "~" + b, []wire.Frame{fault(wire.KindOCR, drivers.FaultMalformed, 64), ocr(128, td1...)}},
		{"no AIM identifier", strings.ReplaceAll(a, "]", "["), []wire.Frame{fault(wire.KindOCR, drivers.FaultMalformed, 64)}},
		{"without an end", endless + a + "~" + a, []wire.Frame{fault(wire.KindOCR, drivers.FaultTooLong, 19*64), ocr(128, td3...)}},
		{"odd bytes in a line", encode(t, p, "P<\x00\xff o_*A"), []wire.Frame{ocr(64, "P<??????A")}},
		{"a command done", answer(0x0a, 0x90), []wire.Frame{said("\x0a\x90")}},
		{"a command failed", answer(0x07, 0x69), []wire.Frame{said("\x07\x69")}},
		{"an answer within a document", head + answer(0x0a, 0x90) + tail, []wire.Frame{said("\x0a\x90"), ocr(128, td3...)}},
		{"another report", "\x05" + a[1:64] + a + "~" + a, []wire.Frame{fault(0, drivers.FaultNoise, 192), ocr(128, td3...)}},
		{"noise", strings.Repeat("\xaa\x55\x80\xff", 10), []wire.Frame{fault(0, drivers.FaultNoise, 40)}},
		{"bytes one off", "\x0a" + a + "~" + a, []wire.Frame{fault(0, drivers.FaultNoise, 129), ocr(128, td3...)}},
	})
}

func TestHIDTellsBarcodesWhereItsIdentifiersAreKnown(t *testing.T) {
	p := framing("hid")
	p.AIM = "]o"
	pass := report("]Q0", "M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 326J001A0025", 1) + report("]Q0", " 100", 0)
	runRows(t, p, []row{
		{"a zone", encode(t, p, td3...), []wire.Frame{ocr(128, td3...)}},
		{"a boarding pass", pass, []wire.Frame{{Kind: wire.KindBarcode, Bytes: 128}}},
	})
	runRows(t, framing("hid"), []row{{"where they are not", pass, []wire.Frame{fault(wire.KindOCR, drivers.FaultMalformed, 128)}}})
	p.AIM = "o0"
	if _, err := wire.New(p); err == nil {
		t.Error("New takes an identifier without ]")
	}
}

func TestHIDSendsWhatTheManualDraws(t *testing.T) {
	if got, want := encode(t, framing("hid"), td3...), vector(t, "HID reports, TD3"); got != want {
		t.Errorf("% x, want\n% x", got, want)
	}
}
