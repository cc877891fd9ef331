package wire_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

// keyed returns the framing of a wedge that types on the layouts.
func keyed(layouts ...string) wire.Framing {
	f := framing("keys")
	f.Layouts = layouts
	return f
}

// record returns one record of an input device.
func record(kind, code uint16, value uint32) string {
	b := make([]byte, wire.RecordSize-8, wire.RecordSize)
	b = binary.LittleEndian.AppendUint16(b, kind)
	b = binary.LittleEndian.AppendUint16(b, code)
	return string(binary.LittleEndian.AppendUint32(b, value))
}

// press and release are what a key does, as 28 for Enter.
func press(key uint16) string   { return keyRecords(key, 1) }
func release(key uint16) string { return keyRecords(key, 0) }
func stroke(key uint16) string  { return press(key) + release(key) }

func keyRecords(key uint16, value uint32) string {
	return record(4, 4, 0x70000|uint32(key)) + record(1, key, value) + record(0, 0, 0)
}

const (
	enter, shift, alt, altGr, ctrl, caps = 28, 42, 56, 100, 29, 58
	dropped                              = 3
)

// shapes drops what the rows do not care for: how many records it took.
func shapes(frames []wire.Frame) (shapes []wire.Frame) {
	for _, f := range frames {
		if f.Bytes%wire.RecordSize == 0 {
			f.Bytes = 0
		}
		shapes = append(shapes, f)
	}
	return shapes
}

// scans runs streams through one framer, each followed by silence, and returns the
// frames.
func scans(t *testing.T, p wire.Framing, streams ...string) (got []wire.Frame) {
	t.Helper()
	f, now := framer(t, p), noon
	for _, s := range streams {
		got = append(got, f.Push(now, []byte(s))...)
		now = now.Add(p.Idle())
		got = append(got, f.Idle(now)...)
	}
	return shapes(got)
}

func wantFrames(t *testing.T, what string, got []wire.Frame, want ...wire.Frame) {
	t.Helper()
	same := func(a, b wire.Frame) bool {
		return a.Kind == b.Kind && a.Fault == b.Fault && a.Bytes == b.Bytes && slices.Equal(a.Lines, b.Lines)
	}
	if !slices.EqualFunc(got, want, same) {
		t.Errorf("%s: got %v, want %v", what, describe(got), describe(want))
	}
}

// describe prints frames of specimens in full.
func describe(frames []wire.Frame) (text []string) {
	for _, f := range frames {
		text = append(text, fmt.Sprintf("%v %q", f, f.Lines))
	}
	return text
}

func TestEveryLayoutTypesEveryZone(t *testing.T) {
	for _, name := range wire.Layouts() {
		for _, lines := range [][]string{td3, td1, td2} {
			stream := encode(t, keyed(name), lines...)
			wantFrames(t, name+" alone", scans(t, keyed(name), stream), ocr(0, lines...))
			together := encode(t, keyed(name), strings.Join(lines, ""))
			wantFrames(t, name+", run together", scans(t, keyed(name), together), ocr(0, strings.Join(lines, "")))
		}
		wantFrames(t, name+" among all", scans(t, keyed(), encode(t, keyed(name), td3...)), ocr(0, td3...))
	}
}

func TestKeysEndAScan(t *testing.T) {
	p := keyed("us")
	line := func(s string) string { return strings.TrimSuffix(encode(t, p, s), stroke(enter)) }
	a, whole := encode(t, p, td3...), ocr(0, td3...)
	tab := strings.ReplaceAll(a, record(1, enter, 1), record(1, 15, 1))
	var none []wire.Frame
	for _, c := range []struct {
		name    string
		streams []string
		want    []wire.Frame
	}{
		{"Enter", []string{a}, []wire.Frame{whole}},
		{"Tab", []string{tab}, []wire.Frame{whole}},
		{"Enter of the keypad", []string{line(td3[0]) + stroke(96) + line(td3[1]) + stroke(96)}, []wire.Frame{whole}},
		{"silence", []string{line(td3[0]) + stroke(enter) + line(td3[1])}, []wire.Frame{whole}},
		{"silence, run together", []string{line(td3[0] + td3[1])}, []wire.Frame{ocr(0, td3[0]+td3[1])}},
		{"two without a gap", []string{a + encode(t, p, td1...)}, []wire.Frame{whole, ocr(0, td1...)}},
		{"Enters around and between", []string{stroke(enter) + line(td3[0]) + stroke(enter) + stroke(enter) + line(td3[1]) + stroke(enter) + stroke(enter)}, []wire.Frame{whole}},
		{"a line of each scan", []string{line(td3[0]) + stroke(enter), line(td3[1])}, []wire.Frame{ocr(0, td3[0]), ocr(0, td3[1])}},
		{"a line that stops", []string{line(td3[0]) + stroke(enter) + line(td3[1][:20]), a}, []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, 0), whole}},
		{"four lines", []string{encode(t, p, "ABCDEFGH", "ABCDEFG", "ABCDEFGH", "ABCDEFG")}, []wire.Frame{fault(wire.KindOCR, drivers.FaultMalformed, 0)}},
		{"too much", []string{line(strings.Repeat("A", 300)) + a, a}, []wire.Frame{fault(wire.KindOCR, drivers.FaultTooLong, 0), whole}},
		{"modifiers alone", []string{stroke(shift) + stroke(alt) + stroke(ctrl) + stroke(caps) + stroke(69)}, none},
	} {
		wantFrames(t, c.name, scans(t, p, c.streams...), c.want...)
	}
}

