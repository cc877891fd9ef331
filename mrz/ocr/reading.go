package ocr

import (
	"fmt"
	"log/slog"

	"portcullis/mrz"
)

// Outcome is how a repair came out. The zero value is the worst.
type Outcome uint8

// The outcomes.
const (
	None      Outcome = iota // no repair within reach makes the zone readable
	Ambiguous                // there are two that are as good as each other
	Unique                   // there is one that is better than all others
	NotNeeded                // the zone is readable as it is
)

// String returns the outcome in lower case, as in "not-needed".
func (o Outcome) String() string {
	switch o {
	case Ambiguous:
		return "ambiguous"
	case Unique:
		return "unique"
	case NotNeeded:
		return "not-needed"
	}
	return "none"
}

// An Edit is a cell that was changed. Line and Column count from one and are
// those of the repaired zone. Read is 0 for a filler that was put in, and Means
// is 0 for a cell that was taken out. It prints without either.
type Edit struct {
	Line, Column int
	Read, Means  byte
	Field        mrz.Field
}

// String returns the field and the place.
func (e Edit) String() string { return fmt.Sprintf("edit %s %d:%d", e.Field, e.Line, e.Column) }

// Format prints String whatever the verb.
func (e Edit) Format(s fmt.State, _ rune) { fmt.Fprint(s, e.String()) }

// LogValue logs String.
func (e Edit) LogValue() slog.Value { return slog.StringValue(e.String()) }

// MarshalText writes String, for encoders that a log may use.
func (e Edit) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// A Doubt is a cell that may be another character without any check digit
// telling: alone, or only together with another cell of the list. It prints
// without the character.
type Doubt struct {
	Line, Column int
	CouldBe      byte
	Paired       bool
}

// String returns the place.
func (d Doubt) String() string { return fmt.Sprintf("doubt %d:%d", d.Line, d.Column) }

// Format prints String whatever the verb.
func (d Doubt) Format(s fmt.State, _ rune) { fmt.Fprint(s, d.String()) }

// LogValue logs String.
func (d Doubt) LogValue() slog.Value { return slog.StringValue(d.String()) }

// MarshalText writes String, for encoders that a log may use.
func (d Doubt) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// A Step is something that was done to the lines as a whole.
type Step string

// The steps.
const (
	Decoded  Step = "decoded"           // entities, guillemets, blanks, small letters
	Stripped Step = "stripped"          // characters outside the set, as between lines
	Cut      Step = "cut"               // lines that were joined, or broken elsewhere
	Swapped  Step = "swapped"           // lines in another order
	Undouble Step = "doubled"           // a line that stood twice
	Refilled Step = "filler-run-length" // fillers lost from a run, or added to one
)

// A Reading is a zone as it was read or repaired. Lines are the repaired ones
// where Outcome is Unique, and as they came otherwise; Result is theirs, and
// the zero Result when they have the shape of no zone. It prints as its Result
// does.
type Reading struct {
	Outcome Outcome
	Lines   []string
	Result  mrz.Result
	Edits   []Edit
	Steps   []Step
	Doubts  []Doubt
}

// Verified reports whether all that check digits can say speaks for the
// reading: nothing was repaired, and there is no cell that may be another.
func (r *Reading) Verified() bool { return r.Outcome == NotNeeded && len(r.Doubts) == 0 }

// String returns the outcome and what the Result prints as.
func (r Reading) String() string { return r.Outcome.String() + " " + r.Result.String() }

// Format prints String whatever the verb.
func (r Reading) Format(s fmt.State, _ rune) { fmt.Fprint(s, r.String()) }

// LogValue logs String.
func (r Reading) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalText writes String, for encoders that a log may use.
func (r Reading) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
