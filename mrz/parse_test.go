package mrz_test

import (
	"errors"
	"testing"

	"portcullis/mrz"
)

func TestParseDoesNotAllocate(t *testing.T) {
	for _, lines := range specimens {
		allocs := testing.AllocsPerRun(100, func() {
			r, err := mrz.Parse(lines)
			if err != nil || !r.Valid() || len(r.Checks()) == 0 || r.Findings() != nil || !r.Sound(mrz.Number) {
				t.Fatal("not read")
			}
		})
		if allocs != 0 {
			t.Errorf("%d lines of %d: %v allocations", len(lines), len(lines[0]), allocs)
		}
	}
}

func TestAWrongZoneDoesNotAllocate(t *testing.T) {
	bad := edit(edit(edit(specimen, 1, 3, "XYZ<*1"), 2, 1, "<<O"), 2, 20, "XX99999999")
	allocs := testing.AllocsPerRun(100, func() {
		if r, err := mrz.Parse(bad); err != nil || r.Readable() {
			t.Fatal("taken for good")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// specimens has a valid zone of each layout.
var specimens = [][]string{
	specimen,
	{"I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"},
	{"I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2", "STEVENSON<<PETER<JOHN<<<<<<<<<"},
	{"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"},
	{"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"},
	{"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<6"},
}

// Each cell takes each character of the set, and a few outside: the digits
// must come out as in the slow reading, the findings must lead to the verdict,
// and a cell outside the set must be found where it stands.
func TestEveryCellIsJudged(t *testing.T) {
	for _, lines := range everyZone() {
		r := parse(t, lines)
		for line := 1; line <= len(lines); line++ {
			for column := 1; column <= len(lines[line-1]); column++ {
				judgeCell(t, r.Document.Format, lines, line, column)
			}
		}
	}
}

func judgeCell(t *testing.T, f mrz.Format, lines []string, line, column int) {
	for _, c := range []byte(alphabet + "<a* \x00\x7f\x80\xff\xb5\xc1\xbc;=:/@[") {
		changed := edit(lines, line, column, string([]byte{c}))
		r, err := mrz.ParseAs(f, changed)
		if err != nil {
			t.Fatal(err)
		}
		compareDigits(t, &r, changed)
		compareVerdict(t, &r)
		legal := slowDigit(string([]byte{c})) != 0
		if found := has(&r, mrz.BadCharacter, line, column); found == legal {
			t.Fatalf("%d:%d: character %#x: found %v", line, column, c, found)
		}
	}
}

func has(r *mrz.Result, code mrz.Code, line, column int) bool {
	for _, f := range r.Findings() {
		if f.Code == code && f.Line == line && f.Column == column {
			return true
		}
	}
	return false
}

func TestTheMostFindingsThereCanBe(t *testing.T) {
	zones := [][]string{
		{"RVQQQ<<<<1<<<2<<3<<<4<<5<<6<<7<<8<<9<<1<<<A<<", "<<O<1<<<<5QQQ999999XQ999999XZE184226B<<<<<XX"},
		{"RVQQQ<<O<1<<<<5ABCDEFGHIJKLMNO", "9999999Q9999999QQQABCDEFGHIJKZ1", "<A<<B<<C<<D<<E<<F<<G<<H<<1<<2ZZ"},
		{"RVQQQ<<O<1<<<<<ABCDEFGHIJKLM12", "9999999Q9999999QQQABCDEFGHIJKZ1", "<A<<B<<C<<D<<E<<F<<G<<H<<1<<2ZZ"},
		{"*P*U*O*R*K*S*N*A*N*<*A*I*<*<*<*<*<*<*<*<*<*<", "*8*8*0*C*6*T*7*0*1*2*1*0*1*9*E*8*2*6*<*<*<*0"},
	}
	for _, lines := range zones {
		r := parse(t, lines)
		if len(r.Findings()) < 10 || r.Readable() {
			t.Errorf("only %v", r.Findings())
		}
		compareVerdict(t, &r)
	}
}

func TestOnlyShapeIsAnError(t *testing.T) {
	for _, lines := range [][]string{nil, {}, {""}, {"", ""}, {"", "", ""}, specimen[:1], append(specimen, specimen...), {specimen[0], ""}} {
		if _, err := mrz.Parse(lines); !errors.Is(err, mrz.ErrShape) {
			t.Errorf("%d lines: got %v, want ErrShape", len(lines), err)
		}
	}
	if _, err := mrz.Parse([]string{string(make([]byte, 44)), string(make([]byte, 44))}); err != nil {
		t.Errorf("two lines of 44: %v", err)
	}
}

func TestSoundIsWhatADigitVouchesFor(t *testing.T) {
	sound := func(lines []string) string {
		r, s := parse(t, lines), ""
		for f := mrz.NoField; f <= mrz.Name; f++ {
			if r.Sound(f) {
				s += " " + f.String()
			}
		}
		return s
	}
	for _, c := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"a passport", specimens[0], " number birth_date expiry_date optional_data composite"},
		{"a card", specimens[1], " number birth_date expiry_date optional_data optional_data_2 composite"},
		{"a visa", specimens[4], " number birth_date expiry_date"},
		{"a card with a wrong composite", edit(specimens[1], 2, 30, "7"), " number birth_date expiry_date"},
		{"a passport with a wrong composite", edit(specimens[0], 2, 44, "1"), " number birth_date expiry_date optional_data"},
		{"a passport with a wrong number", edit(specimens[0], 2, 1, "M"), " birth_date expiry_date optional_data"},
		{"a passport with a number that cannot be read", edit(specimens[0], 2, 1, "*"), " birth_date expiry_date optional_data"},
	} {
		if got := sound(c.lines); got != c.want {
			t.Errorf("%s: got%s, want%s", c.name, got, c.want)
		}
	}
	if (&mrz.Result{}).Sound(mrz.Number) {
		t.Error("the zero result is sound")
	}
}

func TestClassFollowsTheCode(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  byte
	}{
		{specimens[0], 'P'}, {specimens[1], 'I'}, {specimens[4], 'V'}, {specimens[5], 'V'},
		{edit(specimens[3], 1, 1, "PU"), 'P'},
		{edit(specimens[1], 1, 1, "AC"), 'I'}, {edit(specimens[1], 1, 1, "C<"), 'I'},
		{edit(specimens[1], 1, 1, "RP"), 'O'}, {edit(specimens[0], 1, 1, "p"), 'O'},
	} {
		r := parse(t, c.lines)
		if got := r.Document.Class(); got != c.want {
			t.Errorf("%s: got %c, want %c", r.Document.Code.Value(), got, c.want)
		}
	}
	if got := (mrz.Document{}).Class(); got != 'O' {
		t.Errorf("the zero document: got %c", got)
	}
}

func TestTheZeroResultIsNeitherValidNorReadable(t *testing.T) {
	var r mrz.Result
	if r.Valid() || r.Readable() || len(r.Findings()) != 0 || len(r.Checks()) != 0 {
		t.Error("the zero result has a verdict")
	}
}
