package feedtest

import (
	"bytes"
	"cmp"
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

// KeyID is that of the list key of the releases of a Publisher.
const KeyID = "0123456789abcdef"

// Issued is when the first release of a Publisher is issued; each other is an
// hour after the one before.
var Issued = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// A Publisher makes releases of one list for tests.
type Publisher struct {
	List      string
	ShardBits int
	KeyID     string // of the list key; empty is the constant of that name
	last      feed.Release
	records   []list.Record
}

// A Files is what a release leads to by, by the names of the files.
type Files map[string][]byte

// A Release is a manifest and the files that it names.
type Release struct {
	Manifest feed.Manifest
	Files    Files
}

// Step returns the step of a kind; it is the zero Step when there is none.
func (r Release) Step(kind feed.Kind) feed.Step {
	for _, s := range r.Manifest.Steps {
		if s.Kind() == kind {
			return s
		}
	}
	return feed.Step{}
}

// Content returns the step of a kind as a device has it once it was verified.
func (r Release) Content(t testing.TB, kind feed.Kind) feed.Content {
	t.Helper()
	s := r.Step(kind)
	c, err := r.Verified(t).Content(s, bytes.NewReader(r.Files[s.Name]))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Verified returns the release as a device has it that held nothing.
func (r Release) Verified(t testing.TB) feed.Verified {
	t.Helper()
	v, err := feed.Verify(Sign(t, r.Manifest), r.Manifest.List, feed.Position{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Release makes the next release, with a snapshot and, from the second on, a
// delta.
func (p *Publisher) Release(t testing.TB, records []list.Record) Release {
	t.Helper()
	records = slices.SortedFunc(slices.Values(records), list.Compare)
	next := feed.Release{
		List: p.List, Sequence: p.last.Sequence + 1, Issued: Issued.Add(time.Duration(p.last.Sequence) * time.Hour), KeyID: cmp.Or(p.KeyID, KeyID),
		Params: list.Params{ShardBits: p.ShardBits, Codes: Codes}, Records: uint64(len(records)),
	}
	shards, err := encode(next.Params, records)
	if err == nil {
		next.Root, err = Root(next.Params, records)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := Builder{Release: next}
	b.Snapshot(t, shards)
	if p.last.Sequence > 0 {
		b.Delta(t, p.last.Position(), list.Difference(p.records, records))
	}
	p.last, p.records = next, records
	return b.Done()
}

// A Builder makes a release of any files, whatever is in them.
type Builder struct {
	Release feed.Release
	made    Release
}

// Snapshot adds a snapshot of these shards.
func (b *Builder) Snapshot(t testing.TB, shards [][]byte) {
	t.Helper()
	var file bytes.Buffer
	if err := feed.WriteSnapshot(&file, shards); err != nil {
		t.Fatal(err)
	}
	b.Add(feed.Step{}, file.Bytes())
}

// Delta adds a delta of a change.
func (b *Builder) Delta(t testing.TB, from feed.Position, c list.Change) {
	t.Helper()
	var file bytes.Buffer
	if err := feed.WriteDelta(&file, b.Release.Params, c); err != nil {
		t.Fatal(err)
	}
	b.Add(feed.Step{From: from, Added: uint64(len(c.Added)), Removed: uint64(len(c.Removed))}, file.Bytes())
}

// Add adds a file as a step to the release.
func (b *Builder) Add(s feed.Step, data []byte) {
	r := b.Release
	s.To, s.Issued, s.Records = r.Position(), r.Issued, r.Records
	s.SHA256 = fmt.Sprintf("%x", sha256.Sum256(data))
	s.Name, s.Size = fmt.Sprintf("%d-%s-%s.bin", r.Sequence, s.Kind(), s.SHA256[:12]), int64(len(data))
	if b.made.Files == nil {
		b.made.Files = Files{}
	}
	b.made.Files[s.Name] = data
	b.made.Manifest.Steps = append(b.made.Manifest.Steps, s)
}

// Done returns the release.
func (b *Builder) Done() Release {
	b.made.Manifest.Release = b.Release
	return b.made
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
	whole := list.Change{Added: records}
	for id := range leaves {
		leaves[id] = list.Leaf(uint32(id), whole.Of(p, uint32(id)).Added)
	}
	return list.Root(leaves)
}

func encode(p list.Params, records []list.Record) ([][]byte, error) {
	shards := make([][]byte, p.Shards())
	var errs []error
	for _, part := range (list.Change{Added: records}).Parts(p) {
		var err error
		shards[part.Shard], err = p.Encode(nil, part.Shard, part.Added)
		errs = append(errs, err)
	}
	return shards, errors.Join(errs...)
}
