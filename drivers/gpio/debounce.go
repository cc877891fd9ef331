package gpio

import "time"

// patience is how long a contact may go without showing one level for the
// debounce time before it counts as broken.
const patience = time.Second

// A debouncer turns samples of a bouncing contact into the levels that are
// meant. A level settles once every sample has shown it for the whole window.
type debouncer struct {
	window time.Duration

	started bool
	level   bool      // of the last sample
	since   time.Time // when the samples began to show it
	steady  time.Time // when they last showed one level for the whole window

	known   bool
	settled bool
}

// sample takes one level and says whether a new one has settled.
func (d *debouncer) sample(at time.Time, level bool) (changed bool) {
	if !d.started {
		d.started, d.steady = true, at
		d.level, d.since = level, at
	}
	if level != d.level {
		d.level, d.since = level, at
	}
	if d.timing(at) {
		return false
	}
	d.steady = at
	changed = !d.known || level != d.settled
	d.known, d.settled = true, level
	return changed
}

// timing says whether the last level has yet to prove itself.
func (d *debouncer) timing(at time.Time) bool { return at.Sub(d.since) < d.window }

// chatters says whether no level has settled for longer than a sound contact
// bounces.
func (d *debouncer) chatters(at time.Time) bool { return at.Sub(d.steady) > patience }
