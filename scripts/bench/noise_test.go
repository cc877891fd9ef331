package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portcullis/mrz"
)

// fewZones is enough of each row for a test of what the bench relies on.
const fewZones = 300

func fewRows(t *testing.T) []row {
	t.Helper()
	rows, err := noisyRows(fewZones)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// underDigits returns the cells that check digits of a layout cover, and those
// of the digits, as the parser has them.
func underDigits(t *testing.T, lines []string) map[place]bool {
	t.Helper()
	shape, err := mrz.ShapeOf(lines)
	if err != nil {
		t.Fatal(err)
	}
	all := map[place]bool{}
	for _, d := range shape.Digits {
		for _, e := range append(slices.Clone(d.Covers), d.At) {
			for column := e.From; column < e.To; column++ {
				all[place{e.Line, column}] = true
			}
		}
	}
	return all
}

func TestVouchedCellsAreThoseUnderACheckDigit(t *testing.T) {
	for format, runs := range vouched {
		z, err := newMaker(0).document(format)
		if err != nil {
			t.Fatal(err)
		}
		got := map[place]bool{}
		for _, run := range runs {
			for column := run.from; column < run.to; column++ {
				got[place{run.line, column}] = true
			}
		}
		if diff := cmp.Diff(underDigits(t, z.printed), got, cmp.AllowUnexported(place{})); diff != "" {
			t.Errorf("%s: -want +got\n%s", format, diff)
		}
	}
}

func TestNoiseSwapsAsManyCellsUnderACheckDigitAsToldForLookAlikes(t *testing.T) {
	for _, r := range fewRows(t) {
		for _, z := range r.zones {
			under, swapped := underDigits(t, z.printed), 0
			for line, printed := range z.printed {
				for column := range printed {
					saw, is := z.Lines[line][column], printed[column]
					if saw == is {
						continue
					}
					swapped++
					pair := func(p string) bool { return strings.IndexByte(p, saw) >= 0 && strings.IndexByte(p, is) >= 0 }
					if !under[place{line, column}] || !slices.ContainsFunc(lookAlikes[:], pair) {
						t.Fatalf("%s: cell %d:%d is %c for %c", r.format, line+1, column+1, saw, is)
					}
				}
			}
			if swapped != r.swaps || z.Swaps != r.swaps {
				t.Fatalf("%s: %d cells are swapped, want %d", r.format, swapped, r.swaps)
			}
		}
	}
}

func TestNoiseComesEverywhereAndIsTheSameEachTime(t *testing.T) {
	rows := fewRows(t)
	if diff := cmp.Diff(rows, fewRows(t), cmp.AllowUnexported(row{}, zone{})); diff != "" {
		t.Errorf("the second time: %s", diff)
	}
	hit := map[mrz.Format]map[place]bool{mrz.TD1: {}, mrz.TD3: {}}
	for _, r := range rows {
		for _, z := range r.zones {
			for line, printed := range z.printed {
				for column := range printed {
					if z.Lines[line][column] != printed[column] {
						hit[r.format][place{line, column}] = true
					}
				}
			}
		}
	}
	for format, places := range hit {
		z := rows[slices.IndexFunc(rows, func(r row) bool { return r.format == format })].zones[0]
		if got, all := len(places), len(underDigits(t, z.printed)); got < all*9/10 {
			t.Errorf("%s: %d of %d cells were ever swapped", format, got, all)
		}
	}
}

// What a document says has to be what its zone says, or every reader is wrong.
func TestMadeUpDocumentsAreValidAndSayWhatIsOnThem(t *testing.T) {
	all, err := mixedZones()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range fewRows(t) {
		all = append(all, r.zones...)
	}
	formats := map[string]int{}
	for _, z := range all {
		r, err := mrz.Parse(z.printed)
		if err != nil || !r.Valid() {
			t.Fatalf("%s: %v", z.printed, r.Findings())
		}
		d := r.Document
		if d.Number.Value() != z.Number || d.BirthDate.Printed() != z.BirthDate || d.ExpiryDate.Printed() != z.ExpiryDate || d.Format.String() != z.Format {
			t.Fatalf("%s: %s %s %s", z.printed, z.Number, z.BirthDate, z.ExpiryDate)
		}
		formats[z.Format]++
	}
	if got := slices.Sorted(maps.Keys(formats)); !slices.Equal(got, []string{"TD1", "TD2", "TD3"}) {
		t.Errorf("there are %s", got)
	}
	for _, code := range issuers {
		if !mrz.KnownState(code) || mrz.IsSpecimen(code) {
			t.Errorf("%s is no State", code)
		}
	}
}

// Up to two misread cells, a wrong number or date never comes out as verified.
func TestNoWrongReadingIsVerified(t *testing.T) {
	table, err := repairs(fewRows(t))
	if err != nil {
		t.Fatal(err)
	}
	for format, byCount := range table {
		for swaps := range 3 {
			f := byCount[key(swaps)]
			if f.WrongUnflagged != 0 {
				t.Errorf("%s, %d misread: %d wrong readings are verified", format, swaps, f.WrongUnflagged)
			}
			if sum := f.Right + f.WrongFlagged + f.WrongUnflagged + f.Refused; sum != fewZones || f.Zones != fewZones {
				t.Errorf("%s, %d misread: %d of %d zones are counted", format, swaps, sum, f.Zones)
			}
		}
	}
}

// A reading counts by its number and dates, and by whether it is flagged.
func TestReadingsAreCountedByWhatTheySay(t *testing.T) {
	clean := specimen
	clean.printed = clean.Lines
	other, blind := clean, clean
	other.Number = "L898902C5"
	blind.printed = []string{clean.Lines[0], "L898902C36UTO7408122F1204159ZEL84226B<<<<<10"} // L counts as 1
	for _, c := range []struct {
		name  string
		zones []zone
		want  repairFigures
	}{
		{"right", []zone{clean}, repairFigures{Zones: 1, Right: 1}},
		{"right but for the personal number", []zone{blind}, repairFigures{Zones: 1, Right: 1, OtherWrong: 1}},
		{"wrong", []zone{other}, repairFigures{Zones: 1, WrongFlagged: 1}},
		{"refused", []zone{{Lines: []string{"P<UTO", "L8989"}}}, repairFigures{Zones: 1, Refused: 1}},
	} {
		got := repairRow(c.zones)
		got.NS = 0
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
}
