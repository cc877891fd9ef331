package registry

import (
	"strings"

	"portcullis/cache/list"
)

// types are the document types of INTERPOL's tables that a reader can meet, and
// the class under which a reader looks each up. A crew member certificate is an
// identity document here because its MRZ, which begins with AC (Doc 9303-5),
// reads as one.
var types = map[string]list.Class{
	"PAS": list.Passport, // passport
	"NAP": list.Passport, // national passport
	"DIP": list.Passport, // diplomatic
	"OFP": list.Passport, // official
	"SEP": list.Passport, // service
	"SPP": list.Passport, // special
	"EMP": list.Passport, // emergency passport
	"EMD": list.Passport, // emergency document
	"EMC": list.Passport, // emergency certificate
	"ALP": list.Passport, // alien's
	"RFP": list.Passport, // refugee
	"TTD": list.Passport, // temporary
	"TLP": list.Passport, // in lieu of a passport
	"CLP": list.Passport, // collective
	"IDC": list.Identity, // identity card
	"NID": list.Identity, // national identity number
	"RES": list.Identity, // residence permits
	"PRP": list.Identity,
	"TRP": list.Identity,
	"CMC": list.Identity, // crew member certificate
	"VSA": list.Visa,     // visa
	"TDS": list.Visa,     // transit visa
	"SIB": list.Other,    // seaman's book
	"DRV": list.Other,    // driving licence
}

// classOf returns the class of a type code or class letter.
func classOf(code string) (list.Class, bool) {
	code = strings.ToUpper(strings.TrimSpace(code))
	if class, known := types[code]; known {
		return class, true
	}
	class, err := list.ParseClass(code)
	return class, err == nil
}
