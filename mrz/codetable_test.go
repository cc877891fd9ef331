package mrz_test

import (
	"testing"

	"portcullis/mrz"
)

func TestCodesHaveAKind(t *testing.T) {
	for code, want := range map[string]mrz.StateKind{
		"FRA": mrz.StateCode, "D": mrz.StateCode, "D<<": mrz.StateCode, "RKS": mrz.StateCode, "GBR": mrz.StateCode,
		"EUE": mrz.OrganisationCode, "UNO": mrz.OrganisationCode, "XPO": mrz.OrganisationCode, "XMP": mrz.OrganisationCode,
		"GBD": mrz.NationalityCode, "XXA": mrz.NationalityCode, "XXX": mrz.NationalityCode,
		"ANT": mrz.WithdrawnCode, "NTZ": mrz.WithdrawnCode, "UTO": mrz.SpecimenCode, "IAO": mrz.ListCode,
		"DEU": mrz.NoState, "XXK": mrz.NoState, "": mrz.NoState, "QQQ": mrz.NoState,
	} {
		if got := mrz.KindOfState(code); got != want {
			t.Errorf("%q: got %d, want %d", code, got, want)
		}
	}
}

func TestPassportTypesHaveNames(t *testing.T) {
	for code, want := range map[string]string{
		"PP": "ordinary passport", "P<": "passport", "P": "passport", "PU": "emergency travel document on a single sheet",
		"PN": "", "V<": "", "": "",
	} {
		if got := mrz.PassportType(code); got != want {
			t.Errorf("%q: got %q, want %q", code, got, want)
		}
	}
	for day, want := range map[mrz.Day]string{mrz.CodesOfTable: "2026-01-01", mrz.CodesMandatory: "2028-01-01", mrz.OldCodesGone: "2038-01-01"} {
		if day.String() != want {
			t.Errorf("got %s, want %s", day, want)
		}
	}
	if mrz.Edition == "" {
		t.Error("the tables follow no edition")
	}
}

// kindsOf gives the words of states.tbl.
var kindsOf = map[string]mrz.StateKind{
	"State": mrz.StateCode, "organisation": mrz.OrganisationCode, "nationality": mrz.NationalityCode,
	"withdrawn": mrz.WithdrawnCode, "specimen": mrz.SpecimenCode, "list": mrz.ListCode,
}

func TestTheCodesAreThoseOfTheTableAndNoOthers(t *testing.T) {
	want := map[string]mrz.StateKind{}
	for _, row := range readTable(t, "testdata/states.tbl") {
		kind, ok := kindsOf[row[1]]
		if !ok || want[row[0]] != mrz.NoState {
			t.Errorf("%v: no kind, or a code twice", row)
		}
		want[row[0]] = kind
		name := row[2]
		if name == "-" {
			name = row[0]
		}
		if got := mrz.StateName(row[0]); got != name {
			t.Errorf("%s: got the name %q, want %q", row[0], got, name)
		}
	}
	letters := alphabet[10:]
	for _, a := range letters {
		if got := mrz.KindOfState(string(a)); got != want[string(a)] {
			t.Errorf("%c: got %d, want %d", a, got, want[string(a)])
		}
		for _, b := range letters {
			for _, c := range letters {
				code := string([]rune{a, b, c})
				if got := mrz.KindOfState(code); got != want[code] {
					t.Errorf("%s: got %d, want %d", code, got, want[code])
				}
				if mrz.KnownState(code) != (want[code] != mrz.NoState) {
					t.Errorf("%s: known %v", code, mrz.KnownState(code))
				}
			}
		}
	}
}

func TestEveryPassportTypeHasItsName(t *testing.T) {
	for code, want := range map[string]string{
		"P": "passport", "PP": "ordinary passport", "PE": "emergency passport", "PD": "diplomatic passport",
		"PO": "official or service passport", "PR": "refugee travel document", "PT": "alien's travel document",
		"PS": "stateless person's travel document", "PL": "laissez-passer", "PM": "military passport",
		"PU": "emergency travel document on a single sheet",
	} {
		if got := mrz.PassportType(code); got != want {
			t.Errorf("%s: got %q, want %q", code, got, want)
		}
	}
	listed := 0
	for _, c := range alphabet + "<" {
		code := "P" + string(c)
		r := parse(t, edit(specimen, 1, 1, code))
		if onTD3 := r.Valid(); onTD3 {
			listed++
		} else if mrz.PassportType(code) != "" && code != "PU" {
			t.Errorf("%s has a name and is not listed", code)
		}
	}
	if listed != 10 { // nine letters, and the filler
		t.Errorf("%d codes are listed", listed)
	}
}

func TestTheCodesOfPassportsChangeOnTheseDays(t *testing.T) {
	for want, day := range map[string]mrz.Day{
		"2026-01-01": mrz.CodesOfTable, "2028-01-01": mrz.CodesMandatory, "2038-01-01": mrz.OldCodesGone,
	} {
		if day.String() != want {
			t.Errorf("got %s, want %s", day, want)
		}
	}
}
