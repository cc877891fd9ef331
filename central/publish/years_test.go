package publish_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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
	t.Setenv("TMPDIR", dir)
	return dir
}

// A past is what a device holds that went offline with a release; of most, the
// records are not kept.
type past struct {
	at       time.Time
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

// days is for how many days releases are made: PUBLISH_DAYS, if it is set.
func days(most int) int {
	if n, err := strconv.Atoi(os.Getenv("PUBLISH_DAYS")); err == nil {
		return n
	}
	if testing.Short() {
		return min(most, 40)
	}
	return most
}

// TestEveryDeviceComesBackByDeltas makes releases for months, some days many and
// some none, while devices go offline with each of them. Each comes back by
// deltas, and pays no more than what changed.
func TestEveryDeviceComesBackByDeltas(t *testing.T) {
	s := newSiteIn(t, fast(t))
	p := s.publisher()
	l := &life{site: s, rnd: rand.New(rand.NewPCG(1, 2)), now: noon, records: feedtest.Records(1, 20000)}
	all(t, p, l.now, l.records)
	var gone []past
	newcomer := &device{shelf: fast(t)}
	leave := func(m feed.Manifest) {
		d := past{at: l.now, position: m.Position()}
		if len(gone)%5 == 0 {
			d.records = l.records
		}
		gone = append(gone, d)
	}
	leave(l.see(newcomer).Manifest())
	days := days(70)
	for day := range days {
		for range l.rnd.IntN(4) {
			l.now = l.now.Add(time.Duration(1+l.rnd.IntN(7*3600)) * time.Second)
			for range 1 + l.rnd.IntN(3)*l.rnd.IntN(5) {
				l.now = l.now.Add(time.Duration(l.rnd.IntN(400)) * time.Second)
				leave(l.step(p, 1+l.rnd.IntN(5)).Manifest)
			}
		}
		l.now = later(l.now, noon.AddDate(0, 0, day+1))
		if day%60 == 59 || day == days-1 {
			leave(l.step(p, 1).Manifest)
			l.comeBack(gone, newcomer)
		}
	}
	if left := l.left(); left > 4*len(l.changes) {
		t.Errorf("%d files are left of %d releases", left, len(l.changes))
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// left is how many files there are of the list.
func (l *life) left() int {
	l.t.Helper()
	files, err := os.ReadDir(filepath.Join(l.dir, "sltd"))
	if err != nil {
		l.t.Fatal(err)
	}
	return len(files)
}

// comeBack has each device that is offline find its way to the newest release.
// It stays offline all the same.
func (l *life) comeBack(gone []past, newcomer *device) {
	l.t.Helper()
	seen := l.see(newcomer)
	to, worst, read := seen.Manifest().Position(), 0.0, int64(0)
	for _, d := range gone {
		v := l.learn(seen, d.position)
		read = max(read, l.read(v))
		way, ok := v.Way(d.position, to, nil)
		deltas, byDeltas := v.Way(d.position, to, func(s feed.Step) bool { return s.Kind() == feed.Snapshot })
		if !ok || !byDeltas || way.Bytes() > deltas.Bytes() {
			l.t.Errorf("from release %d of %v leads a way of %d bytes, %v, and by deltas one of %d, %v", d.position.Sequence, d.at, way.Bytes(), ok, deltas.Bytes(), byDeltas)
			continue
		}
		way = deltas // where as much has changed as there is, the whole list is less
		l.leads(v, way, d)
		if len(way) > 0 {
			worst = max(worst, float64(way.Bytes())/float64(l.changedSince(d.position.Sequence)))
		}
	}
	l.t.Logf("day %.0f, release %d: %d devices come back by deltas, at most by %.2f of what changed; they read a history of %d bytes and archives of up to %d",
		l.now.Sub(noon).Hours()/24, to.Sequence, len(gone), worst, seen.Manifest().History.Size, read)
	if worst > 1 {
		l.t.Errorf("a way has %.2f of the bytes of all changes", worst)
	}
}

// read is how large the archives are that were read: those that name archives or
// steps that are known.
func (l *life) read(v feed.Verified) (n int64) {
	l.t.Helper()
	for _, a := range v.Archives() {
		data, err := os.ReadFile(filepath.Join(l.dir, "sltd", a.Name))
		if err != nil {
			l.t.Fatal(err)
		}
		steps, _, err := feed.DecodeHistory(data)
		if err != nil {
			l.t.Fatal(err)
		}
		if len(steps) > 0 && slices.Contains(v.Steps(), steps[len(steps)/2]) {
			n += a.Size
		}
	}
	return n
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
func (l *life) leads(v feed.Verified, way feed.Way, d past) {
	l.t.Helper()
	for _, step := range way {
		if _, err := os.Stat(filepath.Join(l.dir, "sltd", step.Name)); err != nil {
			l.t.Error(err)
		}
	}
	if d.records == nil || len(way) == 0 {
		return
	}
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
	records, err := whole.Change().Apply(slices.Clone(d.records))
	if err != nil || !slices.Equal(records, l.records) {
		l.t.Errorf("from release %d: %v", d.position.Sequence, err)
	}
}
