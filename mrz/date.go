package mrz

import (
	"fmt"
	"log/slog"
)

// A Date is a date of the zone: six cells YYMMDD of which parts may be
// unknown, with no century. However it is printed or logged it shows nothing.
type Date struct{ cells Text }

// Printed returns the cells as printed.
func (d Date) Printed() string { return d.cells.Printed() }

// Cells returns the cells as text: one outside A-Z, 0-9 and < is given as ?.
func (d Date) Cells() string { return d.cells.cells() }

// Equal reports whether two dates have the same cells as printed.
func (d Date) Equal(e Date) bool { return d.cells.Equal(e.cells) }

// Birth reads the date as [Century.Birth] does, as of a day.
func (d Date) Birth(today Day) (iso string) { return Century{Today: today}.Birth(d) }

// Expiry reads the date as [Century.Expiry] does, as of a day.
func (d Date) Expiry(today Day) (day Day, ok bool) { return Century{Today: today}.Expiry(d) }

// ExpiryText reads the date as [Century.ExpiryText] does, as of a day.
func (d Date) ExpiryText(today Day) (iso string) { return Century{Today: today}.ExpiryText(d) }

// String says that it is a date and no more.
func (d Date) String() string { return "[date]" }

// Format prints String whatever the verb.
func (d Date) Format(s fmt.State, _ rune) { fmt.Fprint(s, d.String()) }

// LogValue logs String.
func (d Date) LogValue() slog.Value { return slog.StringValue(d.String()) }

// judgeBirth judges the date of birth: parts of it may be unknown
// (Doc 9303-3 §4.8).
func (z *zone) judgeBirth() {
	z.judgeDate(BirthDate, z.cells[birthCells])
	if !z.cells[birthDigit].missing() {
		z.sums[birthSum] = z.digitOf(BirthDate, birthCells, birthDigit)
	}
}

// judgeExpiry judges the date of expiry, for which Doc 9303 has no unknown
// parts.
func (z *zone) judgeExpiry() {
	at := z.cells[expiryCells]
	if z.judgeDate(ExpiryDate, at) == partly {
		z.find(filledExpiry, ExpiryDate, at)
	}
	if !z.cells[expiryDigit].missing() {
		z.sums[expirySum] = z.digitOf(ExpiryDate, expiryCells, expiryDigit)
	}
}

// judgeDate judges a date. One that is missing or not legible is taken for
// complete: there is a finding already.
func (z *zone) judgeDate(f Field, at span) dateState {
	state := complete
	switch digits := at.within(); {
	case at.missing():
	case z.sorted[at.line&3].digits&digits == digits:
		if !ofDigits(z.within(at)).exists() {
			state = impossible
		}
	case z.legible(at):
		_, state = readDate(z.within(at))
	}
	switch state {
	case halfKnown:
		z.find(halfUnknownDate, f, at)
	case noDigits:
		z.find(dateNotDigits, f, at)
	case impossible:
		z.find(impossibleDate, f, at)
	}
	return state
}
