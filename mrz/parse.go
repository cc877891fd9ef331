package mrz

import "errors"

// ErrShape says that some lines are no machine readable zone: their number and
// their lengths fit no layout.
var ErrShape = errors.New("mrz: find layout: these lines have the shape of no machine readable zone")

// Parse reads a zone given as its lines, without line ends. It fails with
// [ErrShape] only when no layout fits the lines; whatever else is wrong with
// them is among the findings. Parse reads no clock, allocates nothing and
// keeps hold of the lines only.
func Parse(lines []string) (Result, error) {
	z := zone{layout: layoutOf(lines)}
	if z.layout == nil {
		return Result{}, ErrShape
	}
	z.read(lines)
	return z.result, nil
}

// ParseAs reads a zone that is known to have a format, whatever its first
// cells say and however long its lines are. It fails with [ErrShape] when the
// format has another number of lines.
func ParseAs(f Format, lines []string) (Result, error) {
	z := zone{layout: forced(f, lines)}
	if z.layout == nil {
		return Result{}, ErrShape
	}
	z.read(lines)
	return z.result, nil
}

// zone is a parse at work.
type zone struct {
	*layout
	result Result
	lines  [4]string // three at most: a fourth, so that an index of two bits needs no check
	sorted [4]sorted
	unread [4]mask // cells that are outside the set or missing

	sums [sums]sum // of fields with a digit of their own, for the composite
}

// read judges all elements that the layout has, in the order of the checks.
func (z *zone) read(lines []string) {
	z.take(lines)
	z.judgeCode()
	z.judgeState(IssuingState, stateCells)
	z.judgeName()
	z.judgeNumber()
	z.judgeState(Nationality, nationalityCells)
	z.judgeBirth()
	z.judgeSex()
	z.judgeExpiry()
	z.judgeOptional()
	z.composite()
}

// take looks at each line once for its length and its characters, and sets
// the fields that need no more than their place.
func (z *zone) take(lines []string) {
	r := &z.result
	for i, width := range z.widths {
		line := lines[i]
		if len(line) != width {
			z.wrongLength(i, len(line), width)
			line = line[:min(len(line), width)]
		}
		s := sort(line)
		z.lines[i], z.sorted[i] = line, s
		z.unread[i] = s.bad | below(width)&^below(len(line))
		r.illegible[i] = s.bad
		r.countIf(s.bad, Error)
	}
	r.layout = z.layout
	d := &r.Document
	d.Format = z.format
	d.Code, d.IssuingState = z.text(codeCells), z.text(stateCells)
	d.Number, d.Nationality = z.text(numberCells), z.text(nationalityCells)
	d.BirthDate, d.ExpiryDate = Date{z.text(birthCells)}, Date{z.text(expiryCells)}
	d.Sex = z.text(sexCells)
	d.OptionalData, d.OptionalData2 = z.text(optionalCells), z.text(optional2Cells)
}

// wrongLength files a line that is not as wide as its layout: the cells that
// are missing or too many.
func (z *zone) wrongLength(line, length, width int) {
	length = min(length, maxColumn)
	z.find(wrongLength, NoField, span{uint8(line), uint8(min(length, width)), uint8(max(length, width))})
}

// maxColumn is the last column that a span can tell of a line too long.
const maxColumn = 255

// within returns the cells of a span, as far as the line has them.
func (z *zone) within(s span) string {
	line := z.lines[s.line&3]
	if int(s.to) > len(line) {
		return line[min(int(s.from), len(line)):]
	}
	return line[s.from:s.to]
}

// of returns the cells of an element.
func (z *zone) of(e element) string { return z.within(z.cells[e]) }

// legible reports whether all cells of a span are there and of the set.
func (z *zone) legible(s span) bool {
	unread := z.unread[s.line&3]
	return unread == 0 || unread&s.within() == 0
}

// text returns what an element holds.
func (z *zone) text(e element) Text {
	s := z.cells[e]
	if z.unread[s.line&3] == 0 {
		return textAt(z.lines[s.line&3], s)
	}
	return z.textIn(s)
}

func (z *zone) textIn(s span) Text {
	t := textOf(z.within(s))
	if !z.legible(s) {
		t.shape |= isBad
	}
	return t
}
