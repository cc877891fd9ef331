package mrz

import (
	"cmp"
	"slices"
)

// A span is a run of cells: a line and a half-open range of columns, all from
// zero. The zero span is no cells.
type span struct{ line, from, to uint8 }

// at makes a span out of a line and columns as Doc 9303 counts them: from one,
// both ends included.
func at(line, from, to uint8) span { return span{line - 1, from - 1, to} }

// size returns how many cells a span has.
func (s span) size() int { return int(s.to) - int(s.from) }

// first returns the first n cells of a span.
func (s span) first(n int) span { return span{s.line, s.from, s.from + uint8(n)} }

// missing reports whether a layout lacks what the span stands for.
func (s span) missing() bool { return s.to == 0 }

// An element is a run of cells with one meaning: a field or a check digit.
type element uint8

const (
	codeCells element = iota
	stateCells
	nameCells
	givenCells // the secondary identifier where it has cells of its own
	numberCells
	numberDigit
	nationalityCells
	birthCells
	birthDigit
	sexCells
	expiryCells
	expiryDigit
	optionalCells
	optionalDigit
	optional2Cells
	compositeDigit
	elements int = iota
)

// fields gives the field that an element belongs to, a check digit to the
// field that it stands for.
var fields = [elements]Field{
	codeCells: DocumentCode, stateCells: IssuingState, nameCells: Name, givenCells: Secondary,
	numberCells: Number, numberDigit: Number, nationalityCells: Nationality,
	birthCells: BirthDate, birthDigit: BirthDate, sexCells: Sex, expiryCells: ExpiryDate, expiryDigit: ExpiryDate,
	optionalCells: OptionalData, optionalDigit: OptionalData, optional2Cells: OptionalData2, compositeDigit: Composite,
}

// A layout says where a format has its elements. A check digit is a span of
// one cell; an element that the format lacks has the zero span.
type layout struct {
	format      Format
	widths      []int // of the lines
	cells       [elements]span
	longNumbers bool // numbers run over into the optional data
	overNumber  span // what the number's digit covers, where that is more than the number

	// covered is what the composite digit covers: elements, in order. spread
	// is the same as runs of cells, for a digit that also covers cells of no
	// element.
	covered []covered
	spread  []span
	under   [3]mask // the same again, by line

	parts []part // all cells, in reading order
}

// covered is an element under the composite digit, and the weights of its
// first three cells there.
type covered struct {
	cells   span
	kept    kept // where its sum is at hand, or no
	a, b, c uint
}

// kept names the sums that are kept for the composite digit.
type kept uint8

const (
	numberSum kept = iota
	birthSum
	expirySum
	sums
	notKept = sums
)

// keptSums gives the elements whose sum is kept.
var keptSums = map[element]kept{numberCells: numberSum, birthCells: birthSum, expiryCells: expirySum}

// inOrder gives elements the weights that they have one behind the other.
func inOrder(cells *[elements]span, all ...element) (list []covered) {
	place := 0
	weight := func(next int) uint { return uint(Weight(place + next)) }
	for _, e := range all {
		sum, ok := keptSums[e]
		if !ok {
			sum = notKept
		}
		list = append(list, covered{cells[e], sum, weight(0), weight(1), weight(2)})
		place += cells[e].size()
	}
	return list
}

// part is a span and the field that it belongs to.
type part struct {
	span
	field Field
}

// covers returns what the composite digit covers, as runs of cells.
func (l *layout) covers() []span {
	if len(l.covered) == 0 {
		return l.spread
	}
	var all []span
	for _, c := range l.covered {
		all = append(all, c.cells)
	}
	return all
}

// withParts lists the cells of a layout in reading order, with those of no
// element between the others, and what its composite digit covers.
func withParts(l layout, composite ...element) layout {
	l.covered = inOrder(&l.cells, composite...)
	for _, s := range l.covers() {
		l.under[s.line] |= s.within()
	}
	for e, s := range l.cells {
		if !s.missing() {
			l.parts = append(l.parts, part{s, fields[e]})
		}
	}
	byPlace := func(a, b part) int { return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.from, b.from)) }
	slices.SortFunc(l.parts, byPlace)
	for line, width := range l.widths {
		l.parts = append(l.parts, l.gaps(uint8(line), uint8(width))...)
	}
	slices.SortFunc(l.parts, byPlace)
	return l
}

// gaps returns the cells of a line that belong to no element.
func (l *layout) gaps(line, width uint8) (all []part) {
	from := uint8(0)
	for _, p := range append(slices.Clone(l.parts), part{span{line, width, width}, NoField}) {
		if p.line != line {
			continue
		}
		if p.from > from {
			all = append(all, part{span{line, from, p.from}, NoField})
		}
		from = p.to
	}
	return all
}
