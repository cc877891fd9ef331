// Package chip opens the chip of a travel document with what the machine
// readable zone says: the MRZ_information that Basic Access Control and PACE
// start from, other forms of it for a chip that refuses the first, and the keys
// of Basic Access Control (Doc 9303-11).
//
// MRZ_information is the document number with its check digit, the date of
// birth with its and the date of expiry with its, all as printed:
//
//	L898902C<3 6908061 9406236        written without the blanks
//
// A chip that opens is better evidence for a reading than any check digit. All
// that this package returns is a key to personal data, and prints as nothing.
// It keeps out the protocols with the chip.
package chip

import (
	"fmt"
	"log/slog"

	"portcullis/mrz"
)

// Information is an MRZ_information. However it is printed it shows nothing;
// [Information.Value] gives the characters.
type Information struct{ cells []byte }

// Of returns the MRZ_information of a zone from the cells as printed, whether
// their check digits fit or not. It is false where the layout does not have
// them all, or one cannot be read.
func Of(r *mrz.Result) (Information, bool) {
	p, ok := partsOf(r)
	if !ok {
		return Information{}, false
	}
	return p.join(), true
}

// Value returns the characters.
func (i Information) Value() string { return string(i.cells) }

// Wipe overwrites the characters.
func (i Information) Wipe() { clear(i.cells) }

// String says what it is and no more.
func (Information) String() string { return "[MRZ_information]" }

// Format prints String whatever the verb.
func (i Information) Format(s fmt.State, _ rune) { fmt.Fprint(s, i.String()) }

// LogValue logs String.
func (i Information) LogValue() slog.Value { return slog.StringValue(i.String()) }

// MarshalText writes String, for encoders that a log may use.
func (i Information) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// parts are what an MRZ_information is made of.
type parts struct {
	number      string // nine cells, or all of a long number
	digit       byte
	birth       string
	birthDigit  byte
	expiry      string
	expiryDigit byte
}

func partsOf(r *mrz.Result) (p parts, ok bool) {
	d := &r.Document
	p.number, p.birth, p.expiry = d.Number.Printed(), d.BirthDate.Printed(), d.ExpiryDate.Printed()
	if d.Format.National() || len(p.number) < principal || len(p.birth) != 6 || len(p.expiry) != 6 {
		return p, false
	}
	for f, to := range map[mrz.Field]*byte{mrz.Number: &p.digit, mrz.BirthDate: &p.birthDigit, mrz.ExpiryDate: &p.expiryDigit} {
		if *to, ok = r.PrintedDigit(f); !ok {
			return p, false
		}
	}
	_, ok = mrz.CheckDigit(string(p.join().cells))
	return p, ok
}

func (p parts) join() Information {
	cells := make([]byte, 0, len(p.number)+15)
	cells = append(append(cells, p.number...), p.digit)
	cells = append(append(cells, p.birth...), p.birthDigit)
	return Information{append(append(cells, p.expiry...), p.expiryDigit)}
}
