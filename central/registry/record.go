package registry

import (
	"fmt"
	"log/slog"
)

// A Record is a record as files and interfaces hold it, unchecked. Dates are
// written 2006-01-02 or 20060102; what is not known is empty.
type Record struct {
	Number         string `json:"number"`                    // of the document, in any spelling
	IssuingState   string `json:"issuing_state"`             // three letters, or D
	Type           string `json:"type"`                      // P, I, V or O, or a code such as PAS
	Status         string `json:"status"`                    // stolen, lost, stolen-blank, ...
	Date           string `json:"date,omitempty"`            // of the theft or loss
	Country        string `json:"country,omitempty"`         // of the theft or loss; may be missing for blanks alone
	Reference      string `json:"reference,omitempty"`       // of the reporting authority
	NCBReference   string `json:"ncb_reference,omitempty"`   // of the National Central Bureau; no list carries it
	Lot            string `json:"lot,omitempty"`             // that a stolen blank belongs to
	Info           string `json:"info,omitempty"`            // more that is of no person; no list carries it
	Issued         string `json:"issued,omitempty"`          // the day on which the document was issued; not of blanks
	DocumentExpiry string `json:"document_expiry,omitempty"` // the day until which the document was valid; not of blanks
	Expires        string `json:"expires,omitempty"`         // the last day on which the record may be kept
	Owner          string `json:"owner,omitempty"`           // authority whose record it is; the issuing State's when empty
}

// columns are the fields by the names that files have for them.
var columns = map[string]func(*Record) *string{
	"number":          func(r *Record) *string { return &r.Number },
	"issuing_state":   func(r *Record) *string { return &r.IssuingState },
	"type":            func(r *Record) *string { return &r.Type },
	"status":          func(r *Record) *string { return &r.Status },
	"date":            func(r *Record) *string { return &r.Date },
	"country":         func(r *Record) *string { return &r.Country },
	"reference":       func(r *Record) *string { return &r.Reference },
	"ncb_reference":   func(r *Record) *string { return &r.NCBReference },
	"lot":             func(r *Record) *string { return &r.Lot },
	"info":            func(r *Record) *string { return &r.Info },
	"issued":          func(r *Record) *string { return &r.Issued },
	"document_expiry": func(r *Record) *string { return &r.DocumentExpiry },
	"expires":         func(r *Record) *string { return &r.Expires },
	"owner":           func(r *Record) *string { return &r.Owner },
}

// Identity returns what names the record.
func (r Record) Identity() Identity {
	return Identity{Owner: r.Owner, Number: r.Number, Type: r.Type, IssuingState: r.IssuingState}
}

// Format prints the type and the issuing State, and no more, under every verb.
func (r Record) Format(f fmt.State, _ rune) { fmt.Fprint(f, r.Type, " ", r.IssuingState) }

// LogValue implements slog.LogValuer.
func (r Record) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(r)) }

// An Identity names a record among those of its owner. A class letter as the
// type stands for all types of the class.
type Identity struct {
	Owner        string // the issuing State's authority when empty
	Number       string
	Type         string
	IssuingState string
}

// Format prints the type and the issuing State, and no more, under every verb.
func (id Identity) Format(f fmt.State, _ rune) { fmt.Fprint(f, id.Type, " ", id.IssuingState) }

// LogValue implements slog.LogValuer.
func (id Identity) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(id)) }
