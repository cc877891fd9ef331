package cache_test

import (
	"bytes"
	"cmp"
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
)

var (
	codes  = []string{"UTO", "D", "XXB"}
	issued = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
)

// memKeys are keys of a device that has no folder for them.
type memKeys struct {
	seal byte
	list byte
}

func (k memKeys) Seal() (seal [32]byte, err error) {
	copy(seal[:], bytes.Repeat([]byte{k.seal}, 32))
	return seal, nil
}

func (k memKeys) List(string) (list.Key, error) {
	return list.NewKey(bytes.Repeat([]byte{k.list}, list.KeySize))
}

var deviceKeys = memKeys{seal: 1, list: 2}

func options() cache.Options { return cache.Options{Keys: deviceKeys, Lists: []string{"sltd"}} }

// openStore opens a store for the length of a test.
func openStore(t testing.TB, dir string) *cache.Store {
	t.Helper()
	s, err := cache.Open(dir, options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func digest(t testing.TB, number string) list.Digest {
	t.Helper()
	key, _ := deviceKeys.List("")
	d, err := key.Digest(number)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func record(t testing.TB, number string, class list.Class, issuer string, status list.Status) list.Record {
	t.Helper()
	return list.Record{Digest: digest(t, number), Class: class, Issuer: issuer, Status: status, Date: 13000, Country: issuer}
}

// randomRecords returns n records in order.
func randomRecords(seed uint64, n int) []list.Record {
	rnd := rand.New(rand.NewPCG(seed, 0))
	records := make([]list.Record, n)
	for i := range records {
		records[i] = list.Record{
			Digest: list.Digest(rnd.Uint64()), Class: list.Passport, Issuer: codes[rnd.IntN(3)],
			Status: list.Status(1 + rnd.IntN(5)), Date: list.Date(12000 + rnd.IntN(1000)), Country: codes[rnd.IntN(3)],
		}
	}
	slices.SortFunc(records, list.Compare)
	return records
}

// A publisher makes releases of one list, each with a snapshot and, from the
// second on, a delta.
type publisher struct {
	t         testing.TB
	shardBits int
	sequence  uint64
	root      list.Hash
	records   []list.Record
}

func (p *publisher) params() list.Params { return list.Params{ShardBits: p.shardBits, Codes: codes} }

// release is the next release, with these records on the list.
func (p *publisher) release(records []list.Record) map[feed.Kind]feed.Content {
	p.t.Helper()
	records = slices.SortedFunc(slices.Values(records), list.Compare)
	params := p.params()
	shards, root := encodeShards(p.t, params, records)
	b := feedtest.Builder{Release: signedRelease(feed.Release{Sequence: p.sequence + 1, Params: params, Records: uint64(len(records)), Root: root})}
	b.Snapshot(p.t, shards)
	if p.sequence > 0 {
		b.Delta(p.t, feed.Position{Sequence: p.sequence, Root: p.root}, list.Difference(p.records, records))
	}
	p.sequence, p.root, p.records = p.sequence+1, root, records
	return contents(p.t, b.Done())
}

// signedRelease returns a release as the publisher of these tests signs it.
func signedRelease(r feed.Release) feed.Release {
	key, _ := deviceKeys.List("")
	r.List, r.Issued = cmp.Or(r.List, "sltd"), issued
	r.KeyID = cmp.Or(r.KeyID, key.ID())
	return r
}

// contents are those of all steps of a release.
func contents(t testing.TB, r feedtest.Release) map[feed.Kind]feed.Content {
	t.Helper()
	all := map[feed.Kind]feed.Content{}
	for _, s := range r.Manifest.Steps {
		all[s.Kind()] = r.Content(t, s.Kind())
	}
	return all
}

func encodeShards(t testing.TB, p list.Params, records []list.Record) ([][]byte, list.Hash) {
	t.Helper()
	shards, leaves := make([][]byte, p.Shards()), make([]list.Hash, p.Shards())
	for id := range uint32(p.Shards()) {
		n := 0
		for n < len(records) && p.ShardOf(records[n].Digest) == id {
			n++
		}
		leaves[id] = list.Leaf(id, records[:n])
		if n > 0 {
			var err error
			if shards[id], err = p.Encode(nil, id, records[:n]); err != nil {
				t.Fatal(err)
			}
		}
		records = records[n:]
	}
	root, err := list.Root(leaves)
	if err != nil {
		t.Fatal(err)
	}
	return shards, root
}

func apply(t testing.TB, s *cache.Store, c feed.Content) {
	t.Helper()
	if err := s.Apply(context.Background(), c); err != nil {
		t.Fatal(err)
	}
}

// mustHold fails the test unless the store holds these records and can prove
// them.
func mustHold(t testing.TB, s *cache.Store, release uint64, records []list.Record) {
	t.Helper()
	r, err := s.Verify(context.Background(), "sltd")
	if err != nil {
		t.Fatal(err)
	}
	if !r.Sound() || r.Release != release || r.Records != uint64(len(records)) {
		t.Fatalf("the store holds %+v, want release %d with %d records", r, release, len(records))
	}
}

func storeFolder(t testing.TB) string { return filepath.Join(t.TempDir(), "lists") }

// signSnapshot returns a snapshot with these shards, whatever the release says.
func signSnapshot(t testing.TB, r feed.Release, shards [][]byte) feed.Content {
	t.Helper()
	b := feedtest.Builder{Release: signedRelease(r)}
	b.Snapshot(t, shards)
	return b.Done().Content(t, feed.Snapshot)
}

// signDelta returns a delta with these changes, whatever the release says.
func signDelta(t testing.TB, r feed.Release, from feed.Position, c list.Change) feed.Content {
	t.Helper()
	b := feedtest.Builder{Release: signedRelease(r)}
	b.Delta(t, from, c)
	return b.Done().Content(t, feed.Delta)
}
