package wire_test

import (
	"strings"
	"testing"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

func TestLinesFrames(t *testing.T) {
	p := saying("NO READ")
	text := func(end string, lines ...string) string { return strings.Join(lines, end) + end }
	crlf, half := text("\r\n", td3...), td3[0]+"\r\n"+td3[1][:20]
	big := strings.Repeat("<", 100<<10)
	runRows(t, p, []row{
		{"a passport, CR LF", crlf, []wire.Frame{ocr(91, td3...)}},
		{"a passport, CR", text("\r", td3...), []wire.Frame{ocr(90, td3...)}},
		{"a passport, LF", text("\n", td3...), []wire.Frame{ocr(90, td3...)}},
		{"a passport, last line unended", strings.Join(td3, "\r"), []wire.Frame{ocr(89, td3...)}},
		{"a card", text("\r\n", td1...), []wire.Frame{ocr(95, td1...)}},
		{"a card of two lines", text("\r\n", td2...), []wire.Frame{ocr(75, td2...)}},
		{"blank lines around", "\r\n\n" + crlf + "\r\n\r", []wire.Frame{ocr(91, td3...)}},
		{"blank lines between", text("\r\r", td3...), []wire.Frame{ocr(91, td3...)}},
		{"two in one chunk", crlf + text("\r", td1...), []wire.Frame{ocr(91, td3...), ocr(93, td1...)}},
		{"uneven lines", text("\r", "ABCDEFGHI", td1[0], td1[1]), []wire.Frame{ocr(72, "ABCDEFGHI", td1[0], td1[1])}},
		{"one line", text("\r", td3[0]), []wire.Frame{ocr(45, td3[0])}},
		{"half, then silence", half, []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 66)}},
		{"half, silence, another", half + "~" + crlf, []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 66), ocr(91, td3...)}},
		{"nothing read", "NO READ\r\n", []wire.Frame{fault(wire.KindOCR, drivers.FaultNoRead, 8)}},
		{"nothing read, unended", "NO READ", []wire.Frame{fault(wire.KindOCR, drivers.FaultNoRead, 7)}},
		{"noise", "\x55\x80\xff\x00\x1c\x02\xfe~" + crlf, []wire.Frame{fault(0, drivers.FaultNoise, 7), ocr(91, td3...)}},
		{"noise of many lines", strings.Repeat("\x80\r", 30), []wire.Frame{fault(0, drivers.FaultNoise, 60)}},
		{"a line too long", "AA" + crlf, []wire.Frame{fault(wire.KindOCR, drivers.FaultMalformed, 94)}},
		{"four lines", text("\r", "ABCDEFGH", "ABCDEFG", "ABCDEFGH", "ABCDEFG"), []wire.Frame{fault(wire.KindOCR, drivers.FaultMalformed, 34)}},
		{"100 KB without an end", big + "~" + crlf, []wire.Frame{fault(wire.KindOCR, drivers.FaultTooLong, 1025), ocr(91, td3...)}},
		{"100 KB of line ends", strings.Repeat("\r\n", 50<<10), nil},
		{"odd bytes in a line", text("\r", "P<\x00\xff\x1c o_*ABCDEFG"), []wire.Frame{ocr(17, "P<???????ABCDEFG")}},
	})
}

// saying returns the framing of pushed text whose reader says a failed read so.
func saying(noRead string) wire.Framing {
	f := framing("lines")
	f.NoRead = noRead
	return f
}
