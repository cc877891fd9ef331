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

// Equal reports whether two dates have the same cells as printed.
func (d Date) Equal(e Date) bool { return d.cells.Equal(e.cells) }

// Birth reads the date as one of birth, in the century that makes it the
// latest date not after today: "1974-08-12", and XX for a part that is unknown,
// as in "1974-XX-XX". It is "" where there is no such date, or where today is
// the zero Day.
func (d Date) Birth(today Day) (iso string) {
	p, state := readDate(d.Printed())
	if !state.possible() || today == (Day{}) {
		return ""
	}
	if p.year == unknown {
		return p.iso()
	}
	century := today.Year / 100 * 100
	for _, from := range [...]int{century, century - 100} {
		born := parts{from + p.year, p.month, p.day}
		if born.exists() && born.first().Compare(today) <= 0 {
			return born.iso()
		}
	}
	return ""
}

// Expiry reads the date as one of expiry, in the century that brings it
// nearest to today, at most 50 years off. The day is the last on which the
// document is valid. It is false where the date is unknown in part or
// impossible, or where today is the zero Day.
func (d Date) Expiry(today Day) (day Day, ok bool) {
	p, state := readDate(d.Printed())
	if state != complete || today == (Day{}) {
		return Day{}, false
	}
	p.year = nearestYear(p, today)
	if !p.exists() {
		return Day{}, false
	}
	return p.first(), true
}

// ExpiryText is Expiry as text, with XX for a part that is unknown, as Birth
// has it.
func (d Date) ExpiryText(today Day) (iso string) {
	p, state := readDate(d.Printed())
	if !state.possible() || today == (Day{}) {
		return ""
	}
	if p.year != unknown {
		p.year = nearestYear(p, today)
	}
	if !p.exists() {
		return ""
	}
	return p.iso()
}

// String says that it is a date and no more.
func (d Date) String() string { return "[date]" }

// Format prints String whatever the verb.
func (d Date) Format(s fmt.State, _ rune) { fmt.Fprint(s, d.String()) }

// LogValue logs String.
func (d Date) LogValue() slog.Value { return slog.StringValue(d.String()) }

// nearestYear gives a date of two-digit year the century that brings it
// nearest to today, the past one of two as near.
func nearestYear(p parts, today Day) int {
	year := today.Year/100*100 + p.year
	p.year = today.Year
	switch off := year - today.Year; {
	case off > 50, off == 50 && p.first().Compare(today) >= 0:
		return year - 100
	case off < -50, off == -50 && p.first().Compare(today) < 0:
		return year + 100
	}
	return year
}

// judgeBirth judges the date of birth: parts of it may be unknown
// (Doc 9303-3 §4.8).
func (z *zone) judgeBirth() {
	l := z.layout
	if z.legible(l.birth) {
		z.judgeDate(BirthDate, l.birth)
	}
	z.digitOf(BirthDate, l.birth, l.birthDigit)
}

// judgeExpiry judges the date of expiry, for which Doc 9303 has no unknown
// parts.
func (z *zone) judgeExpiry() {
	l := z.layout
	if z.legible(l.expiry) && z.judgeDate(ExpiryDate, l.expiry) == partly {
		z.find(filledExpiry, ExpiryDate, l.expiry)
	}
	z.digitOf(ExpiryDate, l.expiry, l.expiryDigit)
}

func (z *zone) judgeDate(f Field, at span) dateState {
	_, state := readDate(z.cells(at))
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
