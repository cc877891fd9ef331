package wire_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

var (
	td3 = []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}
	td1 = []string{"I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"}
	td2 = []string{"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"}
)

// framing returns what is usual in a family.
func framing(kind string) wire.Framing { return wire.Framing{Kind: kind}.WithDefaults() }

func framer(t testing.TB, f wire.Framing) wire.Framer {
	t.Helper()
	framer, err := wire.New(f)
	if err != nil {
		t.Fatal(err)
	}
	return framer
}

func encode(t testing.TB, f wire.Framing, lines ...string) string {
	t.Helper()
	b, err := wire.Encode(f, lines)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// noon is when the first bytes of each test arrive.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A row is one stream and the frames in it. In bytes, ~ is an idle gap.
type row struct {
	name  string
	bytes string
	want  []wire.Frame
}

func runRows(t *testing.T, p wire.Framing, rows []row) {
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			f, now := framer(t, p), noon
			var got []wire.Frame
			for part := range strings.SplitSeq(r.bytes, "~") {
				got = append(got, f.Push(now, []byte(part))...)
				now = now.Add(p.Idle())
				got = append(got, f.Idle(now)...)
			}
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("frames differ (-want +got):\n%s", diff)
			}
		})
	}
}

func ocr(n int, lines ...string) wire.Frame {
	return wire.Frame{Kind: wire.KindOCR, Lines: lines, Bytes: n}
}

func fault(k wire.Kind, f drivers.ReadFault, n int) wire.Frame {
	return wire.Frame{Kind: k, Fault: f, Bytes: n}
}

func TestSITAFrames(t *testing.T) {
	p := framing("sita")
	a, b := encode(t, p, td3...), encode(t, p, td1...)
	half, x1k := a[:40], strings.Repeat("X", 1024)
	whole := func(lines []string) wire.Frame { return ocr(len(encode(t, p, lines...)), lines...) }
	line := func(s string) string { return encode(t, p, s) }
	runRows(t, p, []row{
		{"a passport", a, []wire.Frame{whole(td3)}},
		{"a card", b, []wire.Frame{whole(td1)}},
		{"two in one chunk", a + b, []wire.Frame{whole(td3), whole(td1)}},
		{"a last line without its CR", a[:91] + a[92:], []wire.Frame{ocr(93, td3...)}},
		{"nothing read", "\x1c\x02\x03\x1d", []wire.Frame{fault(wire.KindOCR, drivers.FaultNoRead, 4)}},
		{"a magstripe", "\x0e\x02\x11DATA\x03\x0f", []wire.Frame{{Kind: wire.KindMagstripe, Bytes: 9}}},
		{"a magstripe not read", "\x0e\x02\x03\x0f", []wire.Frame{fault(wire.KindMagstripe, drivers.FaultNoRead, 4)}},
		{"a barcode", "\x1e\x02M1DATA\x1d\x1e\x03\x1f", []wire.Frame{{Kind: wire.KindBarcode, Bytes: 12}}},
		{"noise, then a passport", "\x55\xaa\x00" + a, []wire.Frame{fault(0, drivers.FaultNoise, 3), whole(td3)}},
		{"a passport, then noise", a + "\x55\xaa", []wire.Frame{whole(td3), fault(0, drivers.FaultNoise, 2)}},
		{"noise of start bytes", "\x1c\x1c\x0e" + a, []wire.Frame{fault(0, drivers.FaultNoise, 3), whole(td3)}},
		{"two bursts of noise", "\x55\xaa~\x55", []wire.Frame{fault(0, drivers.FaultNoise, 2), fault(0, drivers.FaultNoise, 1)}},
		{"half, then silence", half, []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 40)}},
		{"half, silence, the rest", half + "~" + a[40:], []wire.Frame{
			fault(wire.KindOCR, drivers.FaultTruncated, 40), fault(0, drivers.FaultNoise, 54)}},
		{"half, then a whole one", half + a, []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 40), whole(td3)}},
		{"a start, silence, STX", "\x1c~\x02", []wire.Frame{fault(0, drivers.FaultNoise, 1), fault(0, drivers.FaultNoise, 1)}},
		{"all but the end byte", a[:93], []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 93)}},
		{"the end byte of another kind", a[:93] + "\x1f", []wire.Frame{fault(wire.KindOCR, drivers.FaultMalformed, 94)}},
		{"the end byte lost before the next", a[:93] + b, []wire.Frame{fault(wire.KindOCR, drivers.FaultMalformed, 93), whole(td1)}},
		{"ETX in a line", a[:20] + "\x03" + a[20:], []wire.Frame{
			fault(wire.KindOCR, drivers.FaultMalformed, 22), fault(0, drivers.FaultNoise, 73)}},
		{"1024 bytes", "\x1c\x02" + x1k + "\x03\x1d", []wire.Frame{ocr(1028, x1k)}},
		{"1025 bytes", "\x1c\x02" + x1k + "X\x03\x1d", []wire.Frame{fault(wire.KindOCR, drivers.FaultTooLong, 1027)}},
		{"100 KB without an end", "\x1c\x02" + strings.Repeat(x1k, 100) + a, []wire.Frame{
			fault(wire.KindOCR, drivers.FaultTooLong, 1027), whole(td3)}},
		{"100 KB of noise", strings.Repeat(x1k, 100) + a, []wire.Frame{fault(0, drivers.FaultNoise, 1024), whole(td3)}},
		{"starts without end", strings.Repeat("\x1c\x02A", 5000), []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 3)}},
		{"odd bytes in a line", line("P<\x00\xff\x1c o_*A"), []wire.Frame{ocr(15, "P<???????A")}},
		{"an STX in a line", line("P<\x02ABCD"), []wire.Frame{ocr(12, "P<?ABCD")}},
	})
}

func TestSITASendsWhatTheManualDraws(t *testing.T) {
	p := framing("sita")
	for name, lines := range map[string][]string{"SITA/CUTE OCR block, TD3": td3, "SITA/CUTE OCR block, TD1": td1} {
		if got, want := encode(t, p, lines...), vector(t, name); got != want {
			t.Errorf("%s:\n% x, want\n% x", name, got, want)
		}
	}
	if got, want := encode(t, p), "\x1c\x02\x03\x1d"; got != want {
		t.Errorf("no lines: % x, want % x", got, want)
	}
}
