package sync_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/cache/sync"
)

// keyring has the keys of a device that has no folder for them.
type keyring struct{}

func (keyring) Seal() (seal [32]byte, err error) { return sha256.Sum256([]byte("seal")), nil }

func (keyring) List(string) (list.Key, error) {
	return list.NewKey(bytes.Repeat([]byte{2}, list.KeySize))
}

func listKeyID() string {
	key, _ := keyring{}.List("")
	return key.ID()
}

// A home is the folder of a device: its store is a real one, on a disk.
type home string

// newHome makes a folder in memory, where there is such a place: what a disk
// costs in time is to wait for it.
func newHome(t testing.TB) home { return home(feedtest.Shelf(t)) }

func (h home) lists() string { return filepath.Join(string(h), "lists") }
func (h home) spool() string { return filepath.Join(string(h), "spool") }
func (h home) shelf() string { return filepath.Join(string(h), "shelf") }

func (h home) open() (*cache.Store, error) {
	return cache.Open(h.lists(), cache.Options{Keys: keyring{}, Lists: []string{"sltd"}})
}

func (h home) mustOpen(t testing.TB) *cache.Store {
	t.Helper()
	s, err := h.open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func (h home) client(store sync.Store, source sync.Source, root []byte) (*sync.Client, error) {
	return sync.New(sync.Config{
		List: "sltd", Root: root, Source: source, Store: store, Spool: h.spool(), Shelf: h.shelf(), KeyID: listKeyID(),
	})
}

func (h home) mustClient(t testing.TB, store sync.Store, source sync.Source, root []byte) *sync.Client {
	t.Helper()
	c, err := h.client(store, source, root)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A course is a list that a publisher leads through all that there is: deltas,
// roll-ups, snapshots with deltas behind them, shards cut anew, keys replaced.
type course struct {
	*feedtest.Publisher
	repository *feedtest.Repository
	t          testing.TB
	records    []list.Record
	steps      []feed.Step // that are kept, the newest last
	files      feedtest.Files
	signed     map[uint64]feed.Release
	shown      []past // since the shards were cut
}

// A past is a release and its records.
type past struct {
	release feed.Release
	records []list.Record
}

func newCourse(t testing.TB, records int) *course {
	return &course{
		Publisher:  &feedtest.Publisher{List: "sltd", ShardBits: 5, KeyID: listKeyID()},
		repository: feedtest.NewRepository(t), t: t, records: feedtest.Records(1, records), files: feedtest.Files{}, signed: map[uint64]feed.Release{},
	}
}

// next publishes another release, which changes this many records.
func (c *course) next(changes int) feedtest.Release {
	c.t.Helper()
	n := uint64(len(c.signed) + 1)
	recut := n%9 == 0
	if recut {
		c.ShardBits = 9 - c.ShardBits
		c.steps, c.shown = nil, nil
	}
	if n > 1 {
		c.records = append(slices.Clone(c.records[changes:]), feedtest.Records(1000+n, changes+1)...)
		slices.SortFunc(c.records, list.Compare)
	}
	r := c.Release(c.t, c.records)
	snapshot, delta := r.Step(feed.Snapshot), r.Step(feed.Delta)
	keep := func(s feed.Step, data []byte) {
		c.steps, c.files[s.Name] = append(c.steps, s), data
	}
	if recut || n%4 == 1 {
		keep(snapshot, r.Files[snapshot.Name])
	}
	if len(c.shown) > 0 {
		keep(delta, r.Files[delta.Name])
	}
	if len(c.shown) > 2 && n%3 == 0 {
		before := c.shown[len(c.shown)-3]
		b := feedtest.Builder{Release: r.Manifest.Release}
		b.Delta(c.t, before.release.Position(), list.Difference(before.records, c.records))
		rollUp := b.Done()
		keep(rollUp.Manifest.Steps[0], rollUp.Files[rollUp.Manifest.Steps[0].Name])
	}
	c.shown = append(c.shown, past{r.Manifest.Release, c.records})
	c.signed[n] = r.Manifest.Release
	return c.publish(r.Manifest)
}

// publish names all steps that are kept, the older ones in a history.
func (c *course) publish(m feed.Manifest) feedtest.Release {
	c.t.Helper()
	recent := len(c.steps) - min(2, len(c.steps))
	m.Steps, m.History = c.steps[recent:], feed.File{}
	if older := c.steps[:recent]; len(older) > 0 {
		data, err := feed.EncodeHistory(older)
		if err != nil {
			c.t.Fatal(err)
		}
		m.History = fileOf(fmt.Sprintf("%d-history.json", m.Sequence), data)
		c.files[m.History.Name] = data
	}
	switch m.Sequence % 5 {
	case 2:
		c.repository.Rotate("root")
	case 4:
		c.repository.Rotate([]string{"timestamp", "snapshot", feed.ListRole}[m.Sequence%3])
	}
	r := feedtest.Release{Manifest: m, Files: c.files}
	c.repository.Release(r)
	return r
}

// newest is the release that was published last.
func (c *course) newest() feed.Release { return c.signed[uint64(len(c.signed))] }

// mustBeWhole fails the test unless the store holds, to the last bit, a release
// that was signed, no older than one that it held before. It returns which.
func (c *course) mustBeWhole(t *testing.T, s *cache.Store, before uint64) uint64 {
	t.Helper()
	held := s.Release("sltd")
	if held.Sequence == 0 && before == 0 {
		return 0
	}
	r, err := s.Verify(t.Context(), "sltd")
	if err != nil {
		t.Fatal(err)
	}
	want := c.signed[held.Sequence]
	if held.Sequence < before || !r.Sound() || r.Root != want.Root || r.Records != want.Records || s.Position("sltd") != want.Position() {
		t.Fatalf("release %d was held, and is %+v now, want the root %s and %d records", before, r, want.Root, want.Records)
	}
	return held.Sequence
}
