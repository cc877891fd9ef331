package main

import (
	"bytes"
	"crypto/ed25519"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/feed"
	"portcullis/cache/list"
	"portcullis/central/publish"
	"portcullis/central/registry"
	"portcullis/central/synthetic"
	"portcullis/scripts/bench/job"
)

func TestDigestsAreThoseOfTheListKey(t *testing.T) {
	secret := bytes.Repeat([]byte{7}, list.KeySize)
	key, err := list.NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	d := newDigester(secret)
	for r := range synthetic.Records(seed, 1000) {
		want, err := key.Digest(r.Number)
		if got := d.digest(r.Number); err != nil || got != uint64(want) || job.Digest(secret, r.Number) != [8]byte(digestBytes(want)) {
			t.Fatalf("%x, want %x, %v", got, want, err)
		}
	}
}

func digestBytes(d list.Digest) []byte {
	var out []byte
	for shift := 56; shift >= 0; shift -= 8 {
		out = append(out, byte(d>>shift))
	}
	return out
}

// What is packed says what the registry makes of the same record.
func TestPackedRecordsSayWhatTheRegistryDoes(t *testing.T) {
	secret := bytes.Repeat([]byte{7}, list.KeySize)
	key, err := list.NewKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	records := slices.Collect(synthetic.Records(seed, 3*batchSize/2))
	p := newPacker(secret)
	all, err := p.packAll(slices.Values(records), len(records))
	if err != nil {
		t.Fatal(err)
	}
	codes, places := p.settle()
	for i, r := range records {
		entry, broken := registry.Check(r, time.Now())
		if len(broken) > 0 {
			t.Fatal(broken)
		}
		want, err := entry.Record(key)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, all[i].replace(places).record(codes)); diff != "" {
			t.Fatalf("record %d: -want +got\n%s", i, diff)
		}
	}
}

func TestRecordsAreSortedAsListsAre(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	codes := []string{"", "D", "UTO", "XXB"}
	for _, n := range []int{0, 1, 2, 5000} {
		records := make([]packed, n)
		for i := range records {
			r := list.Record{Digest: list.Digest(rnd.Uint64N(200) << 55), Class: list.Class(rnd.IntN(4)), Status: list.Status(rnd.IntN(9)), Date: list.Date(i)}
			records[i] = pack(r, uint16(rnd.IntN(4)), uint16(rnd.IntN(4)))
		}
		want := unpack(records, codes)
		slices.SortFunc(want, list.Compare)
		sortPacked(records)
		got := unpack(records, codes)
		if !slices.IsSortedFunc(got, list.Compare) || !cmp.Equal(tally(got), tally(want)) {
			t.Errorf("%d records are not sorted, or not the same", n)
		}
	}
}

// tally counts records by what they say.
func tally(records []list.Record) map[list.Record]int {
	counts := map[list.Record]int{}
	for _, r := range records {
		counts[r]++
	}
	return counts
}

func TestOneDocumentTwiceIsRefused(t *testing.T) {
	one := pack(list.Record{Digest: 5, Class: list.Passport, Status: list.Lost}, 1, 1)
	two := pack(list.Record{Digest: 5, Class: list.Passport, Status: list.Stolen}, 1, 2)
	if checkDistinct([]packed{one, two}) == nil {
		t.Error("two records of one document are taken")
	}
	other := pack(list.Record{Digest: 5, Class: list.Passport, Status: list.Stolen}, 2, 2)
	if err := checkDistinct([]packed{one, other}); err != nil {
		t.Error(err)
	}
}

// The release is the one that the publisher's own program would make.
func TestReleasesAreThoseOfThePublisher(t *testing.T) {
	const n = 3000
	w, err := newWorkload(t.TempDir(), n)
	if err != nil {
		t.Fatal(err)
	}
	held := feed.Position{}
	m := verified(t, w, 1, held).Manifest()
	codes := append([]string{""}, m.Params.Codes...)
	records := readRecords(t, w, codes)
	p := newPublisher(t, m.KeyID)
	for release := uint64(1); release <= uint64(1+len(deltaSizes)); release++ {
		v := verified(t, w, release, held)
		m, held = v.Manifest(), v.Manifest().Position()
		if release > 1 {
			records = changed(t, w, int(release)-1, records, codes)
		}
		r, err := p.Publish(time.Now(), records)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(content(r.Manifest, m.Files[0].Kind), content(m, m.Files[0].Kind)); diff != "" {
			t.Errorf("release %d: -want +got\n%s", release, diff)
		}
	}
}

// content is what does not depend on who signs and when.
func content(m feed.Manifest, kind feed.Kind) feed.Manifest {
	file, _ := m.File(kind)
	file.Name = ""
	m.Issued, m.Files = time.Time{}, []feed.File{file}
	if kind == feed.Snapshot { // the first release has no delta
		m.Base, m.Added, m.Removed = feed.Position{}, 0, 0
	}
	return m
}

func newPublisher(t *testing.T, keyID string) *publish.Publisher {
	t.Helper()
	_, signer, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := publish.New(t.TempDir(), listName, signer, keyID)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func verified(t *testing.T, w *workload, release uint64, held feed.Position) feed.Verified {
	t.Helper()
	text, err := os.ReadFile(w.folder.Path(publisherFile))
	if err != nil {
		t.Fatal(err)
	}
	key, err := feed.ParseKey(string(text))
	if err != nil {
		t.Fatal(err)
	}
	dir := w.folder.Path(releaseFolder)
	envelope, err := os.ReadFile(releasePath(dir, release))
	if err != nil {
		t.Fatal(err)
	}
	v, err := feed.Verify(envelope, feed.Trust{List: listName, Keys: []ed25519.PublicKey{key}}, held)
	if err != nil {
		t.Fatal(err)
	}
	file := v.Manifest().Files[0]
	f, err := os.Open(filepath.Join(dir, file.Name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := v.Content(file.Kind, f); err != nil {
		t.Fatal(err)
	}
	return v
}

func readRecords(t *testing.T, w *workload, codes []string) (records []list.Record) {
	t.Helper()
	for r, err := range w.folder.Records(job.RecordsFile) {
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, unpacked(r, codes))
	}
	return records
}

func unpacked(r job.Record, codes []string) list.Record {
	var digest, rest uint64
	for i := range job.DigestSize {
		digest, rest = digest<<8|uint64(r[i]), rest<<8|uint64(r[job.DigestSize+i])
	}
	return packed{digest, rest}.record(codes)
}

// changed returns the records with a delta's changes, as the peers read them.
func changed(t *testing.T, w *workload, delta int, records []list.Record, codes []string) []list.Record {
	t.Helper()
	removed, added, err := w.folder.Delta(delta)
	if err != nil {
		t.Fatal(err)
	}
	gone := map[list.Record]bool{}
	for _, r := range removed {
		gone[unpacked(r, codes)] = true
	}
	records = slices.DeleteFunc(records, func(r list.Record) bool { return gone[r] })
	for _, r := range added {
		records = append(records, unpacked(r, codes))
	}
	if len(removed) != len(added) || len(removed) != w.deltas[delta-1]/2 {
		t.Errorf("delta %d has %d and %d changes", delta, len(removed), len(added))
	}
	return records
}
