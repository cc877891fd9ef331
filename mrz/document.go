package mrz

import "log/slog"

// A Document is what a machine readable zone says, field by field. It is what
// was read, not what was verified: [Result.Sound] says which fields a check
// digit vouches for. A Document prints as "P UTO".
type Document struct {
	Format        Format
	Code          Text // P, I, V ... and a letter for the kind
	IssuingState  Text // issuing State or organisation
	Number        Text // document number, whole where it is a long one
	Primary       Text // primary identifier, the surname as a rule
	Secondary     Text // secondary identifier, the given names as a rule
	Nationality   Text
	BirthDate     Date
	Sex           Text // F, M or empty for unspecified
	ExpiryDate    Date
	OptionalData  Text
	OptionalData2 Text // TD1 only: the optional data of the middle line

	// NameTruncated says that the name field ends in a letter, so that some of
	// the name may have been left out (Doc 9303 parts 4 to 7).
	NameTruncated bool
}

// Class returns the class of the document in the words of INTERPOL's lists:
// 'P' for a passport, 'I' for an identity document, 'V' for a visa and 'O' for
// any other, a code that cannot be read included.
func (d Document) Class() byte {
	if d.Code.shape.first() == 0 {
		return 'O'
	}
	switch d.Code.Printed()[0] {
	case 'P':
		return 'P'
	case 'A', 'C', 'I':
		return 'I'
	case 'V':
		return 'V'
	}
	return 'O'
}

// String returns the document code and the issuing State, each as ? where it
// is none that Doc 9303 lists: in a zone whose lines were swapped other data
// stands in those cells.
func (d Document) String() string {
	code, state := d.Code.Value(), d.IssuingState.Value()
	if d.Class() == 'O' || len(code) == 2 && kinds[code[1]] != letter {
		code = "?"
	}
	if !KnownState(state) {
		state = "?"
	}
	return code + " " + state
}

// GoString returns String, for %#v.
func (d Document) GoString() string { return d.String() }

// LogValue logs String.
func (d Document) LogValue() slog.Value { return slog.StringValue(d.String()) }
