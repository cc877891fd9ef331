package registry

import "time"

// A day is counted from the first of the year 1 as day 1; 0 is an unknown day.
// It is what rules compare: no rule knows of hours.
type day uint32

// yearOne is how many days before 1970 the year 1 began, and one more.
const yearOne = 719163

// dayOf returns the day that a time falls on in UTC.
func dayOf(t time.Time) day {
	if t.IsZero() {
		return 0
	}
	return day(t.UTC().Truncate(24*time.Hour).Unix()/86400 + yearOne)
}

// time returns the midnight that a day begins with, the zero time for an
// unknown one.
func (d day) time() time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Unix((int64(d)-yearOne)*86400, 0).UTC()
}

// after returns the same day of a later year.
func (d day) after(years int) day { return dayOf(d.time().AddDate(years, 0, 0)) }

// String returns the day as 2006-01-02, nothing for an unknown one.
func (d day) String() string {
	if d == 0 {
		return ""
	}
	return d.time().Format(time.DateOnly)
}
