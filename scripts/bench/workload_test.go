package main

import (
	"bytes"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/feed"
	"portcullis/cache/list"
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

// What the publisher's releases say is what the peers are given.
func TestReleasesSayWhatThePeersAreGiven(t *testing.T) {
	const n = 3000
	w, err := newWorkload(t.TempDir(), n, deltaSizes...)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	given, err := openListed(w.folder)
	if err != nil {
		t.Fatal(err)
	}
	source := folderSource(w.folder.Path(releaseFolder))
	v, err := source.newest(t.Context(), t.TempDir(), feed.Position{})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range v.Steps() {
		content := contentOf(t, source, v, step)
		want, got := list.Change{}, content.Change()
		switch {
		case step.Kind() == feed.Snapshot:
			want.Added, got.Added = collect(t, given.all()), snapshotRecords(t, content)
		case step.To.Sequence != step.From.Sequence+1:
			continue // a roll-up
		default:
			if want, err = given.delta(int(step.From.Sequence)); err != nil || len(want.Added) == 0 || len(want.Added) != w.deltas[step.From.Sequence-1]/2 {
				t.Fatalf("%d are added: %v", len(want.Added), err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s to release %d: -want +got\n%s", step.Kind(), step.To.Sequence, diff)
		}
	}
	if m := v.Manifest(); m.Sequence != uint64(1+len(deltaSizes)) || m.Records != n {
		t.Errorf("release %d has %d records", m.Sequence, m.Records)
	}
}

func contentOf(t *testing.T, source folderSource, v feed.Verified, step feed.Step) feed.Content {
	t.Helper()
	f, err := os.Open(filepath.Join(string(source), listName, step.Name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	c, err := v.Content(step, f)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func snapshotRecords(t *testing.T, c feed.Content) (all []list.Record) {
	t.Helper()
	for raw, err := range c.Shards() {
		if err != nil {
			t.Fatal(err)
		}
		shard, err := c.Release().Params.Shard(raw.ID, raw.Data)
		if err != nil {
			t.Fatal(err)
		}
		if all, err = shard.AppendAll(all); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func collect(t *testing.T, records iter.Seq2[list.Record, error]) (all []list.Record) {
	t.Helper()
	for r, err := range records {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}
