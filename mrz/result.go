package mrz

import (
	"fmt"
	"log/slog"
)

// Outcome is how a check digit came out.
type Outcome uint8

// The outcomes. Absent is the filler digit of a field that is empty.
const (
	Undetermined Outcome = iota
	Passed
	Failed
	Absent
)

// String returns the outcome in lower case.
func (o Outcome) String() string {
	switch o {
	case Passed:
		return "passed"
	case Failed:
		return "failed"
	case Absent:
		return "absent"
	}
	return "undetermined"
}

// A Check is a check digit and how it came out: undetermined where the digit
// or a cell it covers cannot be read. Line and Column are where the digit
// stands, from one.
type Check struct {
	Field   Field
	Outcome Outcome
	Line    int
	Column  int
}

// maxMarks is the most that the rules can find in one zone, cells in a mask
// aside: three lengths, the code, two States, two of the name, three of the
// number, two of each date, the sex, two more digits.
const maxMarks = 18

// A Result is a zone as read and judged. The zero Result is of no format and
// neither valid nor readable. It prints as its Document does.
type Result struct {
	Document Document

	format     Format // as Parse found it, whatever becomes of Document
	checks     [5]Check
	checkCount uint8

	marks     [maxMarks]mark
	markCount uint8
	errors    uint8
	deviates  uint8

	illegible  [3]mask // cells outside the set
	separators mask    // fillers too many, in the line of the name
	nameDigits mask    // digits in the name
}

// Checks returns the check digits of the format in the order number, birth
// date, expiry date, optional data, composite, as far as the format has them.
func (r *Result) Checks() []Check { return r.checks[:r.checkCount] }

// Findings returns all that is wrong or odd, in reading order.
func (r *Result) Findings() []Finding {
	if r.clean() {
		return nil
	}
	var all []Finding
	for _, m := range r.marks[:r.markCount] {
		all = append(all, m.finding())
	}
	for _, p := range layouts[r.format].parts {
		all = runs(all, badCharacter, p, r.illegible[p.line])
		if p.field == Name {
			all = runs(all, nameSeparator, p, r.separators)
			all = runs(all, nameDigit, p, r.nameDigits)
		}
	}
	inReadingOrder(all)
	return all
}

func (r *Result) clean() bool {
	return r.markCount == 0 && r.errors == 0 && r.deviates == 0
}

// Valid reports whether the zone conforms to Doc 9303 in form and in every
// check digit. Whether the document has expired is no part of it.
func (r *Result) Valid() bool { return r.Readable() && r.deviates == 0 }

// Readable reports whether the characters, the shape and all check digits are
// sound, with at most deviations that documents in circulation show.
func (r *Result) Readable() bool { return r.format != None && r.errors == 0 }

// Sound reports whether a check digit vouches for the field and passed: the
// field's own digit or, for optional data without one, the composite. No
// digit vouches for code, issuing State, name, nationality and sex.
func (r *Result) Sound(f Field) bool {
	switch f {
	case Number, BirthDate, ExpiryDate, Composite:
		return r.outcome(f) == Passed
	case OptionalData:
		own := r.outcome(OptionalData)
		return own == Passed || own != Failed && r.outcome(Composite) == Passed
	case OptionalData2:
		return r.format == TD1 && r.outcome(Composite) == Passed
	}
	return false
}

func (r *Result) outcome(f Field) Outcome {
	for _, c := range r.Checks() {
		if c.Field == f {
			return c.Outcome
		}
	}
	return Undetermined
}

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
