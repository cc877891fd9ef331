package mrz

import "strings"

// A Century is how the two digits of a year become four, which Doc 9303 does
// not say. A birth is on the latest day not after today. An expiry lies within
// the hundred years that end so many years after today, which with 50 years is
// the day nearest to today.
type Century struct {
	Today Day
	Ahead int // years after today; [DefaultAhead] when it is not from 1 to 99
}

// DefaultAhead is how many years after today an expiry may lie.
const DefaultAhead = 50

// YearsAhead returns how many years after today an expiry may lie.
func (c Century) YearsAhead() int {
	if c.Ahead < 1 || c.Ahead > 99 {
		return DefaultAhead
	}
	return c.Ahead
}

// Birth reads a date as one of birth: "1974-08-12", and XX for a part that is
// unknown, as in "1974-XX-XX". It is "" where there is no such date, or where
// Today is the zero Day.
func (c Century) Birth(d Date) (iso string) {
	p, state := readDate(d.Printed())
	if !state.possible() || c.Today == (Day{}) {
		return ""
	}
	if p.year == unknown {
		return p.iso()
	}
	born, ok := c.born(p)
	if !ok {
		return ""
	}
	return born.iso()
}

// born gives a date of birth its century.
func (c Century) born(p parts) (born parts, ok bool) {
	century := c.Today.Year / 100 * 100
	for _, from := range [...]int{century, century - 100} {
		born := parts{from + p.year, p.month, p.day}
		if born.exists() && born.first().Compare(c.Today) <= 0 {
			return born, true
		}
	}
	return parts{}, false
}

// Expiry reads a date as one of expiry. The day is the last on which the
// document is valid. It is false where the date is unknown in part or
// impossible, or where Today is the zero Day.
func (c Century) Expiry(d Date) (day Day, ok bool) {
	p, state := readDate(d.Printed())
	if state != complete || c.Today == (Day{}) {
		return Day{}, false
	}
	p.year = c.expiryYear(p)
	if !p.exists() {
		return Day{}, false
	}
	return p.first(), true
}

// ExpiryText is Expiry as text, with XX for a part that is unknown, as Birth
// has it.
func (c Century) ExpiryText(d Date) (iso string) {
	p, state := readDate(d.Printed())
	if !state.possible() || c.Today == (Day{}) {
		return ""
	}
	if p.year != unknown {
		p.year = c.expiryYear(p)
	}
	if !p.exists() {
		return ""
	}
	return p.iso()
}

// expiryYear gives a date of two-digit year the century that brings it into
// the hundred years; the day that is just as many years ahead is past them.
func (c Century) expiryYear(p parts) int {
	ahead := c.YearsAhead()
	year := c.Today.Year/100*100 + p.year
	p.year = c.Today.Year
	late := p.first().Compare(c.Today) >= 0
	for year-c.Today.Year > ahead || year-c.Today.Year == ahead && late {
		year -= 100
	}
	for c.Today.Year-year > 100-ahead || c.Today.Year-year == 100-ahead && !late {
		year += 100
	}
	return year
}

// FindingsOn returns what [Result.Findings] does and what the centuries add: a
// passport whose document code should have gone by the time it expires
// (Doc 9303-4 §4.4), and dates in the wrong order.
func (r *Result) FindingsOn(c Century) []Finding {
	all := r.Findings()
	for _, m := range r.dated(c) {
		all = append(all, m.finding())
	}
	inReadingOrder(all)
	return all
}

// ValidOn is [Result.Valid] with the rules that need a day.
func (r *Result) ValidOn(c Century) bool {
	if !r.Valid() {
		return false
	}
	for _, m := range r.dated(c) {
		if rules[m.rule].severity < Notice {
			return false
		}
	}
	return true
}

func (r *Result) dated(c Century) (found []mark) {
	if r.layout == nil {
		return nil
	}
	d, l := &r.Document, r.layout
	last, known := c.Expiry(d.ExpiryDate)
	if !known {
		return nil
	}
	old := strings.HasSuffix(d.Code.Printed(), string(Filler)) || r.found(unlistedCode)
	if l.format == TD3 && last.Compare(OldCodesGone) >= 0 && old {
		found = append(found, mark{supersededCode, DocumentCode, l.cells[codeCells], 0})
	}
	p, state := readDate(d.BirthDate.Printed())
	if !state.possible() || p.year == unknown {
		return found
	}
	if born, ok := c.born(p); ok && born.first().Compare(last) >= 0 {
		found = append(found, mark{expiryBeforeBirth, ExpiryDate, l.cells[expiryCells], 0})
	}
	return found
}
