package mrz_test

import (
	"errors"
	"strings"
	"testing"

	"portcullis/mrz"
)

// nationals has a valid zone of each national layout.
var nationals = [][]string{
	{"IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<", "8806923102858CORINNE<<<<<<<6512068F6"},
	{"AAA001D<<", "FACHE305142128097<<800126<<<<<", "MARCHAND<<FABIENNE<<<<<<<<<<<<"},
	{"AAA001D<<", "FACHE305142128097001<<800126<<", "MARCHAND<<FABIENNE<<<<<<<<<<<<"},
	{"D1FRA13AA000026181231MARTIN<<9"},
	{"D1NLD15094962111659VW87Z78NB84"},
	{"IDSVKERIKSSON<<ANNA<MARIA<<<<<<<<<", "D231458907SVK7408122F1204159<<<<<<"},
}

func everyZone() [][]string { return append(append([][]string(nil), specimens...), nationals...) }

// What a shape says of a digit is what Parse checks: a digit over the cells
// that it covers, computed slowly, is the one printed.
func TestADigitCoversWhatItsShapeSays(t *testing.T) {
	for _, lines := range everyZone() {
		shape, err := mrz.ShapeOf(lines)
		r := parse(t, lines)
		if err != nil || shape.Format != r.Document.Format || len(shape.Digits) != len(r.Checks()) {
			t.Fatalf("%s: %v, %d digits", r.Document.Format, err, len(shape.Digits))
		}
		for i, d := range shape.Digits {
			check := r.Checks()[i]
			covered := ""
			for _, e := range d.Covers {
				covered += lines[e.Line][e.From:e.To]
			}
			printed := lines[d.At.Line][d.At.From:d.At.To]
			if d.At.Field != check.Field || d.At.Class != mrz.CheckDigitClass || len(printed) != 1 {
				t.Errorf("%s: digit %d is of %s", shape.Format, i, d.At.Field)
			}
			if check.Outcome == mrz.Passed && printed != "<" && string(slowDigit(covered)) != printed {
				t.Errorf("%s: %s covers other cells", shape.Format, check.Field)
			}
			if cell, ok := r.PrintedDigit(check.Field); !ok || cell != lines[check.Line-1][check.Column-1] {
				t.Errorf("%s: %s is printed %q %v", shape.Format, check.Field, cell, ok)
			}
		}
	}
	if _, ok := (&mrz.Result{}).PrintedDigit(mrz.Number); ok {
		t.Error("the zero result has a digit")
	}
}

func TestElementsOfAShapeAreApartAndWithinTheLines(t *testing.T) {
	for _, lines := range everyZone() {
		shape, err := mrz.ShapeOf(lines)
		if err != nil {
			t.Fatal(err)
		}
		line, column := 0, 0
		for _, e := range shape.Elements {
			if e.Line < line || e.Line == line && e.From < column || e.To <= e.From || e.To > shape.Widths[e.Line] || e.Field == mrz.NoField {
				t.Fatalf("%s: %+v", shape.Format, e)
			}
			for _, c := range []byte(lines[e.Line][e.From:e.To]) {
				isDigit, isLetter := c >= '0' && c <= '9', c >= 'A' && c <= 'Z'
				if c != '<' && (e.Class == mrz.Digits && !isDigit || e.Class == mrz.Letters && !isLetter) {
					t.Errorf("%s: %s holds another class", shape.Format, e.Field)
				}
			}
			line, column = e.Line, e.To
		}
		for i, l := range lines {
			if len(l) != shape.Widths[i] {
				t.Errorf("%s: line %d has another width", shape.Format, i+1)
			}
		}
	}
}

func TestShapesOfNoZone(t *testing.T) {
	if _, err := mrz.ShapeOf([]string{"HELLO"}); !errors.Is(err, mrz.ErrShape) {
		t.Errorf("got %v", err)
	}
	for _, f := range []mrz.Format{mrz.None, mrz.TD1, 99} {
		if _, err := mrz.ShapeAs(f, specimen); !errors.Is(err, mrz.ErrShape) {
			t.Errorf("%d: got %v", f, err)
		}
		if _, err := mrz.ParseAs(f, specimen); !errors.Is(err, mrz.ErrShape) {
			t.Errorf("%d: got %v", f, err)
		}
	}
	if s, err := mrz.ShapeAs(mrz.MRVA, specimen); err != nil || s.Format != mrz.MRVA {
		t.Errorf("got %v %v", s.Format, err)
	}
}

// A forced layout takes lines of any length: what is missing or too many is
// found, and no cell is read from beyond.
func TestAForcedLayoutTakesLinesOfAnyLength(t *testing.T) {
	for f := mrz.TD1; f <= mrz.SVK; f++ {
		shape, err := mrz.ShapeAs(f, make([]string, map[mrz.Format]int{mrz.TD1: 3, mrz.CHEDL: 3, mrz.EUDL: 1}[f]+lines2(f)))
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		for _, n := range []int{0, 1, 5, 7, 8, 9, 20, 43, 45, 64, 255, 256, 1000} {
			for _, c := range []string{"<", "A", "1", "\xff"} {
				var lines []string
				for range shape.Widths {
					lines = append(lines, strings.Repeat(c, n))
				}
				r, err := mrz.ParseAs(f, lines)
				if err != nil || r.Document.Format != f || r.Readable() && n != shape.Widths[0] {
					t.Errorf("%s, lines of %d: %v %v", f, n, err, r.Findings())
				}
				compareVerdict(t, &r)
			}
		}
	}
}

// lines2 is two for the layouts of two lines.
func lines2(f mrz.Format) int {
	switch f {
	case mrz.TD1, mrz.CHEDL, mrz.EUDL:
		return 0
	}
	return 2
}

func TestFormatsHaveNames(t *testing.T) {
	for f := mrz.TD1; f <= mrz.SVK; f++ {
		if got, ok := mrz.ParseFormat(f.String()); !ok || got != f {
			t.Errorf("%d: %s is read as %d", f, f, got)
		}
		if f.National() != (f >= mrz.IDFRA) {
			t.Errorf("%s: national %v", f, f.National())
		}
	}
	for _, name := range []string{"", "TD4", "td1"} {
		if _, ok := mrz.ParseFormat(name); ok {
			t.Errorf("%q is a layout", name)
		}
	}
}

func TestDatesThatExist(t *testing.T) {
	for cells, want := range map[string]bool{
		"740812": true, "000229": true, "<<<<<<": true, "7408<<": true, "740230": false, "741301": false, "74O812": false, "": false, "7408121": false,
	} {
		if got := mrz.DateExists(cells); got != want {
			t.Errorf("%q: %v", cells, got)
		}
	}
}
