package mrz

import (
	"cmp"
	"slices"
)

// A span is a run of cells: a line and a half-open range of columns, all from
// zero. The zero span is no cells.
type span struct{ line, from, to uint8 }

// layout says where a format has its fields, and which field each cell
// belongs to. A check digit is a span of one cell.
type layout struct {
	lines, width int

	code, state, name, number, nationality  span
	birth, sex, expiry, optional, optional2 span

	numberDigit, birthDigit, expiryDigit span
	optionalDigit, composite             span // zero where the format has none
	covered                              []span
	longNumbers                          bool

	parts []part // all cells, in reading order
}

// part is a span and the field that it belongs to, its check digit included.
type part struct {
	span
	field Field
}

// at makes a span out of a line and columns as Doc 9303 counts them: from one,
// both ends included.
func at(line, from, to uint8) span { return span{line - 1, from - 1, to} }

// layouts are the tables of Doc 9303-4 (TD3), 9303-5 (TD1), 9303-6 (TD2) and
// 9303-7 (visas, which have no composite digit).
var layouts = [...]layout{
	TD1: withParts(layout{
		lines: 3, width: 30, longNumbers: true,
		code: at(1, 1, 2), state: at(1, 3, 5), number: at(1, 6, 14), numberDigit: at(1, 15, 15), optional: at(1, 16, 30),
		birth: at(2, 1, 6), birthDigit: at(2, 7, 7), sex: at(2, 8, 8), expiry: at(2, 9, 14), expiryDigit: at(2, 15, 15),
		nationality: at(2, 16, 18), optional2: at(2, 19, 29), composite: at(2, 30, 30),
		name:    at(3, 1, 30),
		covered: []span{at(1, 6, 30), at(2, 1, 7), at(2, 9, 15), at(2, 19, 29)},
	}),
	TD2: withParts(layout{
		lines: 2, width: 36, longNumbers: true,
		code: at(1, 1, 2), state: at(1, 3, 5), name: at(1, 6, 36),
		number: at(2, 1, 9), numberDigit: at(2, 10, 10), nationality: at(2, 11, 13),
		birth: at(2, 14, 19), birthDigit: at(2, 20, 20), sex: at(2, 21, 21), expiry: at(2, 22, 27), expiryDigit: at(2, 28, 28),
		optional: at(2, 29, 35), composite: at(2, 36, 36),
		covered: []span{at(2, 1, 10), at(2, 14, 20), at(2, 22, 35)},
	}),
	TD3: withParts(layout{
		lines: 2, width: 44,
		code: at(1, 1, 2), state: at(1, 3, 5), name: at(1, 6, 44),
		number: at(2, 1, 9), numberDigit: at(2, 10, 10), nationality: at(2, 11, 13),
		birth: at(2, 14, 19), birthDigit: at(2, 20, 20), sex: at(2, 21, 21), expiry: at(2, 22, 27), expiryDigit: at(2, 28, 28),
		optional: at(2, 29, 42), optionalDigit: at(2, 43, 43), composite: at(2, 44, 44),
		covered: []span{at(2, 1, 10), at(2, 14, 20), at(2, 22, 43)},
	}),
	MRVA: withParts(layout{
		lines: 2, width: 44,
		code: at(1, 1, 2), state: at(1, 3, 5), name: at(1, 6, 44),
		number: at(2, 1, 9), numberDigit: at(2, 10, 10), nationality: at(2, 11, 13),
		birth: at(2, 14, 19), birthDigit: at(2, 20, 20), sex: at(2, 21, 21), expiry: at(2, 22, 27), expiryDigit: at(2, 28, 28),
		optional: at(2, 29, 44),
	}),
	MRVB: withParts(layout{
		lines: 2, width: 36,
		code: at(1, 1, 2), state: at(1, 3, 5), name: at(1, 6, 36),
		number: at(2, 1, 9), numberDigit: at(2, 10, 10), nationality: at(2, 11, 13),
		birth: at(2, 14, 19), birthDigit: at(2, 20, 20), sex: at(2, 21, 21), expiry: at(2, 22, 27), expiryDigit: at(2, 28, 28),
		optional: at(2, 29, 36),
	}),
}

// withParts lists the cells of a layout in reading order.
func withParts(l layout) layout {
	all := []part{
		{l.code, DocumentCode}, {l.state, IssuingState}, {l.name, Name},
		{l.number, Number}, {l.numberDigit, Number}, {l.nationality, Nationality},
		{l.birth, BirthDate}, {l.birthDigit, BirthDate}, {l.sex, Sex},
		{l.expiry, ExpiryDate}, {l.expiryDigit, ExpiryDate},
		{l.optional, OptionalData}, {l.optionalDigit, OptionalData},
		{l.optional2, OptionalData2}, {l.composite, Composite},
	}
	all = slices.DeleteFunc(all, func(p part) bool { return p.to == 0 })
	slices.SortFunc(all, func(a, b part) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.from, b.from))
	})
	l.parts = all
	return l
}

// formatOf finds the format of some lines by their number, their lengths and,
// between a visa and the rest, their first cell (Doc 9303-7). A zone with one
// line of the right length may have others that lost or gained up to
// three cells; it has that format, and a finding.
func formatOf(lines []string) Format {
	switch {
	case len(lines) == 3 && near(lines, 30):
		return TD1
	case len(lines) == 2 && near(lines, 44):
		if lines[0][0] == 'V' {
			return MRVA
		}
		return TD3
	case len(lines) == 2 && near(lines, 36):
		if lines[0][0] == 'V' {
			return MRVB
		}
		return TD2
	}
	return None
}

// near reports whether a line is of a width and none is far off it.
func near(lines []string, width int) bool {
	const slack = 3
	exact := false
	for _, line := range lines {
		off := len(line) - width
		if off < -slack || off > slack {
			return false
		}
		exact = exact || off == 0
	}
	return exact
}

// size returns how many cells a span has.
func (s span) size() int { return int(s.to) - int(s.from) }

// first returns the first n cells of a span.
func (s span) first(n int) span { return span{s.line, s.from, s.from + uint8(n)} }
