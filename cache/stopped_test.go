package cache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// A largeList has so large releases that each fills one of Badger's tables in
// memory: two sets of records in turn, which differ in every shard.
type largeList struct {
	t    *testing.T
	sets [2][]list.Record
	own  [2][]list.Record // what each has that the other has not
}

const largeShardBits = 9

func newLargeList(t *testing.T) *largeList {
	l := &largeList{t: t, own: [2][]list.Record{randomRecords(2, 2000), randomRecords(3, 2000)}}
	same := randomRecords(1, 300_000)
	same = append(same, record(t, "AB12345", list.Passport, "UTO", list.Stolen))
	for i := range l.sets {
		l.sets[i] = append(slices.Clone(same), l.own[i]...)
		slices.SortFunc(l.sets[i], list.Compare)
	}
	return l
}

func (l *largeList) release(n uint64) feed.Release {
	return feed.Release{Sequence: n, Params: list.Params{ShardBits: largeShardBits, Codes: codes}, Records: uint64(len(l.sets[n%2]))}
}

func (l *largeList) snapshot(n uint64) feed.Content {
	m := l.release(n)
	shards, root := encodeShards(l.t, m.Params, l.sets[n%2])
	m.Root = root
	return signSnapshot(l.t, m, shards)
}

func (l *largeList) delta(n uint64, base feed.Position) feed.Content {
	m := l.release(n)
	_, m.Root = encodeShards(l.t, m.Params, l.sets[n%2])
	return signDelta(l.t, m, base, list.Change{Removed: l.own[(n+1)%2], Added: l.own[n%2]})
}

// TestAListWhoseFilesStoppedIsOpenedAnewByTheNextWork keeps Badger from making
// the next of its logs.
func TestAListWhoseFilesStoppedIsOpenedAnewByTheNextWork(t *testing.T) {
	for name, obstruct := range map[string]func(string) error{
		"a folder": func(name string) error { return os.Mkdir(name, 0o700) },
		"a file":   func(name string) error { return os.WriteFile(name, make([]byte, 100), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := storeFolder(t)
			s := openStore(t, dir)
			l := newLargeList(t)
			apply(t, s, l.snapshot(1))
			logs, err := filepath.Glob(filepath.Join(generation(dir, 1), "*.mem"))
			if err != nil || len(logs) != 1 {
				t.Fatal(logs, err)
			}
			var number int
			fmt.Sscanf(filepath.Base(logs[0]), "%d.mem", &number)
			obstacle := filepath.Join(generation(dir, 1), fmt.Sprintf("%05d.mem", number+1))
			if err := obstruct(obstacle); err != nil {
				t.Fatal(err)
			}
			for err == nil {
				held := s.Position("sltd")
				err = s.Apply(context.Background(), l.delta(held.Sequence+1, held))
			}
			q := cache.Query{Number: "AB12345", Class: list.Passport, Issuer: "UTO"}
			if a, err := s.Lookup(q); err != nil || len(a.Matches) > 0 || !errors.Is(a.Lists[0].Err, cache.ErrStopped) {
				t.Errorf("the look-up answers %d matches, %v, %v", len(a.Matches), a.Lists[0].Err, err)
			}
			if _, err := s.Verify(context.Background(), "sltd"); !errors.Is(err, cache.ErrStopped) || s.Status()[0].Bad > 0 {
				t.Errorf("verify: %v, and %d shards are marked", err, s.Status()[0].Bad)
			}
			if err := os.Remove(obstacle); err != nil {
				t.Fatal(err)
			}
			held := s.Position("sltd")
			apply(t, s, l.delta(held.Sequence+1, held))
			mustHold(t, s, held.Sequence+1, l.sets[(held.Sequence+1)%2])
			if a, err := s.Lookup(q); err != nil || len(a.Matches) != 1 || a.Lists[0].Err != nil {
				t.Errorf("opened anew, the look-up answers %d matches, %v, %v", len(a.Matches), a.Lists[0].Err, err)
			}
		})
	}
}
