package inspect

import (
	"cmp"
	"errors"
	"time"

	"portcullis/cache"
)

// A Policy is what an authority may choose. The zero Policy is the strictest
// that is of use.
type Policy struct {
	// AgeingAfter and StaleAfter are the ages at which a list is shown as
	// ageing, and no longer gives a Clear; 0 means 24 and 48 hours. Copies of
	// the Schengen Information System that are off-line are allowed at most 48
	// hours (Regulation (EU) 2018/1862, Article 56(3)).
	AgeingAfter, StaleAfter time.Duration
	// ClockSkew is how far in the future a list may have been published, for
	// clocks that differ; less than FloorSkew, as 0 is, means FloorSkew.
	ClockSkew time.Duration
	// RequiredLists names the lists without which nothing is Clear. When it is
	// empty, every list that the device has is required, and there must be one.
	RequiredLists []string
	// AcceptSpecimens lets documents of the issuer UTO pass, for tests and
	// demonstrations.
	AcceptSpecimens bool
	// MultipleUseWindow is how long after a document was used it may not be
	// used again; 0 means 10 minutes, less than 0 that it may.
	MultipleUseWindow time.Duration
	// LiftLost lets documents that are listed as lost pass, where the number
	// is certain. The listing stays among the reasons.
	LiftLost bool
}

// The defaults of a Policy.
const (
	DefaultAgeingAfter       = 24 * time.Hour
	DefaultStaleAfter        = 48 * time.Hour
	DefaultMultipleUseWindow = 10 * time.Minute
)

// Validate refuses what nobody can have meant.
func (p Policy) Validate() error {
	switch {
	case p.AgeingAfter < 0 || p.StaleAfter < 0 || p.ClockSkew < 0:
		return errors.New("read policy: a duration is negative")
	case p.ageingAfter() > p.staleAfter():
		return errors.New("read policy: a list would be stale before it is ageing")
	}
	return nil
}

func (p Policy) ageingAfter() time.Duration { return cmp.Or(p.AgeingAfter, DefaultAgeingAfter) }
func (p Policy) staleAfter() time.Duration  { return cmp.Or(p.StaleAfter, DefaultStaleAfter) }

// Freshness is how far a list can be relied on. The zero value is that it
// cannot.
type Freshness uint8

// The states of a list. Only a list that is Fresh or Ageing gives a Clear.
const (
	Missing Freshness = iota // nothing was ever loaded
	Broken                   // it cannot be read, or is not what its publisher signed
	Stale                    // older than policy allows, or of unknown age
	Ageing                   // old enough to look after
	Fresh
)

// String returns the state as logs, metrics and the officer's page name it.
func (f Freshness) String() string {
	switch f {
	case Broken:
		return "broken"
	case Stale:
		return "stale"
	case Ageing:
		return "ageing"
	case Fresh:
		return "fresh"
	}
	return "missing"
}

// Usable reports whether a list in this state can give a Clear.
func (f Freshness) Usable() bool { return f == Fresh || f == Ageing }

// Freshness judges a list. Its age counts from when its publisher last said that
// it is the newest; if that lies in the future, the clock is wrong and the age
// unknown.
func (p Policy) Freshness(s cache.ListStatus, now time.Time) Freshness {
	age := p.Age(s, now)
	switch {
	case s.Release == 0:
		return Missing
	case s.Err != nil:
		return Broken
	case age < 0 || age >= p.staleAfter():
		return Stale
	case age >= p.ageingAfter():
		return Ageing
	}
	return Fresh
}

// Age returns how long ago a publisher last said that its list is the newest, and
// -1 when that is not known.
func (p Policy) Age(s cache.ListStatus, now time.Time) time.Duration {
	if s.Release == 0 || s.Checked.IsZero() || p.isAhead(s, now) {
		return -1
	}
	return max(0, now.Sub(s.Checked))
}

// skew is how far the clock may be behind what a publisher has signed: its clock
// is not exact either, and dates of documents do not depend on minutes.
func (p Policy) skew() time.Duration { return max(p.ClockSkew, FloorSkew) }

// isAhead reports whether a list comes from the future: then the clock is wrong.
func (p Policy) isAhead(s cache.ListStatus, now time.Time) bool {
	limit := now.Add(p.skew())
	return s.Release > 0 && (s.Issued.After(limit) || s.Checked.After(limit))
}
