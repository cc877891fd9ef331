package publish

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// maxDelta is what a device still reads as one delta.
const maxDelta = 1 << 26

// maxSteps bounds the steps of a history, before those of hours, days and months
// that are older: with some 430 bytes each, it stays below what devices read.
// Where releases come by the minute, single deltas are the first to go.
const maxSteps = 1800

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
// of: a delta leads from the first release of each to this one.
func (w *work) rollUp(d *draft, before []feed.Step) error {
	cal, single := &d.state.Calendar, d.steps[0]
	for l := hourly; l <= rank(w.last.Issued, d.release.Issued); l++ {
		from := cal.First[l]
		cal.First[l] = d.release.Position()
		if i := slices.IndexFunc(d.steps, func(s feed.Step) bool { return s.From == from }); i >= 0 {
			cal.promote(d.steps[i].Name, l)
			continue
		}
		parts, ok := way(before, from, w.last.Position())
		if !ok {
			continue // what was kept for less long than this
		}
		c, err := w.compose(parts, nil)
		if err != nil {
			return err
		}
		parts = append(parts, single)
		s, ok, err := d.addDelta(w.folder, from, c.Then(d.change), min(parts.Bytes(), d.snapshot.Size))
		if err != nil {
			return err
		}
		if ok {
			parts = feed.Way{s}
			d.steps = append(d.steps, s)
		}
		for _, s := range parts {
			cal.promote(s.Name, l)
		}
	}
	return nil
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

// retain returns the steps that are still kept with a release: by the level of
// each, and those that lead from a snapshot.
func (w *work) retain(d *draft, steps []feed.Step) []feed.Step {
	needed, snapshots := map[string]bool{}, 0
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
		l := d.state.Calendar.Levels[s.Name]
		young := !isSnapshot(s) && w.now.Sub(s.Issued) <= w.Policy.kept(l) && (l > single || len(kept) < maxSteps)
		if needed[s.Name] || young {
			kept = append(kept, s)
		}
	}
	slices.Reverse(kept)
	return kept
}

const keptSnapshots = 2
