package mrz

import (
	"math/bits"
	"strings"
)

// judgeNumber judges the document number and its check digit. Data begins in
// its first cell (Doc 9303-3 §4.10); fillers within stand for characters that
// the zone has no sign for.
func (z *zone) judgeNumber() {
	number, digit := z.cells[numberCells], z.cells[numberDigit]
	switch leading := z.leadingFillers(number); {
	case !z.legible(number) || leading == 0:
	case leading == number.size():
		z.find(emptyNumber, Number, number)
	default:
		z.find(numberLeading, Number, number.first(leading))
	}
	switch {
	case digit.missing():
	case !z.overNumber.missing():
		z.overMore(digit)
	case z.longNumbers && z.of(numberDigit) == "<" && !z.isFillerForZero():
		z.longNumber()
	default:
		z.sums[numberSum] = z.digitOf(Number, numberCells, numberDigit)
	}
}

// overMore judges a number's digit that covers more cells than the number's.
func (z *zone) overMore(digit span) {
	if !z.legible(z.overNumber) || !z.legible(digit) {
		z.note(Number, digit, Undetermined)
		return
	}
	z.compare(Number, digit, z.add(z.overNumber).at(0))
}

// leadingFillers counts the fillers that a span begins with.
func (z *zone) leadingFillers(s span) int {
	fillers := z.sorted[s.line&3].fillers & s.within()
	return bits.TrailingZeros64(^uint64(fillers >> (s.from & 63)))
}

// isFillerForZero tells a filler that stands for a computed zero from the
// filler that announces a long number: nothing follows in the optional data.
func (z *zone) isFillerForZero() bool {
	return asDigit(z.add(z.cells[numberCells]).at(0)) == '0' && z.leadingFillers(z.cells[optionalCells]) > 0
}

// longNumber judges a document number of more than nine characters: nine, a
// filler where the digit would be, and in the optional data the rest, the
// digit and a filler (Doc 9303-5 §4.2.4 and note j, 9303-6 note j).
func (z *zone) longNumber() {
	number, optional := z.cells[numberCells], z.cells[optionalCells]
	principal := z.add(z.cells[numberCells])
	z.sums[numberSum] = principal
	before, _, terminated := strings.Cut(z.of(optionalCells), "<")
	at := optional.first(len(before))
	if !z.legible(number) || !z.legible(at) || !terminated && !z.legible(optional) {
		z.note(Number, z.cells[numberDigit], Undetermined)
		return
	}
	end := len(before) - 1
	if end < 1 || kinds[before[end]] != digit {
		z.find(malformedNumber, Number, optional.first(max(len(before), 1)))
		z.note(Number, z.cells[numberDigit], Undetermined)
		return
	}
	if !terminated {
		z.find(unterminatedNumber, Number, at)
	}
	d := &z.result.Document
	d.Number = joined(z.of(numberCells), int(optional.from-number.from), end)
	d.OptionalData = z.textIn(span{at.line, min(at.to+1, optional.to), optional.to})
	z.longDigit(principal, z.add(optional.first(end)), span{at.line, at.to - 1, at.to})
}

// longDigit judges the digit of a long number. It covers the number alone;
// before the eighth edition the rule could be read to count the filler too,
// and cards were made either way.
func (z *zone) longDigit(principal, rest sum, at span) {
	total, old := principal.at(0)+rest.at(9), principal.at(0)+rest.at(10)
	if got := z.within(at)[0]; got != asDigit(total) && got == asDigit(old) {
		z.find(digitOverFiller, Number, at)
		z.noteUnder(Number, at, Passed, FillerIncluded)
		return
	}
	z.compare(Number, at, total)
}
