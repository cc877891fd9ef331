package cache_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// scrub scrubs a list for that long.
func scrub(t *testing.T, s *cache.Store, over, length time.Duration) cache.ScrubStatus {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	if err := s.Tend(ctx, "sltd", over); err != nil {
		t.Fatal(err)
	}
	status := s.Status()[0].Scrub
	if status == nil {
		t.Fatal("nothing is told of the scrub")
	}
	return *status
}

func TestAScrubReadsEverythingOverADay(t *testing.T) {
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := &publisher{t: t, shardBits: 8}
	apply(t, s, p.release(randomRecords(1, 3000))[feed.Snapshot])
	s.Close()
	tamper(t, generation(dir, 1), func(txn *badger.Txn) error { return flipped(txn, versionKey('S', 200, 1)) })

	synctest.Test(t, func(t *testing.T) {
		s := openStore(t, dir)
		defer s.Close()
		if got := scrub(t, s, 24*time.Hour, 6*time.Hour+time.Minute); got.Next < 63 || got.Next > 66 || got.Bad != 0 || !got.Finished.IsZero() {
			t.Errorf("after six hours: %+v", got)
		}
		if s.Status()[0].Bad != 0 {
			t.Error("a shard was found bad that was not read")
		}
	})
	synctest.Test(t, func(t *testing.T) { // it goes on where it has stopped
		s := openStore(t, dir)
		defer s.Close()
		if got := s.Status()[0].Scrub; got == nil || got.Next < 63 {
			t.Fatalf("after a restart: %+v", got)
		}
		got := scrub(t, s, 24*time.Hour, 24*time.Hour-2*time.Minute)
		if got.Bad != 1 || got.Finished.IsZero() || s.Status()[0].Bad != 1 {
			t.Errorf("after a day: %+v, %+v", got, s.Status()[0])
		}
	})
}

func TestAScrubTakesMarksFromShardsThatAreProved(t *testing.T) {
	dir := storeFolder(t)
	synctest.Test(t, func(t *testing.T) {
		s := openStore(t, dir)
		defer s.Close()
		p := &publisher{t: t}
		records := randomRecords(1, 30)
		apply(t, s, p.release(records)[feed.Snapshot])
		m := feed.Release{Sequence: 2, Params: p.params(), Records: 31}
		if err := s.Apply(context.Background(), signDelta(t, m, s.Position("sltd"), list.Change{Added: records[3:4]})); err == nil || s.Status()[0].Bad != 1 {
			t.Fatalf("the shard is not marked: %v", err)
		}
		scrub(t, s, 24*time.Hour, 2*time.Minute)
		if s.Status()[0].Bad != 0 {
			t.Error("the shard is whole and marked still")
		}
	})
}
