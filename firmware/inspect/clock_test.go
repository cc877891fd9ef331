package inspect_test

import (
	"testing"
	"time"

	"portcullis/cache"
	"portcullis/cache/list"
	"portcullis/firmware/inspect"
	"portcullis/mrz"
)

// TestAClockThatIsWrongIsNeverClear looks at a list that was issued in January,
// by a publisher whose last word is of November, with clocks that say anything
// else. A device that loads that release again with its clock in between has a
// list that looks fresh.
func TestAClockThatIsWrongIsNeverClear(t *testing.T) {
	issued := time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	spoken := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		now  time.Time
		want inspect.Code // the one that must be among the reasons; empty for Clear
	}{
		"1970":                  {time.Unix(0, 0), inspect.ClockBehind},
		"2021":                  {issued.AddDate(-5, 0, 0), inspect.ClockBehind},
		"between":               {issued.AddDate(0, 2, 0), inspect.ClockBehind},
		"ten minutes behind":    {spoken.Add(-10 * time.Minute), inspect.ClockBehind},
		"a minute behind":       {spoken.Add(-time.Minute), ""},
		"right":                 {spoken.Add(time.Hour), ""},
		"three days on":         {spoken.AddDate(0, 0, 3), inspect.ListStale},
		"2099":                  {spoken.AddDate(73, 0, 0), inspect.ListStale},
		"set right once more":   {spoken.Add(2 * time.Hour), ""},
		"far ahead of all time": {time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC), inspect.ListStale},
	} {
		checked := spoken
		if c.now.Before(checked) {
			checked = c.now // as package sync notes it
		}
		if checked.Before(issued) {
			checked = issued
		}
		d := inspect.Decide(inspect.Input{
			Now: c.now, Today: mrz.DayOf(c.now), ClockSet: true, Floor: spoken, Asked: true,
			Typed:  cache.Query{Number: "L898902C3", Class: list.Passport, Issuer: "D"},
			Answer: cache.Answer{Lists: []cache.ListStatus{{Name: "sltd", Release: 1, Records: 5, Issued: issued, Checked: checked}}},
		})
		found := c.want == ""
		for _, r := range d.Reasons() {
			found = found || r.Code == c.want
		}
		if clear := d.Verdict() == inspect.Clear; clear != (c.want == "") || !found {
			t.Errorf("%s: %s, %v; want %q", name, d.Verdict(), d.Reasons(), c.want)
		}
	}
}
