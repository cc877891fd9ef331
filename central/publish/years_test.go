package publish_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/central/publish"
)

// fast makes folders in memory, where there is such a place: what takes time on
// a disk is to wait for it.
func fast(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "portcullis-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// A past is what a device holds that went offline with a release.
type past struct {
	at       time.Time
	kept     time.Duration // that deltas lead on from there
	position feed.Position
	records  []list.Record
}

// A life is a list that changes by chance, for as long as a test wants.
type life struct {
	*site
	rnd     *rand.Rand
	now     time.Time
	records []list.Record
	changes []changed
}

type changed struct {
	sequence uint64
	at       time.Time
	bytes    int64
}

// step makes a release of a small change.
func (l *life) step(p *publish.Publisher, n int) publish.Result {
	l.t.Helper()
	next := slices.Clone(l.records)
	for range n {
		i := l.rnd.IntN(len(next))
		next = slices.Delete(next, i, i+1)
	}
	next = append(next, feedtest.Records(l.rnd.Uint64(), n)...)
	slices.SortFunc(next, list.Compare)
	r := change(l.t, p, l.now, list.Difference(l.records, next))
	if !r.Made || r.NoDelta != "" {
		l.t.Fatalf("%v: %+v", l.now, r)
	}
	l.records = next
	l.changes = append(l.changes, changed{r.Manifest.Sequence, l.now, r.Manifest.Steps[0].Size})
	return r
}

// TestEveryDeviceFindsAWayForAYear makes releases for 400 days, some days many
// and some none, while devices go offline with each of them. Each finds its way
// back, within what is kept by deltas, and pays little more than what changed.
func TestEveryDeviceFindsAWayForAYear(t *testing.T) {
	s := newSiteIn(t, fast(t))
	p := s.publisher()
	l := &life{site: s, rnd: rand.New(rand.NewPCG(1, 2)), now: noon, records: feedtest.Records(1, 20000)}
	all(t, p, l.now, l.records)
	policy := publish.DefaultPolicy()
	gone := map[uint64]*past{}
	newcomer := &device{shelf: fast(t)}
	leave := func(kept time.Duration) {
		at := l.see(newcomer).Manifest().Position()
		gone[at.Sequence] = &past{l.now, kept, at, l.records}
	}
	leave(policy.Monthly)
	days := 400
	if testing.Short() {
		days = 60
	}
	for day := range days {
		for range l.rnd.IntN(4) {
			before := l.now
			l.now = l.now.Add(time.Duration(1+l.rnd.IntN(7*3600)) * time.Second)
			l.step(p, 1+l.rnd.IntN(5))
			switch last := l.changes[max(0, len(l.changes)-2)].at; {
			case last.Month() != l.now.Month():
				leave(policy.Monthly)
			case last.Day() != l.now.Day():
				leave(policy.Daily)
			case before.Hour() == l.now.Hour() || l.rnd.IntN(4) == 0:
				leave(policy.Singles)
			}
		}
		l.now = noon.AddDate(0, 0, day+1)
		if day%50 == 49 || day == days-1 {
			l.step(p, 1)
			l.comeBack(gone, newcomer)
		}
	}
	files, err := os.ReadDir(filepath.Join(s.dir, "sltd"))
	if err != nil || len(files) > 400 {
		t.Errorf("%d files are left of %d releases, %v", len(files), len(l.changes), err)
	}
}

// comeBack has each device that is offline find its way to the newest release.
// It stays offline all the same.
func (l *life) comeBack(gone map[uint64]*past, newcomer *device) {
	l.t.Helper()
	v := l.see(newcomer)
	byDelta, worst := 0, 0.0
	for sequence, d := range gone {
		way, ok := v.Way(d.position, v.Manifest().Position(), nil)
		if !ok {
			l.t.Fatalf("no way leads from release %d", sequence)
		}
		l.leads(v, way, d)
		if way[0].Kind() == feed.Snapshot {
			if l.now.Sub(d.at) < d.kept {
				l.t.Errorf("release %d of %v leads by a snapshot", sequence, d.at)
			}
			continue
		}
		byDelta++
		worst = max(worst, float64(way.Bytes())/float64(l.changedSince(sequence)))
	}
	l.t.Logf("day %.0f: release %d: %d of %d devices come back by deltas, at most by %.2f of what changed",
		l.now.Sub(noon).Hours()/24, v.Manifest().Sequence, byDelta, len(gone), worst)
	if worst > 1 {
		l.t.Errorf("a way has %.2f of the bytes of all changes", worst)
	}
}

// changedSince is how many bytes the deltas of all releases since one had.
func (l *life) changedSince(sequence uint64) (sum int64) {
	for _, c := range l.changes {
		if c.sequence > sequence {
			sum += c.bytes
		}
	}
	return sum
}

// leads composes the steps of a way, and expects them to lead to the newest
// records.
func (l *life) leads(v feed.Verified, way feed.Way, d *past) {
	l.t.Helper()
	var whole feed.Content
	for i, step := range way {
		f, err := os.Open(filepath.Join(l.dir, "sltd", step.Name))
		if err != nil {
			l.t.Fatal(err)
		}
		defer f.Close()
		c, err := v.Content(step, f)
		if err == nil && i > 0 {
			c, err = whole.Then(c)
		}
		if err != nil {
			l.t.Fatal(err)
		}
		whole = c
	}
	if whole.Kind() == feed.Snapshot {
		var fresh feedtest.Store
		if err := fresh.Apply(context.Background(), whole); err != nil || !slices.Equal(fresh.Records("sltd"), l.records) {
			l.t.Errorf("from release %d by a snapshot: %v", d.position.Sequence, err)
		}
		return
	}
	records, err := whole.Change().Apply(slices.Clone(d.records))
	if err != nil || !slices.Equal(records, l.records) {
		l.t.Errorf("from release %d: %v", d.position.Sequence, err)
	}
}
