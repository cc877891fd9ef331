package viz

import (
	"fmt"
	"log/slog"
	"strings"

	"portcullis/mrz"
)

// Fields are the fields of a document as the visual zone has them: names in
// national letters, dates as 1974-08-12 with XX for what is unknown of a birth
// date, sex F, M or X, States as codes. A sex, a secondary identifier and
// optional data may be empty.
type Fields struct {
	Code, IssuingState, Number    string
	Primary, Secondary            string
	Nationality, BirthDate        string
	Sex, ExpiryDate, OptionalData string
	OptionalData2                 string // TD1 only
}

// String says that they are fields and no more.
func (Fields) String() string { return "[fields]" }

// GoString returns String, for %#v.
func (v Fields) GoString() string { return v.String() }

// Format prints String whatever the verb.
func (v Fields) Format(s fmt.State, _ rune) { fmt.Fprint(s, v.String()) }

// LogValue logs String.
func (v Fields) LogValue() slog.Value { return slog.StringValue(v.String()) }

// MarshalText returns String, so that fields inside of what is logged as JSON
// do not show.
func (v Fields) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Options are what the issuer chose and how strictly to compare. The zero value
// is any language, [Initials], and no lookalikes.
type Options struct {
	Language   Language   // of the name
	Truncation Truncation // how a name is cut that is too long
	LookAlikes bool       // in Compare: let O pass for 0, as after character recognition
}

// An Error says which field the zone cannot have, and by which rule. It holds
// no value of the field, so it may be logged.
type Error struct {
	Field mrz.Field
	Rule  string
}

// Error returns the field and the rule.
func (e *Error) Error() string {
	name := strings.ReplaceAll(e.Field.String(), "_", " ")
	if name == "" {
		name = "zone"
	}
	return name + ": " + e.Rule
}

// room is how many cells a layout has for what may be too long.
type room struct {
	name, optional, optional2 int
	longNumbers               bool // may run over into the optional data
}

// principal is how many cells a document number has in all layouts.
const principal = 9

// rooms are from the tables of Doc 9303 parts 4 to 7.
var rooms = [...]room{
	mrz.TD1:  {name: 30, optional: 15, optional2: 11, longNumbers: true},
	mrz.TD2:  {name: 31, optional: 7, longNumbers: true},
	mrz.TD3:  {name: 39, optional: 14},
	mrz.MRVA: {name: 39, optional: 16},
	mrz.MRVB: {name: 31, optional: 8},
}

// roomOf returns the room of a layout, none for an unknown one.
func roomOf(f mrz.Format) room {
	if int(f) < len(rooms) {
		return rooms[f]
	}
	return room{}
}
