package publish

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// maxDelta is what a device still reads as one delta.
const maxDelta = 1 << 26

// maxSteps bounds the steps of a history, before those of hours, days and months
// that are older: with some 430 bytes each, it stays below what devices read.
// Where releases come by the second, single deltas are the first to go.
const maxSteps = 1600

// addDelta writes a delta to the release that is being made. Without a file, it
// would be as large as most.
func (d *draft) addDelta(f folder, from feed.Position, c list.Change, most int64) (s feed.Step, ok bool, err error) {
	var out bytes.Buffer
	if err := feed.WriteDelta(&out, d.release.Params, c); err != nil {
		return feed.Step{}, false, err
	}
	if int64(out.Len()) >= min(most, maxDelta) {
		return feed.Step{}, false, nil
	}
	to := d.release
	s = feed.Step{From: from, To: to.Position(), Issued: to.Issued, Records: to.Records, Added: uint64(len(c.Added)), Removed: uint64(len(c.Removed))}
	s.File, err = f.add(fmt.Sprintf("%d-%d-delta-%%s.bin", from.Sequence, to.Sequence), out.Bytes())
	return s, err == nil, err
}

// rollUp closes the hour, day and month that the release before was the last
// of: a delta leads from the first release of each to this one, and what is
// within goes into an archive.
func (w *work) rollUp(d *draft, before []feed.Step) error {
	cal := &d.state.Calendar
	for l := hourly; l <= rank(w.last.Issued, d.release.Issued); l++ {
		from := cal.First[l]
		cal.First[l] = d.release.Position()
		closed, err := w.closeWith(d, before, l, from)
		if err == nil && closed {
			err = w.archive(d, before, l, from)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// closeWith has a delta of a level lead from a release to this one, or several
// where one would be too large; closed is false when none do.
func (w *work) closeWith(d *draft, before []feed.Step, l level, from feed.Position) (closed bool, err error) {
	cal := d.state.Calendar
	if i := slices.IndexFunc(d.steps, func(s feed.Step) bool { return s.From == from }); i >= 0 {
		cal.promote(d.steps[i].Name, l)
		return true, nil
	}
	parts, ok := way(before, from, w.last.Position())
	if !ok {
		return false, nil // what was kept for less long than this
	}
	c, err := w.compose(parts, nil)
	if err != nil {
		return false, err
	}
	parts = append(parts, d.steps[0])
	s, ok, err := d.addDelta(w.folder, from, c.Then(d.change), min(parts.Bytes(), d.snapshot.Size))
	if err != nil {
		return false, err
	}
	if ok {
		parts = feed.Way{s}
		d.steps = append(d.steps, s)
	}
	for _, s := range parts {
		cal.promote(s.Name, l)
	}
	return true, nil
}

// way returns the deltas of least bytes that lead from one state to another.
func way(steps []feed.Step, from, to feed.Position) (feed.Way, bool) {
	steps = slices.DeleteFunc(slices.Clone(steps), func(s feed.Step) bool { return isSnapshot(s) || s.To.Sequence > to.Sequence })
	slices.SortStableFunc(steps, func(a, b feed.Step) int { return cmp.Compare(a.To.Sequence, b.To.Sequence) })
	best := map[feed.Position]feed.Way{from: {}}
	for _, s := range steps {
		before, reached := best[s.From]
		if !reached {
			continue
		}
		w := append(slices.Clone(before), s)
		if known, reached := best[s.To]; !reached || w.Bytes() < known.Bytes() {
			best[s.To] = w
		}
	}
	w, ok := best[to]
	return w, ok
}

// retain returns the steps that are still named by the history or the manifest of
// a release: those that are young and in no archive, those that lead from a
// snapshot, and the most recent.
func (w *work) retain(d *draft, steps []feed.Step) []feed.Step {
	needed, snapshots := map[string]bool{}, 0
	for _, s := range d.recent {
		needed[s.Name] = true
	}
	byAge := slices.SortedStableFunc(slices.Values(steps), func(a, b feed.Step) int { return cmp.Compare(b.To.Sequence, a.To.Sequence) })
	for _, s := range byAge {
		if !isSnapshot(s) || snapshots == keptSnapshots {
			continue
		}
		snapshots++
		needed[s.Name] = true
		lead, _ := way(steps, s.To, d.release.Position())
		for _, s := range lead {
			needed[s.Name] = true
		}
	}
	var kept []feed.Step
	for _, s := range byAge {
		room := d.state.Calendar.Levels[s.Name] > single || len(kept) < maxSteps
		if needed[s.Name] || room && !isSnapshot(s) && w.young(s) && !d.archived(s) {
			kept = append(kept, s)
		}
	}
	slices.Reverse(kept)
	return kept
}

const keptSnapshots = 2

// young reports whether a delta is to be kept for its age.
func (w *work) young(s feed.Step) bool { return w.now.Sub(s.Issued) <= w.Policy.Deltas }

// A manifest itself names what leads on from the last few releases, where they
// come by the minute: a device that has missed them needs no history.
const (
	maxRecent = 4
	recently  = 10 * time.Minute
)

// recent returns the deltas that lead to the newest release, each from the one
// before, the last first.
func (w *work) recent(steps []feed.Step) (recent []feed.Step) {
	at := w.last.Position()
	for len(recent) < maxRecent {
		i := slices.IndexFunc(steps, func(s feed.Step) bool {
			return s.To == at && s.From.Sequence+1 == at.Sequence && s.Kind() == feed.Delta && w.now.Sub(s.Issued) < recently
		})
		if i < 0 {
			break
		}
		recent, at = append(recent, steps[i]), steps[i].From
	}
	return recent
}
