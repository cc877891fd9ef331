package feedtest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// Codes are the State codes of the records and releases of this package.
var Codes = []string{"UTO", "D", "XXB"}

// Issued is when the first release of a Publisher is issued; each other is an
// hour after the one before.
var Issued = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// Key returns a publisher's key, another one for each number.
func Key(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

// Trust is in the key of that number, for a list.
func Trust(name string, n byte) feed.Trust {
	return feed.Trust{List: name, Keys: []ed25519.PublicKey{Key(n).Public().(ed25519.PublicKey)}}
}

// A Publisher makes releases of one list for tests.
type Publisher struct {
	List      string
	Signer    ed25519.PrivateKey
	ShardBits int
	last      feed.Position
	records   []list.Record
}

// A Release is an envelope and the files that it names.
type Release struct {
	Manifest feed.Manifest
	Envelope []byte
	Files    map[string][]byte
}

// Name returns the name of the file of a kind.
func (r Release) Name(kind feed.Kind) string {
	f, _ := r.Manifest.File(kind)
	return f.Name
}

// Release makes the next release, with a snapshot and, from the second on, a
// delta.
func (p *Publisher) Release(t testing.TB, records []list.Record) Release {
	t.Helper()
	records = slices.SortedFunc(slices.Values(records), list.Compare)
	m := feed.Manifest{
		List: p.List, Sequence: p.last.Sequence + 1, Issued: Issued.Add(time.Duration(p.last.Sequence) * time.Hour), KeyID: "0123456789abcdef",
		Params: list.Params{ShardBits: p.ShardBits, Codes: Codes}, Records: uint64(len(records)), Base: p.last,
	}
	var snapshot, delta bytes.Buffer
	shards, err := encode(m.Params, records)
	if err == nil {
		m.Root, err = Root(m.Params, records)
	}
	if err != nil {
		t.Fatal(err)
	}
	removed, added := without(p.records, records), without(records, p.records)
	if err := errors.Join(feed.WriteSnapshot(&snapshot, shards), feed.WriteDelta(&delta, m.Params, removed, added)); err != nil {
		t.Fatal(err)
	}
	files := map[feed.Kind][]byte{feed.Snapshot: snapshot.Bytes()}
	if m.Base.Sequence > 0 {
		m.Added, m.Removed = uint64(len(added)), uint64(len(removed))
		files[feed.Delta] = delta.Bytes()
	}
	p.last, p.records = m.Position(), records
	return Sign(t, m, p.Signer, files)
}

// Sign makes a release of a manifest and any files, whatever is in them.
func Sign(t testing.TB, m feed.Manifest, key ed25519.PrivateKey, files map[feed.Kind][]byte) Release {
	t.Helper()
	r := Release{Files: map[string][]byte{}}
	m.Files = nil
	for _, kind := range []feed.Kind{feed.Snapshot, feed.Delta} {
		if data, there := files[kind]; there {
			sum := fmt.Sprintf("%x", sha256.Sum256(data))
			name := fmt.Sprintf("%d-%s-%s.bin", m.Sequence, kind, sum[:12])
			r.Files[name] = data
			m.Files = append(m.Files, feed.File{Kind: kind, Name: name, Size: int64(len(data)), SHA256: sum})
		}
	}
	var err error
	if r.Envelope, err = feed.Sign(m, key); err != nil {
		t.Fatal(err)
	}
	r.Manifest = m
	return r
}

// Records returns n records that no document has, in order.
func Records(seed uint64, n int) []list.Record {
	rnd := rand.New(rand.NewPCG(seed, 0))
	records := make([]list.Record, n)
	for i := range records {
		records[i] = list.Record{
			Digest: list.Digest(rnd.Uint64()), Class: list.Class(rnd.IntN(4)), Issuer: Codes[rnd.IntN(len(Codes))],
			Status: list.Status(1 + rnd.IntN(5)), Date: list.Date(12000 + rnd.IntN(1000)), Country: Codes[rnd.IntN(len(Codes))],
		}
	}
	slices.SortFunc(records, list.Compare)
	return records
}

// Root returns the root of a list with these records, which are in order.
func Root(p list.Params, records []list.Record) (list.Hash, error) {
	leaves := make([]list.Hash, p.Shards())
	for id := range leaves {
		var members []list.Record
		members, records = take(p, uint32(id), records)
		leaves[id] = list.Leaf(uint32(id), members)
	}
	return list.Root(leaves)
}

func encode(p list.Params, records []list.Record) ([][]byte, error) {
	shards := make([][]byte, p.Shards())
	for id := range shards {
		var members []list.Record
		if members, records = take(p, uint32(id), records); len(members) == 0 {
			continue
		}
		var err error
		if shards[id], err = p.Encode(nil, uint32(id), members); err != nil {
			return nil, err
		}
	}
	return shards, nil
}

// take splits records, which are in order, behind those of shard id.
func take(p list.Params, id uint32, records []list.Record) (members, rest []list.Record) {
	n := 0
	for n < len(records) && p.ShardOf(records[n].Digest) == id {
		n++
	}
	return records[:n], records[n:]
}

// without returns the records of a that are not in b; both are in order.
func without(a, b []list.Record) []list.Record {
	return slices.DeleteFunc(slices.Clone(a), func(r list.Record) bool {
		i, there := slices.BinarySearchFunc(b, r, list.Compare)
		return there && b[i] == r
	})
}
