package mrz_test

import (
	"slices"
	"strings"
	"testing"

	"portcullis/mrz"
)

// letterOf gives fields the letters of shapes.tbl.
var letterOf = map[mrz.Field]string{
	mrz.DocumentCode: "c", mrz.IssuingState: "s", mrz.Name: "n", mrz.Secondary: "g", mrz.Number: "d", mrz.Nationality: "t",
	mrz.BirthDate: "b", mrz.Sex: "x", mrz.ExpiryDate: "e", mrz.OptionalData: "o", mrz.OptionalData2: "p", mrz.Composite: "z",
}

func TestEveryCellOfALayoutHasItsField(t *testing.T) {
	want := map[string][]string{}
	for _, row := range readTable(t, "testdata/shapes.tbl") {
		want[row[0]] = append(want[row[0]], row[2])
	}
	seen := map[string]bool{}
	for _, lines := range everyZone() {
		shape, err := mrz.ShapeOf(lines)
		if err != nil {
			t.Fatal(err)
		}
		name := shapeName(shape.Format, lines)
		seen[name] = true
		if got := drawn(shape); strings.Join(got, "\n") != strings.Join(want[name], "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want[name], "\n"))
		}
	}
	if len(seen) != len(want) {
		t.Errorf("zones of %v, and shapes of %d layouts", seen, len(want))
	}
}

// shapeName is the name that shapes.tbl has for a layout.
func shapeName(f mrz.Format, lines []string) string {
	switch {
	case f == mrz.EUDL:
		return "EU_DL " + lines[0][2:5]
	case f == mrz.CHEDL && lines[1][17] == '<':
		return "CHE_DL 12"
	case f == mrz.CHEDL:
		return "CHE_DL 15"
	}
	return f.String()
}

// drawn writes a letter for each cell of a shape.
func drawn(s mrz.Shape) (lines []string) {
	var cells [][]byte
	for _, w := range s.Widths {
		cells = append(cells, []byte(strings.Repeat(".", w)))
	}
	for _, e := range s.Elements {
		letter := letterOf[e.Field]
		if e.Class == mrz.CheckDigitClass {
			letter = strings.ToUpper(letter)
		}
		copy(cells[e.Line][e.From:e.To], strings.Repeat(letter, e.To-e.From))
	}
	for _, c := range cells {
		lines = append(lines, string(c))
	}
	return lines
}

func TestEveryElementHasItsClass(t *testing.T) {
	classes := map[string]mrz.Class{
		"c": mrz.Letters, "s": mrz.Letters, "n": mrz.Letters, "g": mrz.Letters, "t": mrz.Letters, "x": mrz.Letters,
		"b": mrz.Digits, "e": mrz.Digits, "CHE_DL o": mrz.Digits, "EU_DL c": mrz.AnyCharacter,
	}
	for _, lines := range everyZone() {
		shape, _ := mrz.ShapeOf(lines)
		for _, e := range shape.Elements {
			want, own := classes[shape.Format.String()+" "+letterOf[e.Field]]
			if !own {
				want = classes[letterOf[e.Field]]
			}
			if e.Class != want && e.Class != mrz.CheckDigitClass {
				t.Errorf("%s: %s has class %d, want %d", shape.Format, e.Field, e.Class, want)
			}
		}
		if long := shape.Format == mrz.TD1 || shape.Format == mrz.TD2; shape.Long != long {
			t.Errorf("%s: long numbers %v", shape.Format, shape.Long)
		}
	}
}

// The oracle has its own list of the digits of a layout, in order, and of the
// cells under each, in order.
func TestADigitCoversTheCellsOfTheOracle(t *testing.T) {
	for _, lines := range everyZone() {
		shape, _ := mrz.ShapeOf(lines)
		digits := shape.Digits
		for _, slow := range slowPlaces[shape.Format] {
			if shapeName(shape.Format, lines) == "EU_DL NLD" && slow.field == mrz.Number {
				continue
			}
			if len(digits) == 0 {
				t.Fatalf("%s: no digit of %s", shape.Format, slow.field)
			}
			d := digits[0]
			digits = digits[1:]
			var covered []place
			for _, e := range d.Covers {
				covered = append(covered, placeOf(e))
			}
			if d.At.Field != slow.field || placeOf(d.At) != slow.digit || !slices.Equal(oneByOne(covered), oneByOne(slow.covers)) {
				t.Errorf("%s: the digit of %s at %v covers %v, want that of %s at %v over %v",
					shape.Format, d.At.Field, placeOf(d.At), covered, slow.field, slow.digit, slow.covers)
			}
		}
		if len(digits) != 0 {
			t.Errorf("%s: %d digits too many", shape.Format, len(digits))
		}
	}
}

func placeOf(e mrz.Element) place { return place{e.Line + 1, e.From + 1, e.To} }

// oneByOne has the cells of some places.
func oneByOne(places []place) (cells []place) {
	for _, p := range places {
		for column := p[1]; column <= p[2]; column++ {
			cells = append(cells, place{p[0], column, column})
		}
	}
	return cells
}

func TestAShapeIsTheCallersOwn(t *testing.T) {
	shape, err := mrz.ShapeOf(specimen)
	if err != nil {
		t.Fatal(err)
	}
	shape.Widths[0], shape.Widths[1] = 3, 3
	for i := range shape.Elements {
		shape.Elements[i] = mrz.Element{}
	}
	r := parse(t, specimen)
	if again, _ := mrz.ShapeOf(specimen); !r.Valid() || again.Widths[0] != 44 || drawn(again)[0][:6] != "ccsssn" {
		t.Error("what was done to a shape changed the layout")
	}
}
