package mrz

import (
	"fmt"
	"log/slog"
)

// maxMarks is the most that the rules can find in one zone, cells in a mask
// aside: three lengths, the code, two States, two of the name, three of the
// number, two of each date, the sex, two more digits, a second name field.
const maxMarks = 19

// A Result is a zone as read and judged. The zero Result is of no format and
// neither valid nor readable. It prints as its Document does.
type Result struct {
	Document Document

	layout     *layout // as Parse found it, whatever becomes of Document
	checks     [5]Check
	digits     [5]byte // as printed, one for each check
	checkCount uint8

	marks     [maxMarks]mark
	markCount uint8
	errors    uint8
	deviates  uint8

	illegible  [3]mask // cells outside the set
	separators mask    // fillers too many, in the line of the name
	nameDigits [3]mask // digits among names
}

// Checks returns the check digits of the format in the order number, birth
// date, expiry date, optional data, composite, as far as the format has them.
func (r *Result) Checks() []Check { return r.checks[:r.checkCount] }

// PrintedDigit returns the cell that a field's check digit is printed in, and
// false where the format has none for it or the line is too short.
func (r *Result) PrintedDigit(f Field) (cell byte, ok bool) {
	for i, c := range r.Checks() {
		if c.Field == f {
			return r.digits[i], r.digits[i] != 0
		}
	}
	return 0, false
}

// Findings returns all that is wrong or odd, in reading order.
func (r *Result) Findings() []Finding {
	if r.clean() {
		return nil
	}
	var all []Finding
	for _, m := range r.marks[:r.markCount] {
		all = append(all, m.finding())
	}
	for _, p := range r.layout.parts {
		all = runs(all, badCharacter, p, r.illegible[p.line])
		switch p.field {
		case Name:
			all = runs(all, nameSeparator, p, r.separators)
			all = runs(all, nameDigit, p, r.nameDigits[p.line])
		case Secondary:
			all = runs(all, nameDigit, p, r.nameDigits[p.line])
		}
	}
	inReadingOrder(all)
	return all
}

func (r *Result) clean() bool {
	return r.markCount == 0 && r.errors == 0 && r.deviates == 0
}

// Valid reports whether the zone conforms to Doc 9303 in form and in every
// check digit; a national layout is held to its own rules. Whether the document
// has expired is no part of it. [Result.ValidOn] adds the rules that need a day.
func (r *Result) Valid() bool { return r.Readable() && r.deviates == 0 }

// Readable reports whether the characters, the shape and all check digits are
// sound, with at most deviations that documents in circulation show.
func (r *Result) Readable() bool { return r.layout != nil && r.errors == 0 }

// count keeps the tally that the verdicts come from.
func (r *Result) count(s Severity) {
	switch s {
	case Error:
		r.errors++
	case Deviation:
		r.deviates++
	}
}

// countIf counts one finding for all cells of a mask, where there are any.
func (r *Result) countIf(cells mask, s Severity) {
	if cells != 0 {
		r.count(s)
	}
}

// String returns what [Document.String] returns.
func (r Result) String() string { return r.Document.String() }

// Format prints String whatever the verb.
func (r Result) Format(s fmt.State, _ rune) { fmt.Fprint(s, r.String()) }

// LogValue logs String.
func (r Result) LogValue() slog.Value { return slog.StringValue(r.String()) }
