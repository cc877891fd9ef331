package registry

import (
	"fmt"
	"strings"
)

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

	OwnerInvalid         Rule = "OWNER_INVALID"
	OwnerNotOfLoad       Rule = "OWNER_NOT_OF_THE_LOAD"
	NotFound             Rule = "RECORD_NOT_FOUND"
	StatusNotUpdatable   Rule = "FRAUD_TYPE_NOT_UPDATABLE"
	IssueInvalid         Rule = "DATE_OF_ISSUE_INVALID"
	IssueInFuture        Rule = "DATE_OF_ISSUE_IN_FUTURE"
	IssueNotAllowed      Rule = "DATE_OF_ISSUE_NOT_ALLOWED"
	ExpiryInvalid        Rule = "DATE_OF_EXPIRY_INVALID"
	ExpiryNotAllowed     Rule = "DATE_OF_EXPIRY_NOT_ALLOWED"
	ExpiryBeforeIssue    Rule = "DATE_OF_EXPIRY_BEFORE_ISSUE"
	RetentionInPast      Rule = "RETENTION_DATE_IN_PAST"
	RetentionMissing     Rule = "RETENTION_DATE_MISSING"
	ExtensionUnexplained Rule = "EXTENSION_REASON_MISSING"
	ExtensionInvalid     Rule = "EXTENSION_REASON_INVALID"
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
	FieldTooLong:     "the field has at most 25 characters, additional information 40",
	FieldInvalid:     "the field has characters other than those of ASCII",
	LineInvalid:      "the line does not have the form of the file",

	OwnerInvalid:         "an owner is a code of 1 to 12 of A-Z, 0-9 and -",
	OwnerNotOfLoad:       "the load replaces the records of another owner",
	NotFound:             "the owner has no such record",
	StatusNotUpdatable:   "the status of a record never changes: withdraw it and add another",
	IssueInvalid:         "a date is written 2006-01-02 or 20060102",
	IssueInFuture:        "the day of issue is not in the future",
	IssueNotAllowed:      "a blank was never issued",
	ExpiryInvalid:        "a date is written 2006-01-02 or 20060102",
	ExpiryNotAllowed:     "a blank was never valid",
	ExpiryBeforeIssue:    "a document is not valid until before its issue",
	RetentionInPast:      "the last day on which a record may be kept is not in the past",
	RetentionMissing:     "say until when the record may be kept",
	ExtensionUnexplained: "only for a reason is a record kept longer than was said: PURPOSE_NOT_ACHIEVED",
	ExtensionInvalid:     "the one reason for keeping a record longer is PURPOSE_NOT_ACHIEVED",
}

// Error implements error: what a registry refuses unwraps to its rules.
func (r Rule) Error() string { return string(r) }

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

// Error tells place, field and rule, as far as there are any.
func (e Error) Error() string {
	text := fmt.Sprintf("%s: %s", e.Rule, e.Rule.Text())
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if e.Source != "" {
		text = fmt.Sprintf("%s:%d: %s", e.Source, e.Line, text)
	}
	return text
}

// Refused is why a registry does not do what it was asked to: every rule that
// is broken. It unwraps to these rules.
type Refused []Error

// Error names the rules.
func (r Refused) Error() string {
	texts := make([]string, len(r))
	for i, e := range r {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns the rules, for errors.Is.
func (r Refused) Unwrap() []error {
	rules := make([]error, len(r))
	for i, e := range r {
		rules[i] = e.Rule
	}
	return rules
}

// refuse is the refusal by one rule.
func refuse(field string, rule Rule) error { return Refused{{Field: field, Rule: rule}} }
