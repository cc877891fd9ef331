package cache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// canceled is a context of work that is told to stop before it has begun.
func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestAJournaledDeltaIsFinishedAfterAStop(t *testing.T) {
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := &publisher{t: t, shardBits: 5}
	first := randomRecords(1, 500)
	second := append(first[40:], randomRecords(2, 60)...)
	apply(t, s, p.release(first)[feed.Snapshot])
	next := p.release(second)
	if err := s.Apply(canceled(), next[feed.Delta]); !errors.Is(err, context.Canceled) {
		t.Fatalf("applied by one who was told to stop: %v", err)
	}
	mustHold(t, s, 1, first)
	s.Close()

	s = openStore(t, dir)
	mustHold(t, s, 1, first)
	for range 2 { // the second time there is nothing to do
		if err := s.Resume(context.Background()); err != nil {
			t.Fatal(err)
		}
		mustHold(t, s, 2, second)
	}
	s.Close()
	mustHold(t, openStore(t, dir), 2, second)
}

func TestAJournalThatIsOfNoUseIsGivenUp(t *testing.T) {
	s := openStore(t, storeFolder(t))
	p := &publisher{t: t, shardBits: 5}
	first := randomRecords(1, 500)
	apply(t, s, p.release(first)[feed.Snapshot])
	second, third := p.release(first[40:]), p.release(first[80:])
	if err := s.Apply(canceled(), second[feed.Delta]); err == nil {
		t.Fatal("applied by one who was told to stop")
	}
	apply(t, s, third[feed.Snapshot]) // which overtakes it
	if err := s.Resume(context.Background()); err != nil {
		t.Fatal(err)
	}
	mustHold(t, s, 3, first[80:])
}

func TestADamagedJournalIsNoRelease(t *testing.T) {
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := &publisher{t: t, shardBits: 5}
	first := randomRecords(1, 500)
	apply(t, s, p.release(first)[feed.Snapshot])
	next := p.release(first[40:])
	if err := s.Apply(canceled(), next[feed.Delta]); err == nil {
		t.Fatal("applied by one who was told to stop")
	}
	s.Close()
	tamper(t, generation(dir, 1), func(txn *badger.Txn) error {
		part := get(txn, versionKey('J', 0, 2))
		part[len(part)/2] ^= 1
		return txn.Set(versionKey('J', 0, 2), part)
	})
	s = openStore(t, dir)
	if err := s.Resume(context.Background()); err == nil {
		t.Error("a damaged journal was applied")
	}
	mustHold(t, s, 1, first)
	apply(t, s, next[feed.Delta])
	mustHold(t, s, 2, first[40:])
}

// keys counts what lies in a generation of a closed store, by table.
func keys(t *testing.T, dir string, n int) map[byte]int {
	t.Helper()
	count := map[byte]int{}
	tamper(t, generation(dir, n), func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.DefaultIteratorOptions)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			count[it.Item().Key()[0]]++
		}
		return nil
	})
	return count
}

func TestWhatAReleaseReplacedIsGone(t *testing.T) {
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := &publisher{t: t, shardBits: 6}
	first := randomRecords(1, 2000)
	apply(t, s, p.release(first)[feed.Snapshot])
	for n := range 3 {
		apply(t, s, p.release(first[20*(n+1):])[feed.Delta])
	}
	s.Close()
	if got := keys(t, dir, 1); got['S'] != 64 || got['H'] != 4 || got['J'] != 0 {
		t.Errorf("after three deltas there are %d shards, %d pages and %d parts of journals, want 64, 4 and none", got['S'], got['H'], got['J'])
	}

	s = openStore(t, dir)
	apply(t, s, p.release(first)[feed.Snapshot])
	if err := os.Mkdir(generation(dir, 7), 0o700); err != nil { // as a crash leaves one
		t.Fatal(err)
	}
	s.Close()
	s = openStore(t, dir)
	folders, err := filepath.Glob(filepath.Join(dir, "sltd-*"))
	if err != nil || len(folders) != 1 || folders[0] != generation(dir, 2) {
		t.Errorf("after a snapshot there are %v, %v", folders, err)
	}
	mustHold(t, s, 5, first)
}

func TestALookupDuringAReleaseThatReplacesItsGenerationIsAnswered(t *testing.T) {
	s := openStore(t, storeFolder(t))
	p := &publisher{t: t, shardBits: 2}
	stays := record(t, "AB12345", list.Passport, "UTO", list.Stolen)
	apply(t, s, p.release([]list.Record{stays})[feed.Snapshot])
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range uint64(10) {
			apply(t, s, p.release(append(randomRecords(n, 50), stays))[feed.Snapshot])
		}
	}()
	for {
		a, err := s.Lookup(cache.Query{Number: "AB12345", Class: list.Passport, Issuer: "UTO"})
		if err != nil || len(a.Matches) != 1 || a.Lists[0].Err != nil {
			t.Fatalf("the look-up answers %+v, %v", a, err)
		}
		select {
		case <-done:
			return
		default:
		}
	}
}
