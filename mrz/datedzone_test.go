package mrz_test

import (
	"slices"
	"strings"
	"testing"

	"portcullis/mrz"
)

// late is a day on which the code of before 2028 is to be asked about.
var late = mrz.Century{Today: mrz.Day{Year: 2030, Month: 6, Day: 1}}

func codesOf(all []mrz.Finding) (codes []mrz.Code) {
	for _, f := range all {
		codes = append(codes, f.Code)
	}
	return codes
}

// composed returns a passport of a code, with dates, its digits in order.
func composed(t *testing.T, code, birth, expiry string) []string {
	t.Helper()
	lines, err := mrz.Compose(mrz.TD3, mrz.Fields{Code: code, IssuingState: "UTO", Number: "L898902C3", Primary: "ERIKSSON",
		Nationality: "UTO", BirthDate: birth, Sex: "F", ExpiryDate: expiry})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestWhatADayAddsStandsInReadingOrder(t *testing.T) {
	lines := edit(edit(composed(t, "P", "200101", "400101"), 1, 3, "QQQ"), 2, 44, "X")
	r := parse(t, lines)
	c := mrz.Century{Today: mrz.Day{Year: 2130, Month: 6, Day: 1}, Ahead: 5} // born in 2120, expired in 2040
	got := codesOf(r.FindingsOn(c))
	want := []mrz.Code{mrz.SupersededCode, mrz.UnlistedState, mrz.ExpiryBeforeBirth, mrz.WrongDigit}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := codesOf(r.Findings()); !slices.Equal(got, []mrz.Code{mrz.UnlistedState, mrz.WrongDigit}) {
		t.Errorf("Findings, asked after FindingsOn: got %v", got)
	}
}

func TestBothThatADayAddsAreTold(t *testing.T) {
	c := mrz.Century{Today: mrz.Day{Year: 2139, Month: 6, Day: 1}} // both dates are 2139-01-01
	r := parse(t, composed(t, "P", "390101", "390101"))
	if got := codesOf(r.FindingsOn(c)); !slices.Equal(got, []mrz.Code{mrz.SupersededCode, mrz.ExpiryBeforeBirth}) {
		t.Errorf("got %v", got)
	}
	if r.ValidOn(c) || !r.Valid() || !r.Readable() {
		t.Error("a superseded code leaves it valid in form, and not on that day")
	}
}

func TestAnOldCodeIsADeviationOnTheDayAlone(t *testing.T) {
	r := parse(t, composed(t, "P", "740812", "380101"))
	all := r.FindingsOn(late)
	if len(all) != 1 || all[0].Severity != mrz.Deviation || all[0].Field != mrz.DocumentCode || all[0].Line != 1 || all[0].Column != 1 || all[0].Length != 2 || all[0].Expected != 0 {
		t.Fatalf("got %v", all)
	}
	if !r.Valid() || r.ValidOn(late) || !r.ValidOn(mrz.Century{}) || len(r.Findings()) != 0 {
		t.Error("the day decides about the code, and only it")
	}
	if before := (mrz.Century{Today: mrz.Day{Year: 1985, Month: 1, Day: 1}}); !r.ValidOn(before) { // 1938
		t.Error("an expiry of the last century is taken for one of this")
	}
}

func TestAZoneThatIsNotValidIsValidOnNoDay(t *testing.T) {
	for _, lines := range [][]string{edit(specimen, 2, 44, "1"), edit(specimen, 1, 3, "QQQ")} {
		r := parse(t, lines)
		if r.ValidOn(mrz.Century{Today: today}) || r.ValidOn(mrz.Century{}) {
			t.Error("valid")
		}
	}
}

func TestTheNoticeOfAnExpiryBeforeTheBirthStandsAtTheExpiry(t *testing.T) {
	zones := map[mrz.Format][2]int{mrz.TD1: {2, 9}, mrz.TD2: {2, 22}, mrz.TD3: {2, 22}, mrz.MRVA: {2, 22}, mrz.MRVB: {2, 22}}
	for f, at := range zones {
		code := map[mrz.Format]string{mrz.TD3: "PP", mrz.MRVA: "V", mrz.MRVB: "V"}[f]
		if code == "" {
			code = "I"
		}
		lines, err := mrz.Compose(f, mrz.Fields{Code: code, IssuingState: "UTO", Number: "L898902C3", Primary: "ERIKSSON",
			Nationality: "UTO", BirthDate: "200102", Sex: "F", ExpiryDate: "200101"})
		if err != nil {
			t.Fatal(err)
		}
		r := parse(t, lines)
		all := r.FindingsOn(mrz.Century{Today: today})
		if len(all) != 1 || all[0].Code != mrz.ExpiryBeforeBirth || all[0].Field != mrz.ExpiryDate ||
			all[0].Line != at[0] || all[0].Column != at[1] || all[0].Length != 6 || all[0].Expected != 0 {
			t.Errorf("%s: got %v", f, all)
		}
	}
}

// A forced passport may have too few cells for a document code.
func TestACodeOfTooFewCellsIsNotAskedAbout(t *testing.T) {
	lines := composed(t, "P", "740812", "450101")
	for _, first := range []string{"", "P", "P<", lines[0]} {
		r, err := mrz.ParseAs(mrz.TD3, []string{first, lines[1]})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(codesOf(r.FindingsOn(late)), mrz.SupersededCode); got != strings.HasPrefix(first, "P<") {
			t.Errorf("%d cells: superseded %v", len(first), got)
		}
	}
}

func TestYearsAheadAreOfOneToNinetyNine(t *testing.T) {
	for ahead, want := range map[int]int{-1: 50, 0: 50, 1: 1, 2: 2, 50: 50, 98: 98, 99: 99, 100: 50, 1000: 50} {
		if got := (mrz.Century{Ahead: ahead}).YearsAhead(); got != want {
			t.Errorf("%d: got %d, want %d", ahead, got, want)
		}
	}
}