func TestKeysOfATypistInTrouble(t *testing.T) {
	p := keyed("us")
	line := func(s string) string { return strings.TrimSuffix(encode(t, p, s), stroke(enter)) }
	a, whole := encode(t, p, td3...), ocr(0, td3...)
	repeated := strings.ReplaceAll(a, release(enter), strings.Repeat(record(1, enter, 2)+record(0, 0, 1), 9)+release(enter))
	repeated = strings.ReplaceAll(repeated, release(26), record(1, 26, 2)+release(26))
	stuck := strings.Replace(a, release(50), strings.Repeat(record(1, 50, 2)+record(0, 0, 1), 3)+release(50), 1)
	lost := a[:30*wire.RecordSize] + record(0, dropped, 0)
	for _, c := range []struct {
		name    string
		streams []string
		want    []wire.Frame
	}{
		{"autorepeat", []string{repeated}, []wire.Frame{whole}},
		{"a key that stays down", []string{stuck}, []wire.Frame{whole}},
		{"no scan codes", []string{strings.ReplaceAll(a, record(4, 4, 0x70000|51), "")}, []wire.Frame{whole}},
		{"small letters", []string{encode(t, p, strings.ToLower(td3[0]), strings.ToLower(td3[1]))}, []wire.Frame{whole}},
		{"keys held before the grab", []string{release(shift) + release(enter) + release(30) + record(1, 31, 2) + a}, []wire.Frame{whole}},
		{"CapsLock", []string{stroke(caps) + a}, []wire.Frame{whole}},
		{"a hole", []string{lost + a, a}, []wire.Frame{fault(wire.KindOCR, drivers.FaultLost, 0), whole}},
		{"two holes", []string{lost + lost + a, a}, []wire.Frame{fault(wire.KindOCR, drivers.FaultLost, 0), whole}},
		{"a hole where Shift went up", []string{line("AB") + press(shift) + record(0, dropped, 0), a}, []wire.Frame{fault(wire.KindOCR, drivers.FaultLost, 0), whole}},
		{"Shift that never went up", []string{press(shift), a}, []wire.Frame{whole}},
		{"Shift that is held", []string{press(shift), record(1, shift, 2) + stroke(30) + stroke(51) + release(shift) + line("BCDEFG") + stroke(enter)}, []wire.Frame{ocr(0, "A<BCDEFG")}},
		{"Alt that never went up", []string{press(alt) + stroke(82), a}, []wire.Frame{whole}},
		{"half a record", []string{a[:5*wire.RecordSize+10], a}, []wire.Frame{fault(wire.KindOCR, drivers.FaultTruncated, wire.RecordSize+10), whole}},
		{"no records", []string{strings.Repeat("\xaa\x55\x80\xff", 600), a}, []wire.Frame{fault(0, drivers.FaultNoise, 0), whole}},
		{"a text of signs", []string{line("!!*{}()!") + stroke(enter), a}, []wire.Frame{fault(0, drivers.FaultNoise, 0), whole}},
		{"odd characters", []string{encode(t, p, "P<\x07\xff "+td3[0][5:], td3[1])}, []wire.Frame{ocr(0, "P<???"+td3[0][5:], td3[1])}},
		{"commands of a keyboard", []string{press(ctrl) + stroke(45) + release(ctrl) + press(alt) + stroke(46) + release(alt) + press(125) + stroke(47) + release(125) + stroke(59) + line("ABCDEFGH") + stroke(enter)},
			[]wire.Frame{ocr(0, "????ABCDEFGH")}},
		{"buttons", []string{stroke(0x110) + a}, []wire.Frame{whole}},
	} {
		wantFrames(t, c.name, scans(t, p, c.streams...), c.want...)
	}
}

