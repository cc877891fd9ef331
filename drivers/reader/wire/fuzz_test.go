package wire_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

// stream pushes bytes in chunks of at most size, each a little later than the
// one before but not by an idle gap, and then lets the line fall silent.
func stream(t testing.TB, p wire.Framing, b []byte, size func() int) []wire.Frame {
	f, now := framer(t, p), noon
	var got []wire.Frame
	for len(b) > 0 {
		n := min(size(), len(b))
		got = append(got, f.Push(now, b[:n])...)
		now = now.Add(p.Idle() - time.Nanosecond)
		got = append(got, f.Idle(now)...)
		b = b[n:]
		if held := wire.Held(f); held > 1200 {
			t.Fatalf("the framer holds %d bytes", held)
		}
	}
	return append(got, f.Idle(now.Add(p.Idle()))...)
}

// framings returns every family, and those variants of one that differ most.
func framings() []wire.Framing {
	all := []wire.Framing{
		{Kind: "muse", CRC: wire.CRC{Name: "x-25", Order: "high"}},
		{Kind: "rte", Length: "byte", Checksum: "bcc", Flag: "none"},
		{Kind: "rte", Length: "2byte", LengthSpan: "data", Checksum: "bcc", Span: "frame"},
		{Kind: "tlv", CardState: "53", Present: "01"},
		{Kind: "stx", Checksum: "lrc"},
		{Kind: "stx", Payload: "json", Checksum: "bcc", Span: "frame"},
	}
	for i, f := range all {
		all[i] = f.WithDefaults()
	}
	for _, kind := range wire.Families() {
		f := framing(kind)
		if kind == "lines" || kind == "imager" {
			f.NoRead = "NO READ"
		}
		if kind == "keys" { // what is typed on several and no zone has no one meaning
			f.Layouts = []string{"us"}
		}
		all = append(all, f)
	}
	return all
}

func seeds(f *testing.F) {
	for _, p := range framings() {
		f.Add([]byte(encode(f, p, td3...)), uint64(1))
		f.Add([]byte(encode(f, p, td3...)+encode(f, p, td1...)+"\x1c\x02\x80"), uint64(2))
		f.Add([]byte(encode(f, p)+encode(f, p, td2...)[:30]), uint64(3))
	}
	f.Add([]byte("\x1c\x1c\x02\x03\x1e\x02\x0e\x02A\x03\x0f\r\n\n\r"), uint64(4))
}

// How a stream was cut makes no difference, and what a framer says is well
// formed, whatever it was given.
func FuzzChunks(f *testing.F) {
	seeds(f)
	all := framings()
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		random := rand.New(rand.NewPCG(seed, seed))
		for _, p := range all {
			whole := stream(t, p, b, func() int { return len(b) })
			single := stream(t, p, b, func() int { return 1 })
			ragged := stream(t, p, b, func() int { return 1 + random.IntN(64) })
			if diff := cmp.Diff(whole, single); diff != "" {
				t.Errorf("%s: whole and bytewise differ:\n%s", p.Kind, diff)
			}
			if diff := cmp.Diff(whole, ragged); diff != "" {
				t.Errorf("%s: whole and ragged differ:\n%s", p.Kind, diff)
			}
			for _, frame := range whole {
				checkFrame(t, p, frame, len(b))
			}
		}
	})
}

// checkFrame holds a frame to what Frame promises.
func checkFrame(t *testing.T, p wire.Framing, f wire.Frame, sent int) {
	t.Helper()
	if f.Bytes < 1 || f.Bytes > sent {
		t.Errorf("frame of %d bytes out of %d", f.Bytes, sent)
	}
	if (f.Fault != drivers.NoFault || f.Kind != wire.KindOCR) && f.Lines != nil {
		t.Errorf("%v has lines", f)
	}
	if said := f.Kind == wire.KindAnswer && f.Fault == drivers.NoFault; said != (f.Answer != "") || f.In && f.Kind != wire.KindPresence {
		t.Errorf("%v answers %d bytes, in is %t", f, len(f.Answer), f.In)
	}
	for _, line := range f.Lines {
		for _, c := range []byte(line) {
			if c != '?' && c != '<' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
				t.Errorf("byte %#x travels on", c)
			}
		}
	}
}

// Noise costs no frame of a family that marks its starts, and at most the one
// it runs into where silence is the only sure mark.
func FuzzNoise(f *testing.F) {
	seeds(f)
	all := framings()
	f.Fuzz(func(t *testing.T, noise []byte, _ uint64) {
		for _, p := range all {
			zones := [][]string{td3, td1, td2, td3}
			push := framer(t, p)
			var got []wire.Frame
			now := noon
			for _, lines := range zones {
				got = append(got, push.Push(now, append(slices.Clone(noise), encode(t, p, lines...)...))...)
				if !marked(p) { // a frame after the gap is not lost
					now = now.Add(p.Idle())
					got = append(got, push.Push(now, []byte(encode(t, p, lines...)))...)
					now = now.Add(p.Idle())
				}
			}
			if !holdsInOrder(got, zones) && !fits(t, p, noise) {
				t.Errorf("%s: frames lost: %v", p.Kind, got)
			}
		}
	})
}

// marked reports whether frames show where they begin.
func marked(p wire.Framing) bool {
	return !slices.Contains([]string{"lines", "tlv", "keys", "hid", "json", "imager"}, p.Kind)
}

