package report_test

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"portcullis/mrz"
	"portcullis/mrz/report"
)

var today = mrz.Day{Year: 2026, Month: 11, Day: 22}

var update = flag.Bool("update", false, "write the files in testdata anew")

func of(lines ...string) report.Report {
	r, err := mrz.Parse(lines)
	return report.Of(r, err, mrz.Century{Today: today})
}

// The file is what a script that reads the output of "portcullis mrz" relies on.
func TestReportsAsJSON(t *testing.T) {
	for name, lines := range map[string][]string{
		"specimen": {"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"},
		"wrong":    {"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO74<<<<6X<<<<<<<ZE184226*<<<<<10"},
		"nothing":  {"HELLO"},
	} {
		got, err := json.MarshalIndent(of(lines...), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		file := "testdata/" + name + ".json"
		if *update {
			if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got)+"\n" != string(want) {
			t.Errorf("%s:\ngot\n%s\nwant\n%s", name, got, want)
		}
	}
}

func TestADocumentIsValidOnItsLastDay(t *testing.T) {
	for expiry, want := range map[string]bool{"261121": true, "261122": false, "261123": false, "<<<<<<": false} {
		lines, err := mrz.Compose(mrz.TD3, mrz.Fields{Code: "P", IssuingState: "UTO", Number: "L898902C3", Primary: "ERIKSSON",
			Nationality: "UTO", BirthDate: "740812", Sex: "F", ExpiryDate: expiry})
		if err != nil {
			t.Fatal(err)
		}
		rep := of(lines...)
		if got := has(rep, report.Expired); got != want {
			t.Errorf("%s: expired %v, want %v", expiry, got, want)
		}
		if want && !rep.Valid {
			t.Errorf("%s: expiry makes the zone invalid", expiry)
		}
	}
}

func TestAnExpiryDateThatIsNotSoundExpiresNothing(t *testing.T) {
	rep := of("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204158ZE184226B<<<<<10")
	if has(rep, report.Expired) || !has(rep, "wrong-digit") {
		t.Errorf("got %v", rep.Problems)
	}
}

func TestBadCharactersEncodeAsJSON(t *testing.T) {
	rep := of("P<UTO\xff\x00IKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
	got, err := json.Marshal(rep)
	if err != nil || !strings.Contains(string(got), `"primary":"??IKSSON"`) {
		t.Errorf("got %s %v", got, err)
	}
}

func has(rep report.Report, code string) bool {
	for _, p := range rep.Problems {
		if p.Code == code {
			return true
		}
	}
	return false
}
