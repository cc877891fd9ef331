package mrz

import "strings"

// Edition is what the tables of codes follow. It changes with them.
const Edition = "Doc 9303, 8th edition (2021), as amended to 2024"

// The days that the document codes of passports change on (Doc 9303-4 §4.4): a
// second letter printed from the first on is one of the table, from the second
// on there is one, and by the third all passports without have expired.
var (
	CodesOfTable   = Day{2026, 1, 1}
	CodesMandatory = Day{2028, 1, 1}
	OldCodesGone   = Day{2038, 1, 1}
)

// passportTypes are the document codes of passports, with what they stand for
// (Doc 9303-4 §4.4). P with a filler is of documents made before 2028.
var passportTypes = [...]struct{ code, name string }{
	{"P", "passport"},
	{"PP", "ordinary passport"},
	{"PE", "emergency passport"},
	{"PD", "diplomatic passport"},
	{"PO", "official or service passport"},
	{"PR", "refugee travel document"},
	{"PT", "alien's travel document"},
	{"PS", "stateless person's travel document"},
	{"PL", "laissez-passer"},
	{"PM", "military passport"},
	{"PU", "emergency travel document on a single sheet"}, // Doc 9303-8 §4.1.5; the zone of a TD2
}

// isPassportType tells the second cells of the document codes of a TD3.
var isPassportType = func() (table [256]bool) {
	table[Filler] = true
	for _, t := range passportTypes {
		if len(t.code) == 2 && t.code != "PU" {
			table[t.code[1]] = true
		}
	}
	return table
}()

// PassportType says in English what the document code of a passport stands
// for, "" where Doc 9303 does not list it.
func PassportType(code string) string {
	code = strings.TrimRight(code, string(Filler))
	for _, t := range passportTypes {
		if t.code == code {
			return t.name
		}
	}
	return ""
}

// StateKind is what a code for an issuing State or a nationality stands for.
type StateKind uint8

// The kinds. The zero value is a code that Doc 9303-3 §5 does not list.
const (
	NoState          StateKind = iota
	StateCode                  // a State, or a territory of ISO 3166-1
	OrganisationCode           // one that issues documents
	NationalityCode            // a kind of nationality that is none of a State
	WithdrawnCode              // a State or zone that is no more
	SpecimenCode               // Utopia
	ListCode                   // stands in master lists only, on no document
)

// otherKinds are the codes that stand for no State.
var otherKinds = map[string]StateKind{
	"GBD": NationalityCode, "GBN": NationalityCode, "GBO": NationalityCode, "GBP": NationalityCode, "GBS": NationalityCode,
	"XXA": NationalityCode, "XXB": NationalityCode, "XXC": NationalityCode, "XXX": NationalityCode, "UNK": NationalityCode,
	"EUE": OrganisationCode, "UNO": OrganisationCode, "UNA": OrganisationCode, "XBA": OrganisationCode, "XIM": OrganisationCode,
	"XCC": OrganisationCode, "XCE": OrganisationCode, "XCO": OrganisationCode, "XEC": OrganisationCode, "XPO": OrganisationCode,
	"XES": OrganisationCode, "XMP": OrganisationCode, "XOM": OrganisationCode, "XDC": OrganisationCode,
	"ANT": WithdrawnCode, "NTZ": WithdrawnCode, specimen: SpecimenCode, "IAO": ListCode,
}

// KindOfState returns what a code stands for, with or without the fillers
// after it.
func KindOfState(code string) StateKind {
	code = strings.TrimRight(code, string(Filler))
	switch kind, other := otherKinds[code]; {
	case !KnownState(code):
		return NoState
	case other:
		return kind
	}
	return StateCode
}
