package publish

import (
	"maps"
	"slices"
	"time"

	"portcullis/cache/feed"
)

// A level says how far apart the ends of a delta are. The first release of an
// hour, a day or a month is a fixed one; a delta of a level leads from one such
// to the next. An archive of a level is of that time, and has all deltas within it
// of the levels below.
type level int

const (
	single level = iota
	hourly
	daily
	monthly
)

var levels = []level{single, hourly, daily, monthly}

// period is short for the hour, day or month that a time lies in.
func (l level) period(t time.Time) string {
	return t.UTC().Format([]string{time.RFC3339Nano, "2006-01-02T15", "2006-01-02", "2006-01"}[l])
}

// A calendar tells the fixed releases of the hour, day and month that the
// newest one lies in, and the level of each delta and archive that is kept.
type calendar struct {
	First  [monthly + 1]feed.Position `json:"first"`
	Levels map[string]level           `json:"levels"` // by file; single where none stands
}

// beginCalendar returns the calendar of a release that no delta leads to.
func beginCalendar(r feed.Release) calendar {
	c := calendar{Levels: map[string]level{}}
	for l := range c.First {
		c.First[l] = r.Position()
	}
	return c
}

// rank returns the highest level of which the next release is a fixed one.
func rank(last, next time.Time) level {
	for _, l := range slices.Backward(levels) {
		if l.period(last) != l.period(next) {
			return l
		}
	}
	return single
}

// promote gives a delta or an archive a level, unless it has a higher one.
func (c calendar) promote(name string, l level) {
	c.Levels[name] = max(c.Levels[name], l)
}

// keepOnly forgets the levels of other files.
func (c calendar) keepOnly(files []string) {
	keep := map[string]bool{}
	for _, name := range files {
		keep[name] = true
	}
	maps.DeleteFunc(c.Levels, func(name string, _ level) bool { return !keep[name] })
}

// newCalendar makes the calendar anew from what is published. A release counts
// as the first of its hour, day and month of those that are known; one of which
// the time is not known, as the first of all.
func newCalendar(r feed.Release, v feed.Verified) calendar {
	c := beginCalendar(r)
	issued, at := map[uint64]time.Time{r.Sequence: r.Issued}, map[uint64]feed.Position{r.Sequence: r.Position()}
	for _, s := range v.Steps() {
		issued[s.To.Sequence], at[s.To.Sequence] = s.Issued, s.To
	}
	first := map[level]map[string]uint64{}
	for _, l := range levels {
		first[l] = map[string]uint64{}
		for n, t := range issued {
			if old, there := first[l][l.period(t)]; !there || n < old {
				first[l][l.period(t)] = n
			}
		}
		c.First[l] = at[first[l][l.period(r.Issued)]]
	}
	of := func(n uint64) level {
		t, known := issued[n]
		for _, l := range slices.Backward(levels) {
			if !known || first[l][l.period(t)] == n {
				return l
			}
		}
		return single
	}
	for _, s := range v.Steps() {
		if s.Kind() == feed.Delta {
			c.promote(s.Name, min(of(s.From.Sequence), of(s.To.Sequence)))
		}
	}
	for _, a := range v.Archives() {
		c.promote(a.Name, max(hourly, min(of(a.From), of(a.To))))
	}
	return c
}
