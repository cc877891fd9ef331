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
