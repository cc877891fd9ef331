package mrz

import "slices"

// Class is the kind of characters that belongs into some cells. A filler
// belongs into cells of every class, but for check digits.
type Class uint8

// The classes.
const (
	AnyCharacter Class = iota // letters and digits
	Letters
	Digits
	CheckDigitClass // one digit; a filler only where the layout allows it
)

// An Element is a run of cells with one meaning: a field, or the check digit of
// a field. Line and the half-open range of columns count from zero.
type Element struct {
	Field    Field
	Class    Class
	Line     int
	From, To int
}

// A Shape is a layout for programs that work on cells: where its elements
// stand, and what each check digit covers.
type Shape struct {
	Format   Format
	Widths   []int     // cells of each line
	Elements []Element // in reading order; cells of no element are left out
	Digits   []Digit   // in the order of [Result.Checks]
	Long     bool      // a long number runs over into the optional data (Doc 9303-5 note j, 9303-6 note j)
}

// A Digit is a check digit and the cells that it covers, in order.
type Digit struct {
	At     Element
	Covers []Element
}

// ShapeOf returns the shape that [Parse] would read some lines by.
func ShapeOf(lines []string) (Shape, error) {
	if l := layoutOf(lines); l != nil {
		return l.shape(), nil
	}
	return Shape{}, ErrShape
}

// ShapeAs returns the shape that [ParseAs] would read some lines by.
func ShapeAs(f Format, lines []string) (Shape, error) {
	if l := forced(f, lines); l != nil {
		return l.shape(), nil
	}
	return Shape{}, ErrShape
}

// classes gives what belongs into an element; into the others anything.
var classes = map[element]Class{
	codeCells: Letters, stateCells: Letters, nameCells: Letters, givenCells: Letters, nationalityCells: Letters, sexCells: Letters,
	birthCells: Digits, expiryCells: Digits,
	numberDigit: CheckDigitClass, birthDigit: CheckDigitClass, expiryDigit: CheckDigitClass,
	optionalDigit: CheckDigitClass, compositeDigit: CheckDigitClass,
}

func (l *layout) shape() Shape {
	s := Shape{Format: l.format, Widths: slices.Clone(l.widths), Long: l.longNumbers}
	for _, p := range l.parts {
		if p.field != NoField {
			s.Elements = append(s.Elements, l.element(p.span))
		}
	}
	for _, d := range [...]struct{ digit, covered element }{
		{numberDigit, numberCells}, {birthDigit, birthCells}, {expiryDigit, expiryCells}, {optionalDigit, optionalCells},
	} {
		covered := l.cells[d.covered]
		if d.digit == numberDigit && !l.overNumber.missing() {
			covered = l.overNumber
		}
		if at := l.cells[d.digit]; !at.missing() {
			s.Digits = append(s.Digits, Digit{l.element(at), []Element{l.element(covered)}})
		}
	}
	if at := l.cells[compositeDigit]; !at.missing() {
		composite := Digit{At: l.element(at)}
		for _, covered := range l.covers() {
			composite.Covers = append(composite.Covers, l.element(covered))
		}
		s.Digits = append(s.Digits, composite)
	}
	return s
}

// element returns a span for programs, with field and class where it is one
// element.
func (l *layout) element(s span) Element {
	e := Element{Line: int(s.line), From: int(s.from), To: int(s.to)}
	for i, cells := range l.cells {
		if cells == s {
			e.Field, e.Class = fields[i], classes[element(i)]
		}
	}
	switch {
	case l.format == EUDL && e.Field == DocumentCode:
		e.Class = AnyCharacter // D1
	case l.format == CHEDL && e.Field == OptionalData:
		e.Class = Digits
	}
	return e
}

// DateExists reports whether six cells YYMMDD can be a date: on the calendar
// of some century, parts of it unknown perhaps (Doc 9303-3 §4.8).
func DateExists(cells string) bool {
	_, state := readDate(cells)
	return state.possible()
}
