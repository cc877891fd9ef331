package registry

import "fmt"

// Rule names what a record breaks, as INTERPOL's service for managing SLTD
// records names it where it has the same rule.
type Rule string

// The rules.
const (
	NumberInvalid    Rule = "DIN_FORMAT_INVALID"
	NumberPresent    Rule = "DIN_ALREADY_PRESENT"
	IssuerInvalid    Rule = "ISSUING_STATE_INVALID"
	TypeInvalid      Rule = "DOCUMENT_TYPE_INVALID"
	StatusInvalid    Rule = "FRAUD_TYPE_INVALID"
	DateInvalid      Rule = "DATE_OF_THEFT_INVALID"
	DateInFuture     Rule = "DATE_OF_THEFT_IN_FUTURE"
	CountryMissing   Rule = "COUNTRY_OF_THEFT_MISSING"
	CountryInvalid   Rule = "COUNTRY_OF_THEFT_INVALID"
	LotNotAllowed    Rule = "STOLEN_BATCH_IDENTIFIER_NOT_ALLOWED"
	RetentionInvalid Rule = "RETENTION_DATE_INVALID"
	RetentionTooLong Rule = "RETENTION_DATE_EXCEEDS_PERIOD"
	FieldTooLong     Rule = "FIELD_TOO_LONG"
	FieldInvalid     Rule = "FIELD_INVALID"
	LineInvalid      Rule = "LINE_INVALID"
)

var ruleTexts = map[Rule]string{
	NumberInvalid:    "a number has 5 to 25 of A-Z and 0-9 once all else is left out",
	NumberPresent:    "this number is there already for the same class and issuing State",
	IssuerInvalid:    "an issuing State has three letters, or is D",
	TypeInvalid:      "a type is P, I, V or O, or one of the codes that the documentation lists",
	StatusInvalid:    "a status is stolen, stolen-blank, lost, revoked, invalid, or notice- and a colour",
	DateInvalid:      "a date is written 2006-01-02 or 20060102",
	DateInFuture:     "the day of a theft or loss is not in the future",
	CountryMissing:   "the country of the theft may be missing for stolen blanks alone",
	CountryInvalid:   "a country has three letters, or is D",
	LotNotAllowed:    "only stolen blanks belong to a lot",
	RetentionInvalid: "a date is written 2006-01-02 or 20060102",
	RetentionTooLong: "records are kept for 5 years, of stolen blanks for 30, of other than travel documents for 10",
	FieldTooLong:     "the field has at most 25 characters",
	FieldInvalid:     "the field has characters other than those of ASCII",
	LineInvalid:      "the line does not have the form of the file",
}

// Text explains a rule to whoever keeps the records.
func (r Rule) Text() string { return ruleTexts[r] }

// An Error says which rule a record breaks and where. It carries no value of
// the record.
type Error struct {
	Source string `json:"source"`
	Line   int    `json:"line"`
	Field  string `json:"field,omitempty"`
	Rule   Rule   `json:"rule"`
}

// Error tells place, field and rule.
func (e Error) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("%s:%d: %s: %s", e.Source, e.Line, e.Rule, e.Rule.Text())
	}
	return fmt.Sprintf("%s:%d: %s: %s: %s", e.Source, e.Line, e.Field, e.Rule, e.Rule.Text())
}
