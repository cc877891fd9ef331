package publish_test

import (
	"context"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/cache/trust"
	"portcullis/central/keys"
	"portcullis/central/publish"
	"portcullis/central/roles"
)

const keyID = feedtest.KeyID

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// hours is the time so many hours after noon.
func hours(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }

// A site is a repository with the keys of all its roles.
type site struct {
	t    testing.TB
	dir  string
	keys map[string][]string // the folders of each role's keys
}

// newSite begins a repository at noon.
func newSite(t testing.TB) *site { return newSiteIn(t, t.TempDir()) }

func newSiteIn(t testing.TB, dir string) *site {
	t.Helper()
	s := &site{t: t, dir: filepath.Join(dir, "repo"), keys: map[string][]string{}}
	plan := roles.Defaults()
	for name, role := range plan {
		role.Validity = max(role.Validity, 3*365*24*time.Hour) // a year is simulated, and nobody rotates keys
		for range role.Threshold {
			dir := t.TempDir()
			key, err := keys.Folder(dir).NewRole(nil)
			if err != nil {
				t.Fatal(err)
			}
			s.keys[name] = append(s.keys[name], dir)
			role.Keys = append(role.Keys, key)
		}
		plan[name] = role
	}
	ring := s.ring(roles.Root, roles.Targets, roles.List, roles.Snapshot, roles.Timestamp)
	if _, err := roles.Init(roles.Dir(s.dir), plan, ring, noon); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) ring(names ...string) *keys.Ring {
	s.t.Helper()
	var places []string
	for _, name := range names {
		places = append(places, s.keys[name]...)
	}
	ring, err := keys.Open(nil, places...)
	if err != nil {
		s.t.Fatal(err)
	}
	return ring
}

func (s *site) online() *keys.Ring { return s.ring(roles.List, roles.Snapshot, roles.Timestamp) }

func (s *site) options(name string) publish.Options {
	return publish.Options{Dir: s.dir, List: name, KeyID: keyID, Ring: s.online()}
}

func (s *site) publisher() *publish.Publisher { return publisherOf(s.t, s.options("sltd")) }

func publisherOf(t testing.TB, o publish.Options) *publish.Publisher {
	t.Helper()
	p, err := publish.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// all publishes records, whatever their order.
func all(t testing.TB, p *publish.Publisher, at time.Time, records []list.Record) publish.Result {
	t.Helper()
	r, err := p.PublishAll(context.Background(), at, sorted(records))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func change(t testing.TB, p *publish.Publisher, at time.Time, c list.Change) publish.Result {
	t.Helper()
	r, err := p.Publish(context.Background(), at, c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sorted(records []list.Record) iter.Seq2[list.Record, error] {
	records = slices.SortedFunc(slices.Values(records), list.Compare)
	return func(yield func(list.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// A device holds the list of a site in memory.
type device struct {
	feedtest.Store
	shelf string
	used  []feed.Step // by its last update
}

func (s *site) device() *device { return &device{shelf: s.t.TempDir()} }

// Fetch makes a site the source of a device.
func (s *site) Fetch(_ context.Context, name string, max int64) ([]byte, error) {
	data, err := fs.ReadFile(os.DirFS(s.dir), name)
	return data[:min(int64(len(data)), max+1)], err
}

// see is what a device verifies.
func (s *site) see(d *device) feed.Verified {
	s.t.Helper()
	v, err := feed.Verify(s.target(d, feed.ListRole, feed.ReleasePath("sltd")), "sltd", d.Position("sltd"))
	if err != nil {
		s.t.Fatal(err)
	}
	if h := v.Manifest().History; h != (feed.File{}) {
		data, err := s.Fetch(context.Background(), "sltd/"+h.Name, feed.MaxManifest)
		if err == nil {
			v, err = v.WithHistory(data)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return v
}

// learn reads the archives that a device reads which holds this.
func (s *site) learn(v feed.Verified, held feed.Position) feed.Verified {
	s.t.Helper()
	for {
		f, lacks := v.Lacks(held, nil)
		if !lacks {
			return v
		}
		data, err := s.Fetch(context.Background(), "sltd/"+f.Name, f.Size)
		if err == nil {
			v, err = v.WithHistory(data)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// target is a signed target, as a device verifies it.
func (s *site) target(d *device, role, path string) trust.Target {
	s.t.Helper()
	root, err := os.ReadFile(filepath.Join(s.dir, "1.root.json"))
	if err != nil {
		s.t.Fatal(err)
	}
	m, err := trust.Refresh(context.Background(), trust.Options{Root: root, Shelf: d.shelf}, s)
	if err != nil {
		s.t.Fatal(err)
	}
	target, err := m.Fetch(context.Background(), s, role, path)
	if err != nil {
		s.t.Fatal(err)
	}
	return target
}

// follow brings a device up to date by the way of least bytes.
func (s *site) follow(d *device) {
	s.t.Helper()
	v := s.learn(s.see(d), d.Position("sltd"))
	way, ok := v.Way(d.Position("sltd"), v.Manifest().Position(), nil)
	if !ok {
		s.t.Fatalf("no way leads from release %d to %d", d.Position("sltd").Sequence, v.Manifest().Sequence)
	}
	d.used = way
	for _, step := range way {
		s.apply(v, d, step)
	}
}

// apply takes one step of a release.
func (s *site) apply(v feed.Verified, d *device, step feed.Step) {
	s.t.Helper()
	f, err := os.Open(filepath.Join(s.dir, "sltd", step.Name))
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	c, err := v.Content(step, f)
	if err == nil {
		err = d.Apply(context.Background(), c)
	}
	if err != nil {
		s.t.Fatalf("release %d to %d: %v", step.From.Sequence, step.To.Sequence, err)
	}
}

func (s *site) mustHold(d *device, sequence uint64, want []list.Record) {
	s.t.Helper()
	want = slices.SortedFunc(slices.Values(want), list.Compare)
	if got := d.Position("sltd").Sequence; got != sequence || !slices.Equal(d.Records("sltd"), want) {
		s.t.Fatalf("the device holds %d records of release %d, want %d of %d", len(d.Records("sltd")), got, len(want), sequence)
	}
}

// bytes are all files of the site, by name.
func (s *site) bytes() map[string]string {
	s.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(s.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		all[name[len(s.dir)+1:]] = string(data)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}
