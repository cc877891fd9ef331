package mrz_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"portcullis/mrz"
)

// FuzzParse holds Parse to what a second, slow reading of the digits says,
// and to this: a valid zone is what Compose makes of its fields.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		_, text, _ := strings.Cut(readFile(f, file), "\n# ")
		for rule := range strings.SplitSeq(text, "\n# ") {
			zone, _, _ := strings.Cut(rule, "\n= ")
			_, zone, _ = strings.Cut(zone, "\n")
			f.Add(unescape(zone))
		}
	}
	f.Fuzz(func(t *testing.T, zone string) {
		lines := strings.Split(zone, "\n")
		r, err := mrz.Parse(lines)
		if err != nil {
			if r.Valid() || r.Readable() || len(r.Checks()) != 0 || len(r.Findings()) != 0 {
				t.Fatal("a zone without a layout has a verdict")
			}
			return
		}
		compareDigits(t, &r, lines)
		compareVerdict(t, &r)
		askEverything(t, &r, late)
		printsNothing(t, r)
		if r.Valid() && !r.Document.Format.National() {
			composesBack(t, r.Document, lines)
		}
	})
}

// FuzzParseAs does so for zones that are forced into a layout.
func FuzzParseAs(f *testing.F) {
	for _, lines := range everyZone() {
		for format := mrz.TD1; format <= mrz.SVK; format++ {
			f.Add(uint8(format), strings.Join(lines, "\n"))
		}
	}
	f.Fuzz(func(t *testing.T, format uint8, zone string) {
		lines := strings.Split(zone, "\n")
		r, err := mrz.ParseAs(mrz.Format(format), lines)
		if err != nil {
			return
		}
		if r.Document.Format != mrz.Format(format) {
			t.Fatal("forced into another layout")
		}
		compareDigits(t, &r, lines)
		compareVerdict(t, &r)
		askEverything(t, &r, late)
		printsNothing(t, r)
		if _, err := mrz.ShapeAs(mrz.Format(format), lines); err != nil {
			t.Fatal("a zone without a shape")
		}
	})
}

// compareDigits compares the checks with the oracle's.
func compareDigits(t *testing.T, r *mrz.Result, lines []string) {
	format := r.Document.Format
	want := slowOutcomes(format, lines)
	for _, c := range r.Checks() {
		if c.Field == mrz.Number && isLong(format, lines) {
			continue
		}
		if c.Outcome != want[c.Field] {
			t.Fatalf("%s: got %s, want %s", c.Field, c.Outcome, want[c.Field])
		}
		delete(want, c.Field)
	}
	delete(want, mrz.Number)
	if len(want) != 0 {
		t.Fatalf("digits not judged: %v", want)
	}
	if number, passed := slowNumber(format, lines); isLong(format, lines) && r.Valid() {
		if !passed || r.Document.Number.Value() != number {
			t.Fatal("the long number is not the one of the slow reading")
		}
	}
}

// compareVerdict holds the verdicts against the findings they stand for.
func compareVerdict(t *testing.T, r *mrz.Result) {
	gravest := mrz.Notice
	line, column := 1, 1
	for _, f := range r.Findings() {
		gravest = min(gravest, f.Severity)
		if f.Line < line || f.Line == line && f.Column < column || f.Length < 1 {
			t.Fatalf("finding out of reading order: %v", f)
		}
		line, column = f.Line, f.Column
	}
	if r.Valid() != (gravest == mrz.Notice) || r.Readable() != (gravest >= mrz.Deviation) {
		t.Fatalf("verdict does not follow from %v", r.Findings())
	}
	for _, c := range r.Checks() {
		if c.Outcome == mrz.Failed && r.Readable() || r.Sound(c.Field) && c.Outcome == mrz.Failed {
			t.Fatalf("%s failed and is taken for good", c.Field)
		}
	}
}

// composesBack holds a valid zone against the one composed of its fields.
func composesBack(t *testing.T, d mrz.Document, lines []string) {
	composed, err := mrz.Compose(d.Format, mrz.Fields{
		Code: d.Code.Value(), IssuingState: d.IssuingState.Value(), Number: d.Number.Value(),
		Primary: d.Primary.Value(), Secondary: d.Secondary.Value(), Nationality: d.Nationality.Value(),
		BirthDate: d.BirthDate.Printed(), Sex: d.Sex.Value(), ExpiryDate: d.ExpiryDate.Printed(),
		OptionalData: d.OptionalData.Value(), OptionalData2: d.OptionalData2.Value(),
	})
	if err != nil {
		t.Fatalf("a valid zone cannot be composed: %v", err)
	}
	if d.Format == mrz.TD3 && d.OptionalData.Empty() && lines[1][42] == '0' {
		return // a zero in place of the filler, which Compose writes
	}
	if !slices.Equal(composed, lines) {
		t.Fatalf("a valid zone composes to another:\ngot  %q\nwant %q", composed, lines)
	}
}
