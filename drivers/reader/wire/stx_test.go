package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

func TestSTXFrames(t *testing.T) {
	p := framing("stx")
	p.NoRead = "NO READ"
	a, b := encode(t, p, td3...), encode(t, p, td1...)
	x1k := strings.Repeat("X", 1024)
	two, three := ocr(94, td3...), ocr(98, td1...)
	together := td3[0] + td3[1]
	cut := func(n int) wire.Frame { return fault(wire.KindOCR, drivers.FaultTruncated, n) }
	none := func(n int) wire.Frame { return fault(wire.KindOCR, drivers.FaultNoRead, n) }
	runRows(t, p, []row{
		{"a passport", a, []wire.Frame{two}},
		{"a passport, nothing after ETX", a[:94], []wire.Frame{two}},
		{"two in one chunk", a + b, []wire.Frame{two, three}},
		{"two without line ends", a[:94] + b[:98], []wire.Frame{two, three}},
		{"lines run together", "\x02" + together + "\x03\r", []wire.Frame{ocr(90, together)}},
		{"lines ended by CR", "\x02" + strings.Join(td3, "\r") + "\r\x03", []wire.Frame{ocr(92, td3...)}},
		{"handshakes", "\x06\x02\x06ABCDEFG\r\x06\x03\x15\r\n", []wire.Frame{ocr(12, "ABCDEFG")}},
		{"a handshake byte in a line", "\x02ABC\x15EFG\x03", []wire.Frame{ocr(9, "ABC?EFG")}},
		{"nothing read", "\x02\x03\r\n", []wire.Frame{none(2)}},
		{"nothing read, in words", encode(t, p), []wire.Frame{none(11)}},
		{"half, then silence", a[:40], []wire.Frame{cut(40)}},
		{"half, then a whole one", a[:40] + b, []wire.Frame{cut(40), three}},
		{"half, silence, the rest", a[:40] + "~" + a[40:] + b, []wire.Frame{cut(40), fault(0, drivers.FaultNoise, 50), three}},
		{"ETX lost before the next", a[:93] + "\r\n" + b, []wire.Frame{cut(95), three}},
		{"noise, then a passport", "\x55\x06\xaa" + a, []wire.Frame{fault(0, drivers.FaultNoise, 2), two}},
		{"line ends and handshakes alone", "\r\n\x06\x15~\r", nil},
		{"1024 bytes", "\x02" + x1k + "\x03", []wire.Frame{ocr(1026, x1k)}},
		{"1025 bytes", "\x02X" + x1k + "\x03" + a, []wire.Frame{fault(wire.KindOCR, drivers.FaultTooLong, 1026), two}},
		{"100 KB without an end", "\x02" + strings.Repeat(x1k, 100) + a, []wire.Frame{fault(wire.KindOCR, drivers.FaultTooLong, 1026), two}},
		{"starts without end", strings.Repeat("\x02A", 5000), []wire.Frame{cut(2)}},
	})
}

func TestSTXChecksums(t *testing.T) {
	sum := func(n int) wire.Frame { return fault(wire.KindOCR, drivers.FaultChecksum, n) }
	for _, r := range []struct{ checksum, span, want string }{
		{"bcc", "data", "\x44"}, {"bcc", "frame", "\x46"}, {"lrc", "data", "\x0a"}, {"lrc", "frame", "\x08"},
	} {
		p := wire.Framing{Kind: "stx", Checksum: r.checksum, Span: r.span}.WithDefaults()
		message, a := "\x02ABCDEFG\r\n\x03", encode(t, p, td3...)
		want, two := ocr(12, "ABCDEFG"), ocr(95, td3...)
		if got := encode(t, p, "ABCDEFG"); got != message+r.want+"\r\n" {
			t.Errorf("%s of %s: % x, want % x", r.checksum, r.span, got, message+r.want)
		}
		t.Run(r.checksum+" of "+r.span, func(t *testing.T) {
			runRows(t, p, []row{
				{"right", message + r.want, []wire.Frame{want}},
				{"wrong", message + "\x00" + a, []wire.Frame{sum(12), two}},
				{"lost before the next", message + a, []wire.Frame{sum(11), two}},
				{"lost before silence", message + "~" + a, []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 11), two}},
				{"a cell flipped", strings.Replace(a, "U", "V", 1) + a, []wire.Frame{sum(95), two}},
			})
		})
	}
}

