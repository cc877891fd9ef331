package wire_test

import (
	"bytes"
	"strings"
	"testing"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

// sealed returns a frame around data that is stuffed already, with a CRC-16/ARC
// that is computed bit by bit over what is not.
func sealed(stuffed, plain string) string {
	register := uint16(0)
	for _, c := range []byte("\x02" + plain + "\x03") {
		register ^= uint16(c)
		for range 8 {
			carry := register & 1
			if register >>= 1; carry == 1 {
				register ^= 0xA001
			}
		}
	}
	return "\x02" + stuffed + "\x03" + string([]byte{byte(register), byte(register >> 8)})
}

func TestMUSEFrames(t *testing.T) {
	p := framing("muse")
	a, b := encode(t, p, td3...), encode(t, p, td1...)
	x1k := strings.Repeat("X", 1024)
	same := func(s string) string { return sealed(s, s) }
	whole := func(lines []string) wire.Frame { return ocr(len(encode(t, p, lines...)), lines...) }
	odd := func(stuffed, plain string) string { return sealed("\xc1"+stuffed, "\xc1"+plain) }
	cut := func(n int) wire.Frame { return fault(wire.KindOCR, drivers.FaultTruncated, n) }
	sum := func(n int) wire.Frame { return fault(wire.KindOCR, drivers.FaultChecksum, n) }
	bad := a[:len(a)-1] + string([]byte{a[len(a)-1] ^ 1})
	runRows(t, p, []row{
		{"a passport", a, []wire.Frame{whole(td3)}},
		{"two in one chunk", a + b, []wire.Frame{whole(td3), whole(td1)}},
		{"the ninth OCR device", same("\xc9ABCDEFG"), []wire.Frame{ocr(12, "ABCDEFG")}},
		{"nothing read", encode(t, p), []wire.Frame{fault(wire.KindOCR, drivers.FaultNoRead, 5)}},
		{"a magstripe", same("\xa1DATA"), []wire.Frame{{Kind: wire.KindMagstripe, Bytes: 9}}},
		{"a barcode not read", same("\xb1"), []wire.Frame{fault(wire.KindBarcode, drivers.FaultNoRead, 5)}},
		{"a wrong CRC", bad + b, []wire.Frame{sum(len(a)), whole(td1)}},
		{"a flipped cell", strings.Replace(a, "U", "V", 1), []wire.Frame{sum(len(a))}},
		{"control bytes in a line", odd("AB\x10\x02\x10\x03\x10\x10\x10\x00C", "AB\x02\x03\x10\x00C"), []wire.Frame{ocr(16, "AB????C")}},
		{"a DLE at the end", odd("ABCDEFG\x10\x10", "ABCDEFG\x10"), []wire.Frame{ocr(14, "ABCDEFG?")}},
		{"half, then silence", a[:40], []wire.Frame{cut(40)}},
		{"half, then a whole one", a[:40] + b, []wire.Frame{cut(40), whole(td1)}},
		{"half that ends in a DLE, then a whole one", a[:47] + b, []wire.Frame{sum(47), whole(td1)}},
		{"the CRC lost before the next", a[:len(a)-2] + b, []wire.Frame{sum(len(a) - 2), whole(td1)}},
		{"half of the CRC lost before the next", a[:len(a)-1] + b, []wire.Frame{sum(len(a) - 1), whole(td1)}},
		{"half of the CRC, then silence", a[:len(a)-1] + "~" + b, []wire.Frame{cut(len(a) - 1), whole(td1)}},
		{"ETX lost before the next", a[:len(a)-3] + "\x55\x55" + b, []wire.Frame{cut(len(a) - 1), whole(td1)}},
		{"ETX in a line", a[:20] + "\x03" + a[20:], []wire.Frame{sum(23), fault(0, drivers.FaultNoise, len(a)-22)}},
		{"STX for a cell", "\x02\xc1AB\x02CD" + a, []wire.Frame{cut(7), whole(td3)}},
		{"noise of STX", "\x02\x02\x55" + a, []wire.Frame{fault(0, drivers.FaultNoise, 3), whole(td3)}},
		{"STX, silence, the rest", "\x02~" + a[1:], []wire.Frame{fault(0, drivers.FaultNoise, 1), fault(0, drivers.FaultNoise, len(a)-1)}},
		{"1024 bytes", same("\xc1" + x1k[1:]), []wire.Frame{ocr(1028, x1k[1:])}},
		{"1024 bytes with DLEs", odd(strings.Repeat("\x10\x10", 511)+"X", strings.Repeat("\x10", 511)+"X"), []wire.Frame{
			ocr(1028, strings.Repeat("?", 511)+"X")}},
		{"1025 bytes", same("\xc1"+x1k) + a, []wire.Frame{fault(wire.KindOCR, drivers.FaultTooLong, 1026), whole(td3)}},
		{"100 KB without an end", "\x02\xc1" + strings.Repeat(x1k, 100) + a, []wire.Frame{
			fault(wire.KindOCR, drivers.FaultTooLong, 1026), whole(td3)}},
		{"100 KB of noise", strings.Repeat(x1k, 100) + a, []wire.Frame{fault(0, drivers.FaultNoise, 1024), whole(td3)}},
		{"starts without end", strings.Repeat("\x02\xc1A", 5000), []wire.Frame{cut(3)}},
		{"stuffed starts without end", strings.Repeat("\x10\x02\xc1", 5000) + "~" + a, []wire.Frame{
			fault(0, drivers.FaultNoise, 1), fault(wire.KindOCR, drivers.FaultTooLong, 3), cut(3), whole(td3)}},
	})
}

// A CRC may hold what begins, ends or stuffs a frame, and is none of it.
func TestMUSETakesAnyCRC(t *testing.T) {
	p := framing("muse")
	next := encode(t, p, td1...)
	seen := map[byte]bool{}
	for i := range 1 << 16 {
		line := string([]byte{'A' + byte(i>>12), 'A' + byte(i>>8&15), 'A' + byte(i>>4&15), 'A' + byte(i&15), 'B', 'C', 'D'})
		frame := encode(t, p, line)
		crc := frame[len(frame)-2:]
		if !bytes.ContainsAny([]byte(crc), "\x02\x03\x10") {
			continue
		}
		seen[crc[0]], seen[crc[1]] = true, true
		got := framer(t, p).Push(noon, []byte(frame+next))
		if !holdsInOrder(got, [][]string{{line}, td1}) || len(got) != 2 {
			t.Fatalf("CRC % x: %v", crc, got)
		}
	}
	if !seen[0x02] || !seen[0x03] || !seen[0x10] {
		t.Error("no CRC held STX, ETX and DLE")
	}
}

// The check values are those of the catalogue of CRCs, of "123456789".
func TestCRCs(t *testing.T) {
	for name, want := range map[string]uint16{"arc": 0xBB3D, "ibm-3740": 0x29B1, "modbus": 0x4B37, "x-25": 0x906E, "xmodem": 0x31C3} {
		for order, bytes := range map[string][2]byte{"low": {byte(want), byte(want >> 8)}, "high": {byte(want >> 8), byte(want)}} {
			if got := wire.Checksum(wire.CRC{Name: name, Order: order}, "123456789"); got != bytes {
				t.Errorf("%s, %s byte first: % x, want % x", name, order, got, bytes)
			}
		}
	}
	own := wire.CRC{Poly: 0x8005, Reflect: true, Order: "low"}
	if got, want := wire.Checksum(own, "123456789"), wire.Checksum(wire.CRC{Name: "arc"}, "123456789"); got != want {
		t.Errorf("the parameters of arc give % x, want % x", got, want)
	}
}
