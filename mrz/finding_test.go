package mrz_test

import (
	"strings"
	"testing"

	"portcullis/mrz"
)

func TestEveryCodeSaysInWordsWhatIsWrong(t *testing.T) {
	for _, code := range []mrz.Code{
		mrz.BadCharacter, mrz.WrongLength, mrz.WrongDigit, mrz.DateNotDigits, mrz.ImpossibleDate, mrz.BadSex,
		mrz.EmptyName, mrz.MalformedNumber, mrz.SexX, mrz.UnlistedState, mrz.UnlistedCode, mrz.DigitOverFiller,
		mrz.FillerAsZero, mrz.FilledExpiry, mrz.HalfUnknownDate, mrz.EmptyNumber, mrz.NumberLeading,
		mrz.UnterminatedNumber, mrz.NoPrimary, mrz.NameLeading, mrz.NameSeparator, mrz.NameDigit, mrz.NameTruncated,
	} {
		text := mrz.Finding{Code: code, Field: mrz.BirthDate}.Text()
		if text == string(code) || strings.ContainsAny(text, "{}") || !strings.Contains(text, " ") {
			t.Errorf("%s: %q", code, text)
		}
		if strings.Trim(string(code), "abcdefghijklmnopqrstuvwxyz-") != "" {
			t.Errorf("%s is not in kebab case", code)
		}
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
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
