package mrz

import "math/bits"

// judgeName splits the name field at its first double filler into primary and
// secondary identifier and judges its grammar (Doc 9303-3 §4.6): identifiers
// of letters, parts of one joined by single fillers, fillers to the end.
func (z *zone) judgeName() {
	r, s := &z.result, z.layout.name
	cells := z.cells(s)
	all := below(len(cells))
	fillers := z.sorted[s.line].fillers >> s.from & all
	end := bits.Len64(uint64(all &^ fillers)) // past the last cell that is filled
	if end == 0 {
		z.find(emptyName, Name, s)
		return
	}
	primary, secondary := z.splitName(fillers, end)
	r.Document.Primary, r.Document.Secondary = z.name(primary), z.name(secondary)

	r.separators = extraSeparators(fillers, secondary) << s.from
	r.nameDigits = z.sorted[s.line].digits & s.within()
	r.countIf(r.separators|r.nameDigits, Deviation)
	if z.legible(s) && kinds[cells[len(cells)-1]] == letter {
		r.Document.NameTruncated = true
		z.find(nameTruncated, Name, s)
	}
}

// identifier is where an identifier stands in the name field: a half-open
// range of cells.
type identifier struct{ from, to int }

// splitName finds the two identifiers and what is odd about the front.
func (z *zone) splitName(fillers mask, end int) (primary, secondary identifier) {
	s := z.layout.name
	leading := bits.TrailingZeros64(^uint64(fillers))
	switch {
	case leading >= 2:
		z.find(noPrimary, Primary, s.first(2))
		return identifier{}, identifier{2, end}
	case leading == 1:
		z.find(nameLeading, Name, s.first(1))
	}
	pair := bits.TrailingZeros64(uint64(fillers & (fillers >> 1)))
	if pair >= end {
		return identifier{0, end}, identifier{}
	}
	return identifier{0, pair}, identifier{pair + 2, end}
}

// extraSeparators marks the fillers of the secondary identifier that separate
// nothing: a third after the primary, and any double one.
func extraSeparators(fillers mask, secondary identifier) mask {
	fillers &= below(secondary.to) &^ below(secondary.from)
	pairs := fillers & (fillers >> 1)
	third := fillers & (1 << secondary.from)
	return pairs | pairs<<1 | third
}

func (z *zone) name(i identifier) Text {
	s := z.layout.name
	t := z.text(span{s.line, s.from + uint8(i.from), s.from + uint8(i.to)})
	t.shape |= isName
	return t
}
