package mrz

import (
	"cmp"
	"fmt"
	"time"
)

// A Day is a day of the calendar. Whoever asks for a century or an age says
// which day it is: the package reads no clock.
type Day struct{ Year, Month, Day int }

// DayOf returns the day of a time in the time's own zone.
func DayOf(t time.Time) Day {
	year, month, day := t.Date()
	return Day{year, int(month), day}
}

// ParseDay reads a day written as 2006-01-02.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, fmt.Errorf("mrz: read day: want a calendar day written as YYYY-MM-DD")
	}
	return DayOf(t), nil
}

// Compare returns -1 where d is before e, +1 where it is after, else 0.
func (d Day) Compare(e Day) int {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month), cmp.Compare(d.Day, e.Day))
}

// String returns the day as 2006-01-02.
func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }
