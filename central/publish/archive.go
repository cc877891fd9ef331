package publish

import (
	"cmp"
	"fmt"
	"slices"

	"portcullis/cache/feed"
)

// An hour or a day with fewer files than this has no archive: the history or the
// archive of a longer time names them as well.
const fewest = 6

// maxSingles bounds the single deltas that an archive has: one in ten seconds
// of an hour.
const maxSingles = 360

// archive makes an archive of an hour, day or month that began with a release and
// is closed by this one: of the deltas of lower levels and the archives within.
func (w *work) archive(d *draft, before []feed.Step, l level, from feed.Position) error {
	within := func(first, last uint64) bool { return first >= from.Sequence && last <= d.release.Sequence }
	var steps []feed.Step
	singles := 0
	all := slices.SortedStableFunc(slices.Values(append(slices.Clone(before), d.steps...)), func(a, b feed.Step) int {
		return cmp.Compare(b.To.Sequence, a.To.Sequence)
	})
	for _, s := range all {
		of := d.state.Calendar.Levels[s.Name]
		if isSnapshot(s) || of >= l || !within(s.From.Sequence, s.To.Sequence) || !w.young(s) || d.archived(s) {
			continue
		}
		if of == single {
			singles++
		}
		if of > single || singles <= maxSingles {
			steps = append(steps, s)
		}
	}
	slices.Reverse(steps)
	isWithin := func(a feed.Archive) bool { return within(a.From, a.To) }
	nested := slices.DeleteFunc(slices.Clone(d.archives), func(a feed.Archive) bool { return !isWithin(a) })
	if n := len(steps) + len(nested); n == 0 || n < fewest && l < monthly {
		return nil
	}
	data, err := feed.EncodeHistory(steps, nested...)
	if err != nil {
		return err
	}
	a := feed.Archive{From: from.Sequence, To: d.release.Sequence}
	if a.File, err = w.folder.add(fmt.Sprintf("%d-%d-archive-%%s.json", a.From, a.To), data); err != nil {
		return err
	}
	d.archives = append(slices.DeleteFunc(d.archives, isWithin), a)
	d.state.Calendar.promote(a.Name, l)
	return nil
}

// archived reports whether a delta lies in the time of an archive that has those
// of its level.
func (d *draft) archived(s feed.Step) bool {
	levels := d.state.Calendar.Levels
	return slices.ContainsFunc(d.archives, func(a feed.Archive) bool {
		return a.From <= s.From.Sequence && s.To.Sequence <= a.To && levels[s.Name] < levels[a.Name]
	})
}

// dropArchives leaves out those to whose end no delta leads any more that is
// kept: the delta of the same time went with its age.
func (d *draft) dropArchives() {
	d.archives = slices.DeleteFunc(d.archives, func(a feed.Archive) bool {
		return !slices.ContainsFunc(d.kept, func(s feed.Step) bool { return s.Kind() == feed.Delta && s.To.Sequence == a.To })
	})
}
