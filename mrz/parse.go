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
	format := formatOf(lines)
	if format == None {
		return Result{}, ErrShape
	}
	z := zone{layout: &layouts[format]}
	z.take(format, lines)
	z.judgeCode()
	z.judgeState(IssuingState, z.layout.state)
	z.judgeName()
	z.judgeNumber()
	z.judgeState(Nationality, z.layout.nationality)
	z.judgeBirth()
	z.judgeSex()
	z.judgeExpiry()
	if z.layout.optionalDigit.to != 0 {
		z.optionalDigit()
	}
	if z.layout.composite.to != 0 {
		z.composite()
	}
	return z.result, nil
}

// zone is a parse at work.
type zone struct {
	layout *layout
	lines  [3]string
	sorted [3]sorted
	unread [3]mask // cells that are outside the set or missing
	result Result
}

// take looks at each line once for its length and its characters, and sets
// the fields that need no more than their place.
func (z *zone) take(format Format, lines []string) {
	r, l := &z.result, z.layout
	for i, line := range lines {
		if len(line) != l.width {
			z.wrongLength(i, len(line))
			line = line[:min(len(line), l.width)]
		}
		s := sort(line)
		z.lines[i], z.sorted[i] = line, s
		z.unread[i] = s.bad | below(l.width)&^below(len(line))
		r.illegible[i] = s.bad
		r.countIf(s.bad, Error)
	}
	r.format = format
	d := &r.Document
	d.Format = format
	d.Code, d.IssuingState = z.text(l.code), z.text(l.state)
	d.Number, d.Nationality = z.text(l.number), z.text(l.nationality)
	d.BirthDate, d.ExpiryDate = Date{z.text(l.birth)}, Date{z.text(l.expiry)}
	d.Sex = z.text(l.sex)
	d.OptionalData, d.OptionalData2 = z.text(l.optional), z.text(l.optional2)
}

// wrongLength files a line that is not as wide as its layout: the cells that
// are missing or too many.
func (z *zone) wrongLength(line, length int) {
	from, to := min(length, z.layout.width), max(length, z.layout.width)
	z.find(wrongLength, NoField, span{uint8(line), uint8(from), uint8(to)})
}

// cells returns the cells of a span, as far as the line has them.
func (z *zone) cells(s span) string {
	line := z.lines[s.line]
	if int(s.to) > len(line) {
		return line[min(int(s.from), len(line)):]
	}
	return line[s.from:s.to]
}

// legible reports whether all cells of a span are there and of the set.
func (z *zone) legible(s span) bool {
	unread := z.unread[s.line]
	return unread == 0 || unread&s.within() == 0
}

func (z *zone) text(s span) Text {
	t := textOf(z.cells(s))
	if !z.legible(s) {
		t.shape |= isBad
	}
	return t
}
