package wire_test

import (
	"strings"
	"testing"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

func TestRTEFrames(t *testing.T) {
	p := framing("rte")
	a, b := encode(t, p, td3...), encode(t, p, td1...)
	padded := strings.NewReplacer("<", "_").Replace(a)
	x1k := strings.Repeat("X", 1020)
	two := ocr(97, "", td3[0], td3[1])
	three := ocr(99, td1...)
	cut := func(n int) wire.Frame { return fault(wire.KindOCR, drivers.FaultTruncated, n) }
	bad := func(n int) wire.Frame { return fault(wire.KindOCR, drivers.FaultMalformed, n) }
	runRows(t, p, []row{
		{"a passport", a, []wire.Frame{two}},
		{"a passport, padded", padded, []wire.Frame{two}},
		{"a card", b, []wire.Frame{three}},
		{"two in one chunk", a + b, []wire.Frame{two, three}},
		{"one line", "\x01OU\x020\r\rABCDEFG\r\x03", []wire.Frame{ocr(16, "", "", "ABCDEFG")}},
		{"nothing read", "\x01OU\x020\r\r\r\x03", []wire.Frame{fault(wire.KindOCR, drivers.FaultNoRead, 9)}},
		{"nothing at all", "\x01OU\x020\x03", []wire.Frame{fault(wire.KindOCR, drivers.FaultNoRead, 6)}},
		{"a flag that looks like ETX", strings.Replace(a, "\x020", "\x02\x03", 1), []wire.Frame{two}},
		{"a flag that looks like SOH", strings.Replace(a, "\x020", "\x02\x01", 1), []wire.Frame{two}},
		{"an answer", "\x01DR\x02OK\x03", []wire.Frame{{Kind: wire.KindAnswer, Answer: "DROK", Bytes: 7}}},
		{"an answer without data", "\x01OE\x02\x03", []wire.Frame{{Kind: wire.KindAnswer, Answer: "OE", Bytes: 5}}},
		{"another device's data", "\x01MU\x02SECRET\x03", []wire.Frame{{Kind: wire.KindAnswer, Answer: "MU", Bytes: 11}}},
		{"an answer, then a passport", "\x01OE\x02\x03" + a, []wire.Frame{{Kind: wire.KindAnswer, Answer: "OE", Bytes: 5}, two}},
		{"a CR lost", a[:5] + a[6:], []wire.Frame{bad(96)}},
		{"the last CR lost", a[:95] + a[96:], []wire.Frame{bad(96)}},
		{"four lines", encode(t, p, append(td1, "X")...), []wire.Frame{bad(101)}},
		{"ETX in a line", a[:20] + "\x03" + a[20:], []wire.Frame{bad(21), fault(0, drivers.FaultNoise, 77)}},
		{"half, then silence", a[:40], []wire.Frame{cut(40)}},
		{"half, then a whole one", a[:40] + b, []wire.Frame{cut(40), three}},
		{"a start alone, then a whole one", a[:4] + b, []wire.Frame{cut(4), three}},
		{"half of a start, then a whole one", a[:3] + b, []wire.Frame{fault(0, drivers.FaultNoise, 3), three}},
		{"ETX lost before the next", a[:96] + b, []wire.Frame{cut(96), three}},
		{"noise, then a passport", "\x01\x01O\x02" + a, []wire.Frame{fault(0, drivers.FaultNoise, 4), two}},
		{"STX and SOH in a line", "\x01OU\x020\r\rAB\x01\x02DEF\r\x03", []wire.Frame{ocr(16, "", "", "AB??DEF")}},
		{"1024 bytes", "\x01OU\x020" + x1k + "\r\r\r\x03", []wire.Frame{ocr(1029, x1k, "", "")}},
		{"1025 bytes", "\x01OU\x020X" + x1k + "\r\r\r\x03" + a, []wire.Frame{fault(wire.KindOCR, drivers.FaultTooLong, 1029), two}},
		{"100 KB without an end", "\x01OU\x02" + strings.Repeat(x1k, 100) + a, []wire.Frame{
			fault(wire.KindOCR, drivers.FaultTooLong, 1029), two}},
		{"starts without end", strings.Repeat("\x01OU\x02", 5000), []wire.Frame{cut(4)}},
	})
}

// Length and BCC hold a message to what they say of it.
func TestRTELengthAndBCC(t *testing.T) {
	p := wire.Framing{Kind: "rte", Length: "byte", Checksum: "bcc"}.WithDefaults()
	body := "OU\x020\r\rABCDEFG\r\x03" // 15 bytes
	message, a := "\x01\x0f"+body, encode(t, p, td3...)
	sum := func(n int) wire.Frame { return fault(wire.KindOCR, drivers.FaultChecksum, n) }
	two, line := ocr(len(a), "", td3[0], td3[1]), ocr(18, "", "", "ABCDEFG")
	bcc := func(s string) string {
		var x byte
		for _, c := range []byte(s[1:]) {
			x ^= c
		}
		return s + string([]byte{x})
	}
	runRows(t, p, []row{
		{"whole", bcc(message), []wire.Frame{line}},
		{"a wrong BCC", message + "\x00" + a, []wire.Frame{sum(18), two}},
		{"no BCC before the next", message + a, []wire.Frame{sum(17), two}},
		{"no BCC before silence", message, []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 17)}},
		{"a cell lost", bcc("\x01\x0f" + strings.Replace(body, "D", "", 1)), []wire.Frame{fault(wire.KindOCR, drivers.FaultMalformed, 17)}},
		{"a length too great", bcc("\x01\xff"+body) + a, []wire.Frame{fault(wire.KindOCR, drivers.FaultMalformed, 18), two}},
		{"a length of SOH", "\x01\x01" + body + "\x00" + a, []wire.Frame{sum(18), two}},
		{"a start with a length of SOH, then another", "\x01\x01O" + a, []wire.Frame{fault(0, drivers.FaultNoise, 3), two}},
	})
	for _, r := range []struct {
		length, span string
		want         string
	}{
		{"byte", "body", "\x01\x0fOU"}, {"byte", "data", "\x01\x0cOU"}, {"byte", "rest", "\x01\x10OU"}, {"byte", "frame", "\x01\x11OU"},
		{"2byte", "rest", "\x01\x00\x11OU"}, {"2byte-low", "body", "\x01\x0f\x00OU"},
	} {
		f := wire.Framing{Kind: "rte", Length: r.length, LengthSpan: r.span}.WithDefaults()
		b := encode(t, f, "ABCDEFG")
		if !strings.HasPrefix(b, r.want) {
			t.Errorf("length %s of %s: % x, want % x", r.length, r.span, b, r.want)
		}
		if got := framer(t, f).Push(noon, []byte(b)); len(got) != 1 || got[0].Fault != drivers.NoFault {
			t.Errorf("length %s of %s: %v", r.length, r.span, got)
		}
	}
}
