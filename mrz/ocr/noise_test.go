package ocr_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"portcullis/mrz"
	"portcullis/mrz/ocr"
)

// twins are look-alikes, written down a second time for the tests.
const twins = "0O 0D 0Q 1I 1L 2Z 5S 6G 8B UV OD OQ DQ IL"

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// twinsOf returns the look-alikes of a character.
func twinsOf(c byte) (all []byte) {
	for _, pair := range strings.Fields(twins) {
		if i := strings.IndexByte(pair, c); i >= 0 {
			all = append(all, pair[1-i])
		}
	}
	return all
}

func some(r *rand.Rand, from string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = from[r.IntN(len(from))]
	}
	return string(b)
}

// document makes up a zone.
func document(t testing.TB, r *rand.Rand, f mrz.Format) []string {
	t.Helper()
	letters := alphabet[10:]
	date := func() string { return fmt.Sprintf("%02d%02d%02d", r.IntN(100), 1+r.IntN(12), 1+r.IntN(28)) }
	v := mrz.Fields{
		Code: "P", IssuingState: "UTO", Nationality: "UTO", Sex: some(r, "FM<", 1), BirthDate: date(), ExpiryDate: date(),
		Primary: some(r, letters, 1+r.IntN(9)), Secondary: some(r, letters, 1+r.IntN(7)),
		Number: []string{some(r, alphabet[:10], 9), some(r, letters, 2) + some(r, alphabet[:10], 7), some(r, alphabet, 1+r.IntN(9))}[r.IntN(3)],
	}
	switch f {
	case mrz.TD1:
		v.Code, v.OptionalData, v.OptionalData2 = "I", some(r, alphabet, r.IntN(16)), some(r, alphabet, r.IntN(12))
	case mrz.TD2:
		v.Code, v.OptionalData = "I", some(r, alphabet, r.IntN(8))
	case mrz.TD3:
		v.OptionalData = some(r, alphabet, r.IntN(15))
	default:
		v.Code = "V"
	}
	lines, err := mrz.Compose(f, v)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// misread swaps so many cells under a check digit for look-alikes.
func misread(t testing.TB, r *rand.Rand, lines []string, swaps int) []string {
	t.Helper()
	shape, err := mrz.ShapeOf(lines)
	if err != nil {
		t.Fatal(err)
	}
	type place struct{ line, column int }
	at := map[place]bool{}
	for _, d := range shape.Digits {
		for _, e := range append(d.Covers, d.At) {
			for j := e.From; j < e.To; j++ {
				at[place{e.Line, j}] = true
			}
		}
	}
	var places []place
	for i, line := range lines {
		for j := range line {
			if at[place{i, j}] && len(twinsOf(line[j])) > 0 {
				places = append(places, place{i, j})
			}
		}
	}
	r.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	noisy := append([]string(nil), lines...)
	for _, p := range places[:min(swaps, len(places))] {
		like := twinsOf(lines[p.line][p.column])
		line := []byte(noisy[p.line])
		line[p.column] = like[r.IntN(len(like))]
		noisy[p.line] = string(line)
	}
	return noisy
}

// With one cell or two misread for a look-alike, a wrong reading is never
// verified. What is accepted is right far more often than not.
func TestAMisreadZoneIsNeverVerifiedWrongly(t *testing.T) {
	zones := 1500
	if testing.Short() {
		zones = 200
	}
	for _, f := range []mrz.Format{mrz.TD1, mrz.TD2, mrz.TD3, mrz.MRVA, mrz.MRVB} {
		for swaps := range 3 {
			r := rand.New(rand.NewPCG(uint64(f), uint64(swaps)))
			right, wrong := 0, 0
			for range zones {
				lines := document(t, r, f)
				noisy := misread(t, r, lines, swaps)
				got := ocr.Repair(noisy)
				switch same := strings.Join(got.Lines, "\n") == strings.Join(lines, "\n"); {
				case same && got.Outcome >= ocr.Unique:
					right++
				case got.Outcome >= ocr.Unique:
					wrong++
				}
				if got.Verified() && strings.Join(got.Lines, "\n") != strings.Join(lines, "\n") {
					t.Fatalf("%s: verified and wrong:\nprinted %q\nread    %q\ntaken   %q", f, lines, noisy, got.Lines)
				}
				holds(t, noisy, &got)
			}
			if swaps == 0 && right != zones || right < 2*wrong {
				t.Errorf("%s, %d swaps: %d right, %d wrong", f, swaps, right, wrong)
			}
		}
	}
}

// holds checks what is true of every reading; lines are nil where it was found
// in a text.
func holds(t testing.TB, lines []string, r *ocr.Reading) {
	t.Helper()
	checked, err := mrz.Parse(r.Lines)
	switch {
	case r.Outcome < ocr.Unique:
		if len(r.Edits) > 0 || len(r.Steps) > 0 || len(r.Doubts) > 0 || r.Verified() {
			t.Fatalf("%s, and still something was done", r.Outcome)
		}
		return
	case err != nil || !checked.Readable():
		t.Fatalf("%s is not readable: %q", r.Outcome, r.Lines)
	case r.Outcome == ocr.NotNeeded && len(r.Edits)+len(r.Steps) > 0:
		t.Fatal("what needs no repair was repaired")
	case r.Outcome == ocr.Unique && len(r.Edits)+len(r.Steps) == 0:
		t.Fatal("a repair that did nothing")
	case r.Outcome == ocr.Unique && r.Verified():
		t.Fatal("a repaired reading is verified")
	}
	if len(r.Steps) == 0 && lines != nil {
		listsEveryEdit(t, lines, r)
	}
	for _, d := range r.Doubts {
		if !d.Paired && r.Lines[d.Line-1][d.Column-1] != d.CouldBe {
			fits(t, r, d)
		}
	}
}

// listsEveryEdit makes the edits of a reading that kept its lines, and must
// get the repaired lines.
func listsEveryEdit(t testing.TB, lines []string, r *ocr.Reading) {
	t.Helper()
	made := append([]string(nil), lines...)
	for _, e := range r.Edits {
		line := []byte(made[e.Line-1])
		if line[e.Column-1] != e.Read || e.Read == e.Means {
			t.Fatalf("%v is not what was read there", e)
		}
		line[e.Column-1] = e.Means
		made[e.Line-1] = string(line)
	}
	if strings.Join(made, "\n") != strings.Join(r.Lines, "\n") {
		t.Fatalf("an edit is not listed:\nread   %q\ntaken  %q", lines, r.Lines)
	}
}

// fits puts the character of a doubt into its cell: the digits that passed
// still do.
func fits(t testing.TB, r *ocr.Reading, d ocr.Doubt) {
	t.Helper()
	other := append([]string(nil), r.Lines...)
	line := []byte(other[d.Line-1])
	line[d.Column-1] = d.CouldBe
	other[d.Line-1] = string(line)
	swapped, err := mrz.Parse(other)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range r.Result.Checks() {
		if after := swapped.Checks()[i]; c.Outcome == mrz.Passed && after.Outcome != mrz.Passed {
			t.Fatalf("%v: a check digit can tell it: %s", d, c.Field)
		}
	}
}
