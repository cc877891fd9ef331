package mrz

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

// DigitRule is the rule under which a check digit came out as it did.
type DigitRule uint8

// The rules. All but the first are known from documents in circulation and
// are not those of Doc 9303, 8th edition.
const (
	Standard       DigitRule = iota
	FillerIncluded           // the digit of a long number counts the filler in its place, too
	FillerForZero            // a filler is printed where 0 was computed
	Excused                  // it failed, and a deviation list says that it would
)

// String returns the name of the rule, "" for the standard one.
func (r DigitRule) String() string {
	switch r {
	case FillerIncluded:
		return "filler-included"
	case FillerForZero:
		return "filler-for-zero"
	case Excused:
		return "deviation-list"
	}
	return ""
}

// A Check is a check digit and how it came out: undetermined where the digit
// or a cell it covers cannot be read. Line and Column are where the digit
// stands, from one.
type Check struct {
	Field   Field
	Outcome Outcome
	Rule    DigitRule
	Line    uint8
	Column  uint8
}
