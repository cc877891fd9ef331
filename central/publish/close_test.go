package publish_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
)

// TestKillAtEveryMomentOfTheCloseOfAMonth kills a process that closes an hour, a
// day and a month with one release, before and after each file that it writes.
// Whatever it leaves, devices of all releases come back by deltas, and what comes
// after names the same steps.
func TestKillAtEveryMomentOfTheCloseOfAMonth(t *testing.T) {
	records := feedtest.Records(1, 20000)
	l := &life{site: newSiteIn(t, fast(t)), rnd: rand.New(rand.NewPCG(1, 2)), records: records[:4000]}
	p := l.publisher()
	all(t, p, noon, l.records)
	d := l.device()
	l.follow(d)
	gone := []past{{at: noon, position: d.Position("sltd"), records: l.records}}
	monthEnds := hours(24*29 + 12)
	for i := range 16 {
		l.now = monthEnds.Add(time.Duration(i-16) * time.Hour)
		if i >= 8 {
			l.now = monthEnds.Add(time.Duration(i-16) * 5 * time.Minute)
		}
		l.records = added(l.records, records[4000+i])
		r := change(t, p, l.now, list.Change{Added: records[4000+i : 4001+i]})
		l.changes = append(l.changes, changed{r.Manifest.Sequence, l.now, r.Manifest.Steps[0].Size})
		gone = append(gone, past{at: l.now, position: r.Manifest.Position(), records: l.records})
	}
	l.records = added(l.records, records[5000:5003]...)
	moment := 1
	for l.closes(gone, moment) {
		moment++
	}
	if moment < 24 { // three roll-ups, three archives, a history and what is signed
		t.Errorf("only %d moments", moment)
	}
}

func added(to []list.Record, more ...list.Record) []list.Record {
	return slices.SortedFunc(slices.Values(append(slices.Clone(to), more...)), list.Compare)
}

// closes is one kill, in a copy of the repository; it returns false when there
// was no such moment.
func (l *life) closes(gone []past, moment int) bool {
	l.t.Helper()
	dir := filepath.Join(fast(l.t), "repo")
	if err := os.CopyFS(dir, os.DirFS(l.dir)); err != nil {
		l.t.Fatal(err)
	}
	c := *l
	c.site = &site{t: l.t, dir: dir, keys: l.keys}
	killed := c.dies("close", 24*29+13, moment)
	d := c.device()
	if seen := c.signed(d).Manifest(); seen.Sequence == 17 && killed {
		c.follow(d)
		c.mustHold(d, 17, gone[16].records)
	}
	c.now = hours(24*29 + 14)
	r := all(c.t, c.publisher(), c.now, c.records)
	m := r.Manifest
	c.changes = append(slices.Clone(l.changes), changed{m.Sequence, c.now, m.Steps[0].Size})
	if m.Sequence != 18 {
		c.t.Errorf("moment %d: release %d follows", moment, m.Sequence)
	}
	c.comeBack(gone, d)
	steps, archives := c.named(m.History.Name)
	if len(archives) != 1 || len(steps) > 3 {
		c.t.Errorf("moment %d: the history has %d steps and archives %v", moment, len(steps), archives)
	}
	c.mustNest(archives)
	c.mustHaveOneManifestANumber()
	return killed
}

// mustNest expects in an archive of a month that of a day, and in that one of an
// hour, and so all steps.
func (l *life) mustNest(archives []feed.Archive) {
	l.t.Helper()
	singles := 0
	for depth := range 3 {
		if len(archives) != 1 {
			l.t.Fatalf("at depth %d there are the archives %v", depth, archives)
		}
		var steps []feed.Step
		steps, archives = l.named(archives[0].Name)
		for _, s := range steps {
			if s.To.Sequence == s.From.Sequence+1 {
				singles++
			}
		}
	}
	if singles != 17 {
		l.t.Errorf("%d of the deltas lead from a release to the next, want 17", singles)
	}
}
