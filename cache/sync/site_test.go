package sync_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/cache/sync"
	"portcullis/central/keys"
	"portcullis/central/publish"
	"portcullis/central/roles"
)

// What tells this test binary, started again, to be a publisher that is killed.
const (
	childSite = "SYNC_TEST_SITE" // its folder
	childHour = "SYNC_TEST_HOUR" // after the first release
)

// A site is the folder of a real publisher: its repository, and its keys.
type site string

var firstRelease = time.Date(2025, 10, 1, 12, 0, 0, 0, time.UTC)

func hour(n int) time.Time { return firstRelease.Add(time.Duration(n) * time.Hour) }

func (s site) repository() string { return filepath.Join(string(s), "repository") }

func (s site) keyFolders() (folders []string) {
	folders, _ = filepath.Glob(filepath.Join(string(s), "keys", "*"))
	return folders
}

// newSite begins a repository whose roles last for as long as a test.
func newSite(t testing.TB) site {
	t.Helper()
	s := site(feedtest.Shelf(t))
	plan := roles.Defaults()
	for name, role := range plan {
		role.Validity = 4 * 365 * 24 * time.Hour
		for n := range role.Threshold {
			dir := filepath.Join(string(s), "keys", fmt.Sprint(name, n))
			key, err := keys.Folder(dir).NewRole(nil)
			if err != nil {
				t.Fatal(err)
			}
			role.Keys = append(role.Keys, key)
		}
		plan[name] = role
	}
	ring, err := keys.Open(nil, s.keyFolders()...)
	if err == nil {
		_, err = roles.Init(roles.Dir(s.repository()), plan, ring, firstRelease)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s site) root(t testing.TB) []byte {
	t.Helper()
	root, err := os.ReadFile(filepath.Join(s.repository(), "1.root.json"))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func (s site) publisher() (*publish.Publisher, error) {
	ring, err := keys.Open(nil, s.keyFolders()...)
	if err != nil {
		return nil, err
	}
	return publish.New(publish.Options{Dir: s.repository(), List: "sltd", KeyID: listKeyID(), Ring: ring})
}

// inOrder are records as a publisher takes them.
func inOrder(records []list.Record) iter.Seq2[list.Record, error] {
	return func(yield func(list.Record, error) bool) {
		for _, r := range slices.SortedFunc(slices.Values(records), list.Compare) {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// A counter counts the bytes that a server sends of each kind of file.
type counter struct {
	http.Handler
	bytes map[string]int64
}

// ServeHTTP implements http.Handler.
func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind := "metadata"
	for _, k := range []string{"delta", "snapshot", "history", "archive"} {
		if strings.Contains(r.URL.Path, "-"+k+"-") {
			kind = k
		}
	}
	c.Handler.ServeHTTP(&counted{w, c, kind}, r)
}

type counted struct {
	http.ResponseWriter
	counter *counter
	kind    string
}

// Write implements http.ResponseWriter.
func (c *counted) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.counter.bytes[c.kind] += int64(n)
	return n, err
}

// An absence is a device with a real store that went offline with a release.
type absence struct {
	home
	day     int   // of the release
	changed int64 // bytes of all deltas since
}

// TestDevicesComeBackAfterMonthsToWhatCentralPublished has the publisher's
// program make a release a day for 200 days. Devices that went offline on the
// way come back by deltas and roll-ups, with fewer bytes than all that was published
// since.
func TestDevicesComeBackAfterMonthsToWhatCentralPublished(t *testing.T) {
	t.Parallel()
	days := 200
	if testing.Short() {
		days = 60
	}
	s := newSite(t)
	p, err := s.publisher()
	if err != nil {
		t.Fatal(err)
	}
	server := &counter{publish.Handler(s.repository()), map[string]int64{}}
	web := httptest.NewServer(server)
	defer web.Close()
	source := newSource(t, web.URL)
	records := feedtest.Records(1, 10_000)
	made, err := p.PublishAll(t.Context(), firstRelease, inOrder(records))
	if err != nil {
		t.Fatal(err)
	}
	var away []*absence
	for day := range days {
		if slices.Contains([]int{0, 31, 99, days - 40, days - 3, days - 1}, day) {
			a := &absence{home: newHome(t), day: day}
			a.follow(t, source, s.root(t), made.Manifest.Release)
			away = append(away, a)
		}
		next := append(slices.Clone(records[2:]), feedtest.Records(uint64(1000+day), 3)...)
		slices.SortFunc(next, list.Compare)
		if made, err = p.Publish(t.Context(), hour(24*(day+1)), list.Difference(records, next)); err != nil {
			t.Fatal(err)
		}
		records = next
		for _, a := range away {
			a.changed += made.Manifest.Steps[0].Size
		}
	}
	for _, a := range away {
		clear(server.bytes)
		a.follow(t, source, s.root(t), made.Manifest.Release)
		got := server.bytes
		t.Logf("away since day %d of %d: %v, where all deltas have %d bytes", a.day, days, got, a.changed)
		if got["snapshot"] > 0 || got["delta"] > a.changed || got["metadata"] > 10_000 || got["history"] > 50_000 || got["archive"] > 50_000 {
			t.Errorf("away since day %d: %v, where all deltas have %d bytes", a.day, got, a.changed)
		}
	}
}

// follow brings a device to a release.
func (a *absence) follow(t *testing.T, source sync.Source, root []byte, want feed.Release) {
	t.Helper()
	s := a.mustOpen(t)
	if err := a.mustClient(t, s, source, root).Once(t.Context()); err != nil && sync.CodeOf(err) != sync.Expired {
		t.Fatal(err)
	}
	r, err := s.Verify(t.Context(), "sltd")
	if err != nil || !r.Sound() || r.Root != want.Root || s.Position("sltd") != want.Position() {
		t.Fatalf("it holds %+v, %v; want release %d", r, err, want.Sequence)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// stateOf is what the list of the next test has with a release.
func stateOf(sequence uint64) []list.Record {
	records := feedtest.Records(1, 4000)
	return append(records[10*(sequence%9):], feedtest.Records(1000+sequence, 50)...)
}

// publishAndDie is the child of the test below.
func publishAndDie(s site, d death) error {
	var n int
	fmt.Sscan(os.Getenv(childHour), &n)
	p, err := s.publisher()
	if err != nil {
		return err
	}
	m, err := p.Latest(context.Background())
	if err != nil {
		return err
	}
	if err := d.watch(s.repository()); err != nil {
		return err
	}
	_, err = p.PublishAll(context.Background(), hour(n), inOrder(stateOf(m.Sequence+1)))
	return err
}

// TestAPublisherThatIsKilledShowsWholeReleases kills the publisher's program at
// each change of a file, or some of them. Whatever it has written by then, a
// device that pulls from the folder holds a release that is whole.
func TestAPublisherThatIsKilledShowsWholeReleases(t *testing.T) {
	t.Parallel()
	every := 4
	if os.Getenv(moreKills) != "" {
		every = 1
	}
	s, h := newSite(t), newHome(t)
	p, err := s.publisher()
	if err == nil {
		_, err = p.PublishAll(t.Context(), firstRelease, inOrder(stateOf(1)))
	}
	if err != nil {
		t.Fatal(err)
	}
	store := h.mustOpen(t)
	client := h.mustClient(t, store, sync.Dir(s.repository()), s.root(t))
	held, kills := uint64(0), 0
	for moment := 1; ; moment += every {
		killed := dies(t, fmt.Sprintf("file %d 0", moment), childSite+"="+string(s), fmt.Sprintf("%s=%d", childHour, moment))
		held = mustPullWhole(t, client, store, held)
		if !killed {
			break
		}
		kills++
	}
	t.Logf("%d kills, %d releases", kills, held)
	if kills < 5 || held < 2 {
		t.Errorf("%d kills, %d releases: too few", kills, held)
	}
}

// mustPullWhole has a device pull, which must work whatever a publisher has
// left, and returns what it holds.
func mustPullWhole(t *testing.T, client *sync.Client, s *cache.Store, before uint64) uint64 {
	t.Helper()
	if err := client.Once(t.Context()); err != nil && sync.CodeOf(err) != sync.Expired {
		t.Fatal(err)
	}
	held := s.Release("sltd")
	root, err := feedtest.Root(held.Params, slices.SortedFunc(slices.Values(stateOf(held.Sequence)), list.Compare))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Verify(t.Context(), "sltd")
	if err != nil || !r.Sound() || r.Root != root || held.Sequence < before || held.Sequence > before+1 {
		t.Fatalf("release %d was held, and is %+v now: %v", before, r, err)
	}
	return held.Sequence
}
