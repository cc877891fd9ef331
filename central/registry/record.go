package registry

import (
	"fmt"
	"log/slog"
)

// A Record is a record as files and interfaces hold it, unchecked. Dates are
// written 2006-01-02 or 20060102; what is not known is empty.
type Record struct {
	Number       string `json:"number"`              // of the document, in any spelling
	IssuingState string `json:"issuing_state"`       // three letters, or D
	Type         string `json:"type"`                // P, I, V or O, or a code such as PAS
	Status       string `json:"status"`              // stolen, lost, stolen-blank, ...
	Date         string `json:"date,omitempty"`      // of the theft or loss
	Country      string `json:"country,omitempty"`   // of the theft or loss; may be missing for blanks alone
	Reference    string `json:"reference,omitempty"` // of the reporting authority
	Lot          string `json:"lot,omitempty"`       // that a stolen blank belongs to
	Expires      string `json:"expires,omitempty"`   // the last day on which the record may be kept
}

// columns are the fields by the names that files have for them.
func (r *Record) columns() map[string]*string {
	return map[string]*string{
		"number": &r.Number, "issuing_state": &r.IssuingState, "type": &r.Type, "status": &r.Status, "date": &r.Date,
		"country": &r.Country, "reference": &r.Reference, "lot": &r.Lot, "expires": &r.Expires,
	}
}

// Format prints the type and the issuing State, and no more, under every verb.
func (r Record) Format(f fmt.State, _ rune) { fmt.Fprint(f, r.Type, " ", r.IssuingState) }

// LogValue implements slog.LogValuer.
func (r Record) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(r)) }
