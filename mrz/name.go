package mrz

import "math/bits"

// judgeName splits the name field at its first double filler into primary and
// secondary identifier and judges its grammar (Doc 9303-3 §4.6): identifiers
// of letters, parts of one joined by single fillers, fillers to the end.
func (z *zone) judgeName() {
	s := z.cells[nameCells]
	if s.missing() {
		return
	}
	all := below(len(z.within(s)))
	fillers := z.sorted[s.line&3].fillers >> (s.from & 63) & all
	end := bits.Len64(uint64(all &^ fillers)) // past the last cell that is filled
	if end == 0 {
		z.find(emptyName, Name, s)
	} else {
		z.identifiers(s, fillers, end)
	}
	if given := z.cells[givenCells]; !given.missing() {
		z.result.Document.Secondary = z.name(given)
		z.judgeLetters(given)
	}
}

// identifiers finds the identifiers of a name that is not empty.
func (z *zone) identifiers(s span, fillers mask, end int) {
	r := &z.result
	primary, secondary := z.splitName(s, fillers, end)
	r.Document.Primary, r.Document.Secondary = z.name(primary.in(s)), z.name(secondary.in(s))
	r.separators = extraSeparators(fillers, primary, secondary) << (s.from & 63)
	r.countIf(r.separators, Deviation)
	z.judgeLetters(s)
}

// judgeLetters finds digits in a field of names, and tells whether it ends in
// a letter.
func (z *zone) judgeLetters(s span) {
	r := &z.result
	digits := z.sorted[s.line&3].digits & s.within()
	r.nameDigits[s.line] |= digits
	r.countIf(digits, Deviation)
	cells := z.within(s)
	if z.legible(s) && kinds[cells[len(cells)-1]] == letter {
		r.Document.NameTruncated = true
		z.find(nameTruncated, Name, s)
	}
}

// identifier is where an identifier stands in the name field: a half-open
// range of cells.
type identifier struct{ from, to int }

// in returns the cells of an identifier of a name field.
func (i identifier) in(s span) span {
	return span{s.line, s.from + uint8(i.from), s.from + uint8(i.to)}
}

// splitName finds the two identifiers and what is odd about the front. Where
// the secondary has cells of its own, the name field is all primary.
func (z *zone) splitName(s span, fillers mask, end int) (primary, secondary identifier) {
	leading := bits.TrailingZeros64(^uint64(fillers))
	switch {
	case leading >= 2:
		z.find(noPrimary, Primary, s.first(2))
		return identifier{}, identifier{2, end}
	case leading == 1:
		z.find(nameLeading, Name, s.first(1))
	}
	pair := bits.TrailingZeros64(uint64(fillers & (fillers >> 1)))
	if pair >= end || !z.cells[givenCells].missing() {
		return identifier{0, end}, identifier{}
	}
	return identifier{0, pair}, identifier{pair + 2, end}
}

// extraSeparators marks the fillers of the identifiers that separate nothing: a
// third after the primary, and any double one.
func extraSeparators(fillers mask, primary, secondary identifier) mask {
	second := below(secondary.to) &^ below(secondary.from)
	third := fillers & second & (1 << (secondary.from & 63))
	fillers &= below(primary.to) | second
	pairs := fillers & (fillers >> 1)
	return pairs | pairs<<1 | third
}

func (z *zone) name(s span) Text {
	t := z.textIn(s)
	t.shape |= isName
	return t
}
