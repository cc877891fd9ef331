package mrz_test

import (
	"errors"
	"strings"
	"testing"

	"portcullis/mrz"
)

// A forced zone may lack any cells. Whatever is asked of its result has an
// answer, and every finding is within the lines or just behind them.
func TestEverythingCanBeAskedOfAZoneThatLacksCells(t *testing.T) {
	far := mrz.Century{Today: mrz.Day{Year: 2060, Month: 1, Day: 1}} // all dates of the zones are known to be late
	for _, lines := range everyZone() {
		full := parse(t, lines)
		for line := range lines {
			for keep := range lines[line] {
				short := append([]string(nil), lines...)
				short[line] = lines[line][:keep]
				r, err := mrz.ParseAs(full.Document.Format, short)
				if err != nil || r.Readable() || !has(&r, mrz.WrongLength, line+1, keep+1) {
					t.Fatalf("%s, line %d of %d cells: %v %v", full.Document.Format, line+1, keep, err, r.Findings())
				}
				askEverything(t, &r, far)
			}
		}
	}
}

func askEverything(t *testing.T, r *mrz.Result, c mrz.Century) {
	t.Helper()
	if r.ValidOn(c) && !r.Valid() {
		t.Error("valid on a day, and not in form")
	}
	for _, f := range r.FindingsOn(c) {
		if f.Line < 1 || f.Line > 3 || f.Column < 1 || f.Length < 1 || f.Column+f.Length > 256 {
			t.Errorf("%s: found at %d:%d+%d", r.Document.Format, f.Line, f.Column, f.Length)
		}
	}
	for _, check := range r.Checks() {
		cell, ok := r.PrintedDigit(check.Field)
		if ok == (cell == 0) || !ok && check.Outcome != mrz.Undetermined {
			t.Errorf("%s: %s is %s, and printed as %q %v", r.Document.Format, check.Field, check.Outcome, cell, ok)
		}
	}
	for f := mrz.NoField; f <= mrz.Name+1; f++ {
		if r.Sound(f) && r.Evidence(f) < mrz.CompositeOnly {
			t.Errorf("%s: %s is sound by %s", r.Document.Format, f, r.Evidence(f))
		}
	}
	d := r.Document
	_ = d.String() + string(d.Class()) + c.Birth(d.BirthDate) + c.ExpiryText(d.ExpiryDate) + d.Number.Value() + d.Secondary.Value()
}

func TestALineTooLongIsFoundFromItsFirstCellTooMany(t *testing.T) {
	for over, length := range map[int]int{1: 1, 4: 4, 211: 211, 212: 211, 956: 211} { // a column ends at 255
		long := []string{specimen[0] + strings.Repeat("<", over), specimen[1]}
		r, err := mrz.ParseAs(mrz.TD3, long)
		if err != nil || len(r.Findings()) != 1 {
			t.Fatalf("%d cells too many: %v %v", over, err, r.Findings())
		}
		if f := r.Findings()[0]; f.Code != mrz.WrongLength || f.Line != 1 || f.Column != 45 || f.Length != length {
			t.Errorf("%d cells too many: found %v over %d", over, f, f.Length)
		}
		if r.Document.Primary.Value() != "ERIKSSON" || r.Document.NameTruncated {
			t.Error("cells too many belong to the name")
		}
	}
}

func TestAFormatHasItsNumberOfLines(t *testing.T) {
	for _, lines := range everyZone() {
		format := parse(t, lines).Document.Format
		for n := range 6 {
			some := make([]string, n)
			copy(some, lines)
			_, err := mrz.ParseAs(format, some)
			_, shapeless := mrz.ShapeAs(format, some)
			if (err == nil) != (n == len(lines)) || err != nil && !errors.Is(err, mrz.ErrShape) || (shapeless == nil) != (err == nil) {
				t.Errorf("%s of %d lines: %v, %v", format, n, err, shapeless)
			}
		}
	}
	for _, f := range []mrz.Format{mrz.None, mrz.SVK + 1, 255} {
		for n := range 4 {
			if _, err := mrz.ParseAs(f, make([]string, n)); !errors.Is(err, mrz.ErrShape) {
				t.Errorf("format %d of %d lines: %v", f, n, err)
			}
		}
	}
}

// What Parse finds out and what ParseAs is told are read alike.
func TestAForcedZoneIsReadAsTheSameFoundOne(t *testing.T) {
	for _, lines := range everyZone() {
		found := parse(t, lines)
		r, err := mrz.ParseAs(found.Document.Format, lines)
		if err != nil || !r.Valid() || !r.Document.Number.Equal(found.Document.Number) || len(r.Checks()) != len(found.Checks()) {
			t.Errorf("%s: %v %v", found.Document.Format, err, r.Findings())
		}
	}
}

func TestParseAsDoesNotAllocate(t *testing.T) {
	for _, lines := range everyZone() {
		format := parse(t, lines).Document.Format
		if n := testing.AllocsPerRun(20, func() {
			if _, err := mrz.ParseAs(format, lines); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", format, n)
		}
	}
}

// The digit of a long number stands in the optional data.
func TestThePrintedDigitIsThatOfTheCheck(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		field mrz.Field
		want  byte
	}{
		{"a number", specimen, mrz.Number, '6'},
		{"a composite", specimen, mrz.Composite, '0'},
		{"a wrong digit", edit(specimen, 2, 44, "9"), mrz.Composite, '9'},
		{"a letter", edit(specimen, 2, 20, "Q"), mrz.BirthDate, 'Q'},
		{"a filler", edit(specimen, 2, 29, "<<<<<<<<<<<<<<<8"), mrz.OptionalData, '<'},
		{"a character outside the set", edit(specimen, 2, 28, "*"), mrz.ExpiryDate, '*'},
		{"a long number", specimens[2], mrz.Number, '9'},
		{"a malformed long number", edit(specimens[2], 1, 16, "734A"), mrz.Number, '<'},
		{"a visa has no composite", specimens[4], mrz.Composite, 0},
		{"a card has no digit of optional data", specimens[1], mrz.OptionalData, 0},
		{"a name has none", specimen, mrz.Name, 0},
		{"the zone as a whole has none", specimen, mrz.NoField, 0},
	} {
		r := parse(t, c.lines)
		if got, ok := r.PrintedDigit(c.field); got != c.want || ok != (c.want != 0) {
			t.Errorf("%s: got %q %v, want %q", c.name, got, ok, c.want)
		}
	}
	short := parse(t, []string{specimen[0], specimen[1][:43]})
	if got, ok := short.PrintedDigit(mrz.Composite); ok || got != 0 {
		t.Errorf("a missing cell is printed as %q", got)
	}
}
