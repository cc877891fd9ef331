package gpio

import "time"

// patience is how long a contact may be seen to change without showing one level
// for the debounce time before it counts as broken.
const patience = time.Second

// A debouncer turns samples of a bouncing contact into the levels that are
// meant. A level settles once every sample has shown it for the whole window.
type debouncer struct {
	window time.Duration

	started bool
	level   bool      // of the last sample
	since   time.Time // when the samples began to show it
	last    time.Time // when it was taken

	known   bool
	settled bool
	unrest  time.Duration // how long no level has settled
}

// sample takes one level and says whether a new one has settled.
func (d *debouncer) sample(at time.Time, level bool) (changed bool) {
	gap := at.Sub(d.last)
	if !d.started || level != d.level {
		d.started = true
		d.level, d.since = level, at
	}
	d.last = at
	if d.timing(at) {
		d.unrest += min(gap, d.window) // of a longer one nothing was seen: a program that was held up is no chatter
		return false
	}
	d.unrest = 0
	changed = !d.known || level != d.settled
	d.known, d.settled = true, level
	return changed
}

// timing says whether the last level has yet to prove itself.
func (d *debouncer) timing(at time.Time) bool { return at.Sub(d.since) < d.window }

// chatters says whether no level has settled for longer than a sound contact
// bounces.
func (d *debouncer) chatters() bool { return d.unrest > patience }
