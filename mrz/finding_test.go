package mrz_test

import (
	"path/filepath"
	"strings"
	"testing"

	"portcullis/mrz"
)

func TestEveryCodeSaysInWordsWhatIsWrong(t *testing.T) {
	for _, row := range readTable(t, "testdata/findings.tbl") {
		code, text := mrz.Code(row[0]), strings.ReplaceAll(row[2], "{field}", "date of birth")
		if got := (mrz.Finding{Code: code, Field: mrz.BirthDate}).Text(); got != text {
			t.Errorf("%s: got %q, want %q", code, got, text)
		}
		if strings.Trim(row[0], "abcdefghijklmnopqrstuvwxyz-") != "" {
			t.Errorf("%s is not in kebab case", code)
		}
	}
	if got := (mrz.Finding{Code: "not-ours"}).Text(); got != "not-ours" {
		t.Errorf("a code of none: got %q", got)
	}
}

// Every finding of the vectors is one of the table, and every one of the table
// is in a vector, but for those that need a day.
func TestEveryFindingIsInAVector(t *testing.T) {
	seen := map[string]bool{string(mrz.SupersededCode): true, string(mrz.ExpiryBeforeBirth): true}
	severities := map[string]string{}
	for _, row := range readTable(t, "testdata/findings.tbl") {
		severities[row[0]] = row[1]
	}
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		for _, v := range readVectors(t, file) {
			for _, found := range v.found {
				words := strings.Fields(found)
				if seen[words[0]] = true; severities[words[0]] != words[1] {
					t.Errorf("%s: %s has severity %q in the table", v.title, found, severities[words[0]])
				}
			}
		}
	}
	for code := range severities {
		if !seen[code] {
			t.Errorf("%s is in no vector", code)
		}
	}
}

func TestFieldsHaveNamesAndWords(t *testing.T) {
	rows := readTable(t, "testdata/fields.tbl")
	for i, row := range rows {
		f := mrz.Field(i)
		if got := f.String(); got != strings.Trim(row[0], "-") {
			t.Errorf("%d: got %q, want %q", i, got, row[0])
		}
		want := "the check digit of the " + row[1] + " does not match"
		if got := (mrz.Finding{Code: mrz.WrongDigit, Field: f}).Text(); got != want {
			t.Errorf("%d: got %q, want %q", i, got, want)
		}
	}
	beyond := mrz.Field(len(rows))
	if got := (mrz.Finding{Code: mrz.WrongDigit, Field: beyond}).Text(); beyond.String() != "" || !strings.Contains(got, "of the zone does") {
		t.Errorf("beyond the fields: got %q %q", beyond, got)
	}
}

func TestAFindingNamesItsField(t *testing.T) {
	r := parse(t, edit(specimen, 2, 20, "7"))
	f := r.Findings()[0]
	if got, want := f.Text(), "the check digit of the date of birth does not match"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := f.String(), "wrong-digit birth_date 2:20"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if f.Expected != '2' {
		t.Errorf("got %q, want the digit 2", f.Expected)
	}
}

func TestWordsForPrograms(t *testing.T) {
	for got, want := range map[string]string{
		mrz.None.String(): "", mrz.TD1.String(): "TD1", mrz.MRVB.String(): "MRVB", mrz.Format(99).String(): "",
		mrz.NoField.String() + "-": "-", mrz.OptionalData2.String(): "optional_data_2", mrz.Field(99).String(): "",
		mrz.Error.String(): "error", mrz.Deviation.String(): "deviation", mrz.Notice.String(): "notice",
		mrz.Undetermined.String(): "undetermined", mrz.Absent.String(): "absent", mrz.Outcome(99).String(): "undetermined",
		mrz.Passed.String(): "passed", mrz.Failed.String(): "failed", mrz.CHEDL.String(): "CHE_DL", (mrz.SVK + 1).String(): "",
		mrz.Nothing.String(): "nothing", mrz.CharacterClass.String(): "character-class", mrz.CodeTable.String(): "code-table",
		mrz.CompositeOnly.String(): "composite-only", mrz.OwnDigit.String(): "own-digit", mrz.Evidence(99).String(): "nothing",
		mrz.FillerIncluded.String(): "filler-included", mrz.FillerForZero.String(): "filler-for-zero",
		mrz.Excused.String(): "deviation-list", mrz.DigitRule(99).String(): "",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
