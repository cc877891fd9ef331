package mrz_test

import (
	"testing"

	"portcullis/mrz"
)

func TestStatesOfDoc9303(t *testing.T) {
	for code, want := range map[string]bool{
		"UTO": true, "FRA": true, "D": true, "D<<": true, "GBD": true, "RKS": true, "EUE": true, "UNO": true,
		"XOM": true, "XXA": true, "XMP": true, "ANT": true, "ABW": true, "ZWE": true, "IAO": true,
		"DEU": false, "XKX": false, "XXK": false, "XCT": false, "YUG": false, "": false, "<<<": false,
		"UT": false, "UTOX": false, "uto": false, "UT0": false, "E": false, "<D<": false, "UTO~": false,
	} {
		if got := mrz.KnownState(code); got != want {
			t.Errorf("%q: got %v, want %v", code, got, want)
		}
	}
}

// Parse and KnownState have each its own way to look a code up.
func TestEveryCodeIsJudgedAsKnownStateSays(t *testing.T) {
	cells := "<0" + alphabet[10:]
	known := 0
	for _, a := range cells {
		for _, b := range cells {
			for _, c := range cells {
				code := string([]rune{a, b, c})
				r := parse(t, edit(specimen, 1, 3, code))
				if unlisted := has(&r, mrz.UnlistedState, 1, 3); unlisted == mrz.KnownState(code) {
					t.Fatalf("%s: unlisted %v", code, unlisted)
				} else if !unlisted {
					known++
				}
			}
		}
	}
	if const9303 := 248 + 30; known != const9303 { // ISO 3166-1 without DEU, and the codes that Doc 9303 adds
		t.Errorf("got %d codes, want %d", known, const9303)
	}
}

func TestNamesOfStates(t *testing.T) {
	for code, want := range map[string]string{
		"UTO": "Utopia", "D": "Germany", "D<<": "Germany", "DEU": "Germany", "FRA": "France",
		"QQQ": "QQQ", "": "", "FRA~": "FRA~", "UT<": "UT", "IAO": "IAO",
	} {
		if got := mrz.StateName(code); got != want {
			t.Errorf("%q: got %q, want %q", code, got, want)
		}
	}
	if !mrz.IsSpecimen("UTO") || !mrz.IsSpecimen("UTO<") || mrz.IsSpecimen("UTO~") || mrz.IsSpecimen("FRA") {
		t.Error("specimens are of UTO alone")
	}
}