// fits reports whether noise and the beginning of a frame are by chance a whole
// frame, as happens where a check byte happens to be right.
func fits(t *testing.T, p wire.Framing, noise []byte) bool {
	push := framer(t, p)
	push.Push(noon, noise)
	for i, c := range []byte(encode(t, p, td3...)) {
		for _, f := range push.Push(noon, []byte{c}) {
			if f.Bytes > i+1 && (f.Fault == drivers.NoFault || f.Fault == drivers.FaultNoRead) {
				return true
			}
		}
	}
	return false
}

// holdsInOrder reports whether the zones are among the frames, in order.
func holdsInOrder(frames []wire.Frame, zones [][]string) bool {
	for _, f := range frames {
		if len(zones) > 0 && isZone(f, zones[0]) {
			zones = zones[1:]
		}
	}
	return len(zones) == 0
}

// What a reader is made to send comes back as it was: any lines in a block, and
// in pushed text all but three lines of which two are a zone already.
func FuzzRoundTrip(f *testing.F) {
	f.Add(uint64(0), uint8(2), uint8(44))
	f.Add(uint64(7), uint8(3), uint8(30))
	all := framings()
	f.Fuzz(func(t *testing.T, seed uint64, count, length uint8) {
		random := rand.New(rand.NewPCG(seed, 0))
		const cells = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"
		var want []string
		for range 1 + count%3 {
			line := make([]byte, 7+length%38)
			for i := range line {
				line[i] = cells[random.IntN(len(cells))]
			}
			want = append(want, string(line))
		}
		for _, p := range all {
			if n := len(want[0]); (p.Kind == "lines" || p.Kind == "keys" || p.Kind == "imager") && len(want) == 3 && (n == 36 || n == 44) {
				continue
			}
			b := []byte(encode(t, p, want...))
			got := stream(t, p, b, func() int { return 1 + random.IntN(64) })
			if len(got) != 1 || !isZone(got[0], want) || got[0].Fault != drivers.NoFault {
				t.Errorf("%s: %q came back as %v", p.Kind, want, got)
			}
		}
	})
}

func TestThePadOfAReaderIsTheFiller(t *testing.T) {
	for _, p := range framings() {
		p.Pad = "_"
		var sent []string
		for _, line := range td3 {
			sent = append(sent, strings.ReplaceAll(line, "<", "_"))
		}
		got := stream(t, p, []byte(encode(t, p, sent...)), func() int { return 8 })
		if len(got) != 1 || !isZone(got[0], td3) {
			t.Errorf("%s: %v, want the lines with fillers", p.Kind, got)
		}
	}
}

// isZone reports whether a frame holds these lines, below empty slots or run
// together.
func isZone(f wire.Frame, want []string) bool {
	got := f.Lines
	for len(got) > 0 && got[0] == "" {
		got = got[1:]
	}
	return slices.Equal(got, want) || len(got) == 1 && got[0] == strings.Join(want, "")
}

// A framing that is valid makes a framer that holds to the rules, and any other
// makes none.
func FuzzSettings(f *testing.F) {
	seeds := []string{"\x02\xc1A\x10\x0d\x03\x00\x00", "\x01OU\x020\r\rABCDEFG\r\x03", "I\x00\x02A\rS\x00\x01\x01", "ocrena1\x06!ABC\r", "\x02PCSign:{}\x03"}
	for i, s := range seeds {
		f.Add([]byte(s), uint64(i), 1<<i, 1+i, "_", "A")
	}
	f.Fuzz(func(t *testing.T, b []byte, seed uint64, max, idle int, pad, noRead string) {
		random := rand.New(rand.NewPCG(seed, seed))
		p := anyFraming(random)
		p.Max, p.IdleMS, p.Pad, p.NoRead = max, idle, pad, noRead
		p = p.WithDefaults()
		if p.Validate() != nil {
			if _, err := wire.New(p); err == nil {
				t.Errorf("%+v makes a framer", p)
			}
			return
		}
		whole := stream(t, p, b, func() int { return len(b) })
		ragged := stream(t, p, b, func() int { return 1 + random.IntN(16) })
		if diff := cmp.Diff(whole, ragged); diff != "" {
			t.Errorf("%+v: whole and ragged differ:\n%s", p, diff)
		}
		for _, frame := range whole {
			checkFrame(t, p, frame, len(b))
		}
		sent := encode(t, p, string(b), noRead)
		for _, frame := range stream(t, p, []byte(sent), func() int { return len(sent) }) {
			checkFrame(t, p, frame, len(sent))
		}
	})
}

// anyFraming returns a framing of some family with some of the settings that it
// has, and now and then with one that cannot be.
func anyFraming(random *rand.Rand) wire.Framing {
	one := func(words ...string) string { return words[random.IntN(len(words))] }
	p := wire.Framing{Kind: one(wire.Families()...)}
	switch p.Kind {
	case "muse":
		p.CRC = wire.CRC{Name: one("", "arc", "x-25"), Order: one("", "low", "high")}
		if p.CRC.Name == "" || random.IntN(8) == 0 {
			p.CRC.Poly, p.CRC.Init, p.CRC.Reflect = uint16(random.Uint32()), uint16(random.Uint32()), random.IntN(2) == 0
		}
	case "rte":
		p.Checksum, p.Span = one("", "bcc", "bcc"), one("", "rest", "body", "data", "frame")
		p.Length, p.LengthSpan = one("", "byte", "2byte", "2byte-low"), one("", "rest", "body", "data", "frame")
		p.Flag = one("", "none")
	case "stx":
		p.Checksum, p.Span, p.Payload = one("", "bcc", "lrc"), one("", "data", "frame", "body"), one("", "json")
	case "tlv":
		p.CardState, p.Present = one("", "53", "00"), one("", "01", "0000")
	}
	return p
}