// A checksum may be any byte, also one that begins or ends a frame.
func TestSTXTakesAnyChecksum(t *testing.T) {
	p := wire.Framing{Kind: "stx", Checksum: "bcc"}.WithDefaults()
	next, seen := encode(t, p, td1...), map[byte]bool{}
	for i := range 256 {
		line := fmt.Sprintf("ABCDE%02X%c", i, 'G'+i%16)
		frame := strings.TrimSuffix(encode(t, p, line), "\r\n")
		seen[frame[len(frame)-1]] = true
		got := framer(t, p).Push(noon, []byte(frame+next))
		if !holdsInOrder(got, [][]string{{line}, td1}) || len(got) != 2 {
			t.Errorf("checksum %x: %v", frame[len(frame)-1:], got)
		}
	}
	if !seen[0x02] || !seen[0x03] {
		t.Error("no checksum was STX and none ETX")
	}
}

func TestSTXMessages(t *testing.T) {
	p := framing("stx")
	p.Payload = "json"
	a := encode(t, p, td3...)
	if want := vector(t, "EST-100PR-NZ: STX JSON ETX CR LF at 256000 8O1"); a != want {
		t.Errorf("% x, want\n% x", a, want)
	}
	two := ocr(132, td3...)
	bad := func(n int) wire.Frame { return fault(wire.KindOCR, drivers.FaultMalformed, n) }
	camera := func(data string) string { return "\x02CameraData:" + data + "\x03\r\n" }
	answer := func(name string, n int) wire.Frame { return wire.Frame{Kind: wire.KindAnswer, Answer: name, Bytes: n} }
	big := strings.Repeat(`"A":1,`, 400)
	rows := []row{
		{"a passport", a, []wire.Frame{two}},
		{"reading begins", "\x02PCSign:{\"stage\":\"readStart\",\"type\":\"PassPort\"}\x03\r\n" + a, []wire.Frame{
			{Kind: wire.KindPresence, In: true, Bytes: 48}, two}},
		{"reading ends", "\x02PCSign:{\"stage\":\"readEnd\",\"type\":\"IDInfo\"}\x03", []wire.Frame{{Kind: wire.KindPresence, Bytes: 44}}},
		{"another stage", "\x02PCSign:{\"stage\":\"readHalf\"}\x03", []wire.Frame{answer("PCSign", 29)}},
		{"the chip", "\x02EidlinkResult:{\"name\":\"SECRET\"}\x03\r\n" + a, []wire.Frame{answer("EidlinkResult", 33), two}},
		{"more of the chip than can be held", "\x02EidlinkResult:{" + big + "\"B\":1}\x03\r\n" + a, []wire.Frame{answer("EidlinkResult", 1026), two}},
		{"a type of tomorrow", "\x02New2:{}\x03", []wire.Frame{answer("New2", 9)}},
		{"too long a document", camera("{"+big+`"data":""}`) + a, []wire.Frame{fault(wire.KindOCR, drivers.FaultTooLong, 1026), two}},
		{"nothing read", camera(`{"data":"","type":"PassPort"}`), []wire.Frame{fault(wire.KindOCR, drivers.FaultNoRead, 42)}},
		{"characters of several bytes", camera(`{"data":"AB\u0000é中<\u00cfFG\r\nABC"}`), []wire.Frame{ocr(53, "AB???<?FG", "ABC")}},
		{"bytes that are no text", camera("{\"data\":\"AB\x80\xffEFG\"}"), []wire.Frame{ocr(31, "AB??EFG")}},
	}
	for what, s := range map[string]string{
		"no colon":                 "\x02CameraData\x03",
		"no type":                  "\x02:{}\x03",
		"no name of a type":        "\x02Camera Data:{}\x03",
		"too long a type":          "\x02" + strings.Repeat("A", 33) + ":{}\x03",
		"no object":                camera(`"data"`),
		"a list":                   camera(`[]`),
		"null":                     camera(`null`),
		"null of another type":     "\x02New2:null\x03",
		"no data":                  camera(`{"type":"PassPort"}`),
		"data of null":             camera(`{"data":null}`),
		"data that is a number":    camera(`{"data":1}`),
		"data by another name":     camera(`{"Data":"ABCDEFG"}`),
		"an object cut short":      camera(`{"data":"ABCDEFG"`),
		"something after it":       camera(`{"data":"ABCDEFG"}{}`),
		"control bytes":            camera("{\"data\":\"ABC\nDEFG\"}"),
		"an answer that is broken": "\x02EidlinkResult:{\x03",
	} {
		n := strings.Index(s, "\x03") + 1
		rows = append(rows, row{what, s + a, []wire.Frame{bad(n), two}})
	}
	runRows(t, p, rows)
}
