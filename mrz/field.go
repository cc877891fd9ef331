package mrz

// Field is a data element of the zone.
type Field uint8

// The fields, named as in Doc 9303. The zero value stands for the zone as a
// whole. Name is the name field before it is split into its identifiers.
const (
	NoField Field = iota
	DocumentCode
	IssuingState
	Number
	Primary
	Secondary
	Nationality
	BirthDate
	Sex
	ExpiryDate
	OptionalData
	OptionalData2
	Composite
	Name
)

// fieldNames gives the name of each field for programs and for people.
var fieldNames = [...]struct{ name, words string }{
	NoField:       {"", "zone"},
	DocumentCode:  {"code", "document code"},
	IssuingState:  {"issuing_state", "issuing State"},
	Number:        {"number", "document number"},
	Primary:       {"primary", "primary identifier"},
	Secondary:     {"secondary", "secondary identifier"},
	Nationality:   {"nationality", "nationality"},
	BirthDate:     {"birth_date", "date of birth"},
	Sex:           {"sex", "sex"},
	ExpiryDate:    {"expiry_date", "date of expiry"},
	OptionalData:  {"optional_data", "optional data"},
	OptionalData2: {"optional_data_2", "second optional data"},
	Composite:     {"composite", "whole zone (composite)"},
	Name:          {"name", "name"},
}

// String returns the name of the field as files and interfaces write it, such
// as "birth_date"; "" for NoField.
func (f Field) String() string {
	if int(f) < len(fieldNames) {
		return fieldNames[f].name
	}
	return ""
}

// words returns the field as a sentence speaks of it.
func (f Field) words() string {
	if int(f) < len(fieldNames) {
		return fieldNames[f].words
	}
	return fieldNames[NoField].words
}
