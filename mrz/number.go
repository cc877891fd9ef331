package mrz

import (
	"math/bits"
	"strings"
)

// judgeNumber judges the document number and its check digit. Data begins in
// its first cell (Doc 9303-3 §4.10); fillers within stand for characters that
// the zone has no sign for.
func (z *zone) judgeNumber() {
	l := z.layout
	switch leading := z.leadingFillers(l.number); {
	case !z.legible(l.number) || leading == 0:
	case leading == l.number.size():
		z.find(emptyNumber, Number, l.number)
	default:
		z.find(numberLeading, Number, l.number.first(leading))
	}
	if l.longNumbers && z.cells(l.numberDigit) == "<" && !z.isFillerForZero() {
		z.longNumber()
		return
	}
	z.digitOf(Number, l.number, l.numberDigit)
}

// leadingFillers counts the fillers that a span begins with.
func (z *zone) leadingFillers(s span) int {
	fillers := z.sorted[s.line].fillers & s.within()
	return bits.TrailingZeros64(^uint64(fillers >> s.from))
}

// isFillerForZero tells a filler that stands for a computed zero from the
// filler that announces a long number: nothing follows in the optional data.
func (z *zone) isFillerForZero() bool {
	l := z.layout
	return asDigit(weigh(z.cells(l.number), 0)) == '0' && z.leadingFillers(l.optional) > 0
}

// longNumber judges a document number of more than nine characters: nine, a
// filler where the digit would be, and in the optional data the rest, the
// digit and a filler (Doc 9303-5 §4.2.4 and note j, 9303-6 note j).
func (z *zone) longNumber() {
	l := z.layout
	before, _, terminated := strings.Cut(z.cells(l.optional), "<")
	at := l.optional.first(len(before))
	if !z.legible(l.number) || !z.legible(at) || !terminated && !z.legible(l.optional) {
		z.note(Number, l.numberDigit, Undetermined)
		return
	}
	end := len(before) - 1
	if end < 1 || kinds[before[end]] != digit {
		z.find(malformedNumber, Number, l.optional.first(max(len(before), 1)))
		z.note(Number, l.numberDigit, Undetermined)
		return
	}
	if !terminated {
		z.find(unterminatedNumber, Number, at)
	}
	d := &z.result.Document
	d.Number = joined(z.cells(l.number), before[:end])
	d.OptionalData = z.text(span{at.line, min(at.to+1, l.optional.to), l.optional.to})
	z.longDigit(before[:end], span{at.line, at.to - 1, at.to})
}

// longDigit judges the digit of a long number. It covers the number alone;
// before the eighth edition the rule could be read to count the filler too,
// and cards were made either way.
func (z *zone) longDigit(remainder string, at span) {
	principal := weigh(z.cells(z.layout.number), 0)
	sum, old := principal+weigh(remainder, 9), principal+weigh(remainder, 10)
	if got := z.cells(at)[0]; got != asDigit(sum) && got == asDigit(old) {
		z.find(digitOverFiller, Number, at)
		z.note(Number, at, Passed)
		return
	}
	z.compare(Number, at, sum)
}
