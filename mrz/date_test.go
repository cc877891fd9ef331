package mrz_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portcullis/mrz"
)

// dated returns a passport with a date of birth and one of expiry, digits and
// all.
func dated(t testing.TB, birth, expiry string) mrz.Result {
	t.Helper()
	lines, err := mrz.Compose(mrz.TD3, mrz.Fields{
		Code: "P", IssuingState: "UTO", Number: "L898902C3", Primary: "ERIKSSON",
		Nationality: "UTO", BirthDate: birth, Sex: "F", ExpiryDate: expiry,
	})
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, lines)
}

// Every date of six digits that could be one, and those about it, against the
// calendar of package time.
func TestEveryDateIsOnTheCalendarOrFound(t *testing.T) {
	for month := range 14 {
		for day := range 34 {
			everyYear(t, today, month, day)
		}
	}
}

func TestEveryYearFindsItsCentury(t *testing.T) {
	for _, on := range []mrz.Day{{Year: 2060, Month: 6, Day: 15}, {Year: 1999, Month: 12, Day: 31}, {Year: 2000, Month: 2, Day: 29}} {
		for _, c := range [][2]int{{1, 1}, {2, 28}, {2, 29}, {6, 14}, {6, 15}, {6, 16}, {12, 30}, {12, 31}} {
			everyYear(t, on, c[0], c[1])
		}
	}
}

func everyYear(t *testing.T, on mrz.Day, month, day int) {
	for year := range 100 {
		cells := fmt.Sprintf("%02d%02d%02d", year, month, day)
		r := dated(t, cells, cells)
		exists := exists(1900+year, month, day) || exists(2000+year, month, day)
		if r.Valid() != exists {
			t.Fatalf("%s: valid %v, want %v", cells, r.Valid(), exists)
		}
		checkCenturies(t, r.Document, on, cells, year, month, day)
	}
}

func exists(year, month, day int) bool {
	d := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return month > 0 && day > 0 && d.Month() == time.Month(month) && d.Day() == day
}

// checkCenturies tries the centuries one by one: birth is the latest that is
// not after today, expiry the nearest.
func checkCenturies(t *testing.T, d mrz.Document, on mrz.Day, cells string, year, month, day int) {
	birth, expiry := "", ""
	now := time.Date(on.Year, time.Month(on.Month), on.Day, 0, 0, 0, 0, time.UTC)
	nearest := 51 * 366 * 24 * time.Hour
	for century := on.Year/100*100 - 100; century <= on.Year/100*100+100; century += 100 {
		at := time.Date(century+year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
		if !exists(century+year, month, day) {
			continue
		}
		if !at.After(now) {
			birth = at.Format(time.DateOnly)
		}
		if off := at.Sub(now).Abs(); off < nearest && at != now.AddDate(50, 0, 0) {
			nearest, expiry = off, at.Format(time.DateOnly)
		}
	}
	if got := d.BirthDate.Birth(on); got != birth {
		t.Fatalf("%s: born %q, want %q", cells, got, birth)
	}
	if got := d.ExpiryDate.ExpiryText(on); got != expiry {
		t.Fatalf("%s: expires %q, want %q", cells, got, expiry)
	}
	if got, ok := d.ExpiryDate.Expiry(on); ok != (expiry != "") || ok && got.String() != expiry {
		t.Fatalf("%s: expires %v %v, want %q", cells, got, ok, expiry)
	}
}

func TestCenturiesFollowToday(t *testing.T) {
	for _, c := range []struct{ today, cells, birth, expiry string }{
		{"1999-12-31", "000229", "", "2000-02-29"},
		{"2000-02-28", "000229", "", "2000-02-29"},
		{"2000-02-29", "000229", "2000-02-29", "2000-02-29"},
		{"2060-01-01", "000229", "2000-02-29", ""}, // 2100 is no leap year
		{"2000-01-01", "991231", "1999-12-31", "1999-12-31"},
		{"1999-12-30", "991231", "1899-12-31", "1999-12-31"},
		{"2060-06-15", "100615", "2010-06-15", "2010-06-15"},
		{"2060-06-15", "100614", "2010-06-14", "2110-06-14"},
		{"2060-06-15", "100616", "2010-06-16", "2010-06-16"},
		{"2010-06-15", "600614", "1960-06-14", "2060-06-14"},
		{"2010-06-15", "600616", "1960-06-16", "1960-06-16"},
	} {
		on, err := mrz.ParseDay(c.today)
		if err != nil {
			t.Fatal(err)
		}
		d := dated(t, c.cells, c.cells).Document
		if got := d.BirthDate.Birth(on); got != c.birth {
			t.Errorf("%s on %s: born %q, want %q", c.cells, c.today, got, c.birth)
		}
		if got := d.ExpiryDate.ExpiryText(on); got != c.expiry {
			t.Errorf("%s on %s: expires %q, want %q", c.cells, c.today, got, c.expiry)
		}
	}
}

func TestAnUnknownDateIsNoDay(t *testing.T) {
	for _, cells := range []string{"", "30<<<<", "3001<<", "<<0101", "301301", "3O0101"} {
		if day, ok := dated(t, "740812", cells).Document.ExpiryDate.Expiry(today); ok || day != (mrz.Day{}) {
			t.Errorf("%q: got %v %v", cells, day, ok)
		}
	}
}

func TestNoClockNoCentury(t *testing.T) {
	d := dated(t, "740812", "300101").Document
	if _, ok := d.ExpiryDate.Expiry(mrz.Day{}); ok || d.BirthDate.Birth(mrz.Day{}) != "" || d.ExpiryDate.ExpiryText(mrz.Day{}) != "" {
		t.Error("a century was found without a day")
	}
	var zero mrz.Date
	if _, ok := zero.Expiry(today); ok || zero.Birth(today) != "" || zero.Printed() != "" {
		t.Error("the zero date is a date")
	}
}

func TestDays(t *testing.T) {
	late := time.Date(2026, 11, 22, 23, 30, 0, 0, time.FixedZone("west", -3600))
	if got := mrz.DayOf(late); got != today {
		t.Errorf("got %v, want %v: a day is local", got, today)
	}
	if got := today.String(); got != "2026-11-22" {
		t.Errorf("got %s", got)
	}
	for _, c := range []struct {
		other mrz.Day
		want  int
	}{{today, 0}, {mrz.Day{2026, 11, 23}, -1}, {mrz.Day{2025, 12, 31}, 1}, {mrz.Day{2026, 12, 1}, -1}} {
		if got := today.Compare(c.other); got != c.want {
			t.Errorf("compared with %v: got %d, want %d", c.other, got, c.want)
		}
	}
	for _, bad := range []string{"", "2026-02-30", "22.11.2026", "261122"} {
		if _, err := mrz.ParseDay(bad); err == nil || !strings.HasPrefix(err.Error(), "mrz: read day: ") || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%q is read as a day, or told: %v", bad, err)
		}
	}
}
