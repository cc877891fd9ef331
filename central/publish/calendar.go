package publish

import (
	"slices"
	"time"

	"portcullis/cache/feed"
)

// A level says how long a delta is kept. The first release of an hour, a day or
// a month is a fixed one; what leads from one fixed release to the next is
// kept for longer, the farther they are apart.
type level int

const (
	single level = iota
	hourly
	daily
	monthly
)

var levels = []level{single, hourly, daily, monthly}

// kept returns how long deltas of a level are kept.
func (p Policy) kept(l level) time.Duration {
	return []time.Duration{p.Singles, p.Hourly, p.Daily, p.Monthly}[l]
}

// period is short for the hour, day or month that a time lies in.
func (l level) period(t time.Time) string {
	return t.UTC().Format([]string{time.RFC3339Nano, "2006-01-02T15", "2006-01-02", "2006-01"}[l])
}

// A calendar tells the fixed releases of the hour, day and month that the
// newest one lies in, and the level of each delta that is kept.
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

// promote has a delta kept for at least as long as its level demands.
func (c calendar) promote(name string, l level) {
	c.Levels[name] = max(c.Levels[name], l)
}

// keepOnly forgets the levels of other deltas.
func (c calendar) keepOnly(steps []feed.Step) {
	for name := range c.Levels {
		if !slices.ContainsFunc(steps, func(s feed.Step) bool { return s.Name == name }) {
			delete(c.Levels, name)
		}
	}
}

// newCalendar makes the calendar anew from what is published. A release counts
// as the first of its hour, day and month of those that are known; one of which
// the time is not known, as the first of all.
func newCalendar(r feed.Release, steps []feed.Step) calendar {
	c := beginCalendar(r)
	issued := map[feed.Position]time.Time{r.Position(): r.Issued}
	for _, s := range steps {
		issued[s.To] = s.Issued
	}
	first := map[level]map[string]feed.Position{}
	for _, l := range levels {
		first[l] = map[string]feed.Position{}
		for at, t := range issued {
			if old, there := first[l][l.period(t)]; !there || at.Sequence < old.Sequence {
				first[l][l.period(t)] = at
			}
		}
		c.First[l] = first[l][l.period(r.Issued)]
	}
	of := func(at feed.Position) level {
		t, known := issued[at]
		for _, l := range slices.Backward(levels) {
			if !known || first[l][l.period(t)] == at {
				return l
			}
		}
		return single
	}
	for _, s := range steps {
		if s.Kind() == feed.Delta {
			c.promote(s.Name, min(of(s.From), of(s.To)))
		}
	}
	return c
}
