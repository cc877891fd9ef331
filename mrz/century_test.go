package mrz_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"portcullis/mrz"
)

func TestCenturiesFollowThePolicy(t *testing.T) {
	for _, row := range readTable(t, "testdata/centuries.tbl") {
		today, err := mrz.ParseDay(row[1])
		if err != nil {
			t.Fatal(err)
		}
		ahead, _ := strconv.Atoi(row[2])
		c := mrz.Century{Today: today, Ahead: ahead}
		d := dated(t, row[0], row[0]).Document
		birth, expiry := strings.Trim(row[3], "-"), strings.Trim(row[4], "-")
		if got := c.Birth(d.BirthDate); got != birth {
			t.Errorf("%v: born %q", row, got)
		}
		if got := c.ExpiryText(d.ExpiryDate); got != expiry {
			t.Errorf("%v: expires %q", row, got)
		}
		day, ok := c.Expiry(d.ExpiryDate)
		if whole := expiry != "" && !strings.Contains(expiry, "X"); ok != whole || whole && day.String() != expiry {
			t.Errorf("%v: the last day is %v %v", row, day, ok)
		}
	}
	if got := (mrz.Century{Ahead: 7}).YearsAhead(); got != 7 {
		t.Errorf("got %d years ahead", got)
	}
}

func TestOldDocumentCodesMustHaveGone(t *testing.T) {
	c := mrz.Century{Today: mrz.Day{Year: 2030, Month: 6, Day: 1}}
	for _, row := range readTable(t, "testdata/documentcodes.tbl") {
		last, err := time.Parse(time.DateOnly, row[1])
		if err != nil {
			t.Fatal(err)
		}
		r := dated(t, "740812", last.Format("060102"))
		lines, err := mrz.Compose(mrz.TD3, mrz.Fields{Code: row[0], IssuingState: "UTO", Number: "L898902C3", Primary: "ERIKSSON",
			Nationality: "UTO", BirthDate: "740812", ExpiryDate: last.Format("060102")})
		if err != nil {
			t.Fatal(err)
		}
		r = parse(t, lines)
		if got := r.ValidOn(c); got != (row[2] == "valid") || !r.Readable() {
			t.Errorf("%v: valid %v", row, got)
		}
		found := ""
		for _, f := range r.FindingsOn(c) {
			if f.Code == mrz.SupersededCode && f.Field == mrz.DocumentCode && f.Line == 1 && f.Column == 1 && f.Length == 2 {
				found = string(f.Code)
			}
		}
		if found != strings.Trim(row[3], "- ") {
			t.Errorf("%v: found %q", row, found)
		}
		if len(r.FindingsOn(mrz.Century{})) != len(r.Findings()) {
			t.Errorf("%v: without a day the rule applies", row)
		}
	}
}

func TestOtherLayoutsHaveNoOldCodes(t *testing.T) {
	c := mrz.Century{Today: mrz.Day{Year: 2030, Month: 6, Day: 1}}
	for _, f := range []mrz.Format{mrz.TD1, mrz.TD2, mrz.MRVA, mrz.MRVB} {
		code := map[mrz.Format]string{mrz.TD1: "I", mrz.TD2: "I"}[f]
		if code == "" {
			code = "V"
		}
		lines, err := mrz.Compose(f, mrz.Fields{Code: code, IssuingState: "UTO", Number: "L898902C3", Primary: "ERIKSSON", Nationality: "UTO", BirthDate: "740812", ExpiryDate: "450101"})
		if err != nil {
			t.Fatal(err)
		}
		if r := parse(t, lines); !r.ValidOn(c) {
			t.Errorf("%s: %v", f, r.FindingsOn(c))
		}
	}
}

func TestAnExpiryNotAfterTheBirthIsTold(t *testing.T) {
	c := mrz.Century{Today: today}
	for _, row := range []struct {
		birth, expiry string
		want          bool
	}{
		{"200101", "191231", true}, {"200101", "200101", true}, {"200101", "200102", false},
		{"<<0101", "191231", false}, {"<<0101", "980101", false}, {"20<<<<", "191231", true}, {"200101", "<<<<<<", false}, {"201301", "191231", false},
	} {
		r := dated(t, row.birth, row.expiry)
		told := false
		for _, f := range r.FindingsOn(c) {
			told = told || f.Code == mrz.ExpiryBeforeBirth && f.Severity == mrz.Notice && f.Line == 2 && f.Column == 22
		}
		if told != row.want {
			t.Errorf("%+v: told %v", row, told)
		}
		if r.Valid() != r.ValidOn(c) {
			t.Errorf("%+v: a notice decides", row)
		}
	}
	if (&mrz.Result{}).ValidOn(c) || (&mrz.Result{}).FindingsOn(c) != nil {
		t.Error("the zero result has a verdict")
	}
}