func TestDigitsOfTheKeypadAndOfNumbers(t *testing.T) {
	keypad := map[rune]uint16{'0': 82, '1': 79, '2': 80, '3': 81, '4': 75, '5': 76, '6': 77, '7': 71, '8': 72, '9': 73}
	number := func(text string, form string) string {
		var b strings.Builder
		for _, c := range text {
			b.WriteString(press(alt))
			for _, d := range fmt.Sprintf(form, c) {
				b.WriteString(stroke(keypad[d]))
			}
			b.WriteString(release(alt))
		}
		return b.String()
	}
	text := strings.Join(td3, "\r") + "\r"
	for _, form := range []string{"%d", "%03d", "%04d"} { // PrehKeyTec: A is ALT65
		for _, name := range wire.Layouts() {
			wantFrames(t, name+" "+form, scans(t, keyed(name), number(text, form)), ocr(0, td3...))
		}
	}
	odd := number("\x01\u0100\u00e9\u2603", "%d") + press(alt) + stroke(keypad['0']) + release(alt)
	mixed := odd + stroke(keypad['4']) + number("<", "%d") + stroke(enter)
	wantFrames(t, "none of ASCII, and plain digits", scans(t, keyed(), mixed), fault(0, drivers.FaultNoise, 0))
	wantFrames(t, "the same with more", scans(t, keyed(), number("ABCDEF", "%d")+mixed), ocr(0, "ABCDEF?????4<"))
}

func TestWhatOneLayoutHasElsewhere(t *testing.T) {
	keysOf := func(keys ...uint16) string {
		var b strings.Builder
		for _, k := range keys {
			b.WriteString(stroke(k))
		}
		return b.String()
	}
	digits := keysOf(2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	for _, c := range []struct {
		layout, name, stream, want string
	}{
		{"fr", "digits need Shift", press(shift) + digits + release(shift), "1234567890"},
		{"fr", "or the right Shift", press(54) + digits + release(54), "1234567890"},
		{"fr", "or CapsLock", stroke(caps) + digits, "1234567890"},
		{"be", "or CapsLock", stroke(caps) + digits, "1234567890"},
		{"us", "CapsLock leaves the digits", stroke(caps) + digits, "1234567890"},
		{"cz", "AltGr and comma", press(altGr) + keysOf(51) + release(altGr) + keysOf(30, 31, 32, 33, 34, 35, 36), "<ASDFGHJ"},
		{"cz", "Ctrl, Alt and comma", press(ctrl) + press(alt) + keysOf(51) + release(alt) + release(ctrl) + keysOf(30, 31, 32, 33, 34, 35, 36), "<ASDFGHJ"},
		{"de", "the key beside Shift", keysOf(86, 21, 44, 30, 30, 30, 30), "<ZYAAAA"},
		{"us", "the key beside Shift", keysOf(86, 21, 44, 30, 30, 30, 30), "?YZAAAA"},
		{"uk", "Shift and comma", press(shift) + keysOf(51) + release(shift) + keysOf(21, 44, 30, 30, 30, 30), "<YZAAAA"},
		{"fr", "A and Q, Z and W, M", keysOf(16, 17, 30, 39, 44, 50, 86), "AZQMW?<"},
	} {
		wantFrames(t, c.layout+" "+c.name, scans(t, keyed(c.layout), c.stream+stroke(enter)), ocr(0, c.want))
	}
}

func TestAFailedReadIsTold(t *testing.T) {
	p := keyed()
	p.NoRead = "no read"
	for _, name := range wire.Layouts() {
		sent := p
		sent.Layouts = []string{name}
		wantFrames(t, name, scans(t, p, encode(t, sent)), fault(wire.KindOCR, drivers.FaultNoRead, 0))
	}
}

func TestALayoutThatThereIsNotIsRefused(t *testing.T) {
	if _, err := wire.New(keyed("us", "dvorak")); err == nil || !strings.Contains(err.Error(), "dvorak") {
		t.Errorf("New = %v, want an error that names it", err)
	}
}
