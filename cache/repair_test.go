package cache_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// snapshotFile returns the snapshot file of a list with these records.
func snapshotFile(t *testing.T, shardBits int, records []list.Record) []byte {
	t.Helper()
	records = slices.SortedFunc(slices.Values(records), list.Compare)
	shards, _ := encodeShards(t, list.Params{ShardBits: shardBits, Codes: codes}, records)
	var file bytes.Buffer
	if err := feed.WriteSnapshot(&file, shards); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// A counted source counts what is read of it.
type counted struct {
	*bytes.Reader
	bytes int
}

func (c *counted) ReadAt(p []byte, offset int64) (int, error) {
	c.bytes += len(p)
	return c.Reader.ReadAt(p, offset)
}

// damagedStore returns a store with two deltas on a snapshot, what it holds, and
// what is damaged: shards 3 and 9 of 16.
func damagedStore(t *testing.T, damage func(*badger.Txn) error) (*cache.Store, []list.Record) {
	t.Helper()
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := &publisher{t: t, shardBits: 4}
	records := randomRecords(1, 3000)
	apply(t, s, p.release(records)[feed.Snapshot])
	apply(t, s, p.release(records[100:])[feed.Delta])
	s.Close()
	tamper(t, generation(dir, 1), damage)
	return openStore(t, dir), records[100:]
}

func flipped(txn *badger.Txn, key []byte) error {
	value := get(txn, key)
	value[len(value)/2] ^= 1
	return txn.Set(key, value)
}

func TestRepairTakesBadShardsAloneFromASnapshot(t *testing.T) {
	s, records := damagedStore(t, func(txn *badger.Txn) error {
		if err := flipped(txn, versionKey('S', 3, 1)); err != nil {
			return err
		}
		return txn.Delete(versionKey('S', 9, 1))
	})
	if r, err := s.Verify(context.Background(), "sltd"); err != nil || !slices.Equal(r.Bad, []uint32{3, 9}) {
		t.Fatalf("verify finds %+v, %v", r, err)
	}
	file := snapshotFile(t, 4, records)
	repair := func(data []byte) (cache.RepairReport, int) {
		t.Helper()
		source := &counted{Reader: bytes.NewReader(data)}
		snapshot, err := s.OpenSnapshot("sltd", source, int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Repair(context.Background(), "sltd", snapshot)
		if err != nil {
			t.Fatal(err)
		}
		return r, source.bytes
	}

	// A snapshot that says something else is not believed.
	lie := bytes.Clone(file)
	rand.Read(lie[len(lie)/8:])
	if r, _ := repair(lie); len(r.Repaired) != 0 || !slices.Equal(r.Left, []uint32{3, 9}) || s.Status()[0].Bad != 2 {
		t.Errorf("after a repair from random bytes: %+v, %+v", r, s.Status()[0])
	}
	// One of another release helps with what did not change.
	other := snapshotFile(t, 4, slices.DeleteFunc(slices.Clone(records), func(r list.Record) bool { return r.Digest>>60 == 9 }))
	if r, _ := repair(other); !slices.Equal(r.Repaired, []uint32{3}) || !slices.Equal(r.Left, []uint32{9}) {
		t.Errorf("after a repair from another release: %+v", r)
	}
	r, read := repair(file)
	if !slices.Equal(r.Repaired, []uint32{9}) || len(r.Left) != 0 || read > len(file)/8 {
		t.Errorf("after a repair from the same release: %+v, with %d of %d bytes read", r, read, len(file))
	}
	mustHold(t, s, 2, records)
}

// A broken source gives so many parts, and then an error.
type broken struct {
	*bytes.Reader
	parts int
}

func (b *broken) ReadAt(p []byte, offset int64) (int, error) {
	if b.parts--; b.parts < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	return b.Reader.ReadAt(p, offset)
}

func TestARepairThatBreaksOffKeepsWhatItHas(t *testing.T) {
	s, records := damagedStore(t, func(txn *badger.Txn) error {
		return errors.Join(flipped(txn, versionKey('S', 3, 1)), flipped(txn, versionKey('S', 9, 1)), flipped(txn, versionKey('S', 12, 1)))
	})
	file := snapshotFile(t, 4, records)
	source := &broken{bytes.NewReader(file), len(file)}
	snapshot, err := s.OpenSnapshot("sltd", source, int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range [][]uint32{{9, 12}, {12}, nil} {
		source.parts = 1
		r, err := s.Repair(t.Context(), "sltd", snapshot)
		if len(r.Repaired) != 1 || !slices.Equal(r.Left, want) || s.Bad("sltd") != len(want) || errors.Is(err, io.ErrUnexpectedEOF) != (want != nil) {
			t.Fatalf("a repair with one part each: %+v, %v; %d parts are damaged", r, err, s.Bad("sltd"))
		}
	}
	mustHold(t, s, 2, records)
}

func TestRepairMakesPagesAnew(t *testing.T) {
	for name, damage := range map[string]func(*badger.Txn) error{
		"page flipped": func(txn *badger.Txn) error { return flipped(txn, versionKey('H', 0, 2)) },
		"page deleted": func(txn *badger.Txn) error { return txn.Delete(versionKey('H', 0, 2)) },
	} {
		t.Run(name, func(t *testing.T) {
			s, records := damagedStore(t, damage)
			if s.Status()[0].Err == nil {
				t.Fatal("the list is served")
			}
			if r, err := s.Repair(context.Background(), "sltd", nil); err != nil || !r.Pages || len(r.Bad) > 0 {
				t.Fatalf("repaired without a snapshot: %+v, %v", r, err)
			}
			mustHold(t, s, 2, records)
			if err := s.Status()[0].Err; err != nil {
				t.Error(err)
			}
		})
	}
	s, records := damagedStore(t, func(txn *badger.Txn) error {
		if err := txn.Delete(versionKey('H', 0, 2)); err != nil {
			return err
		}
		return txn.Delete(versionKey('S', 9, 1))
	})
	if _, err := s.Repair(context.Background(), "sltd", nil); err == nil || s.Status()[0].Err == nil {
		t.Errorf("a list of which a shard is lost was made whole from nothing: %v", err)
	}
	file := snapshotFile(t, 4, records)
	snapshot, err := s.OpenSnapshot("sltd", bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := s.Repair(context.Background(), "sltd", snapshot); err != nil || !slices.Equal(r.Repaired, []uint32{9}) {
		t.Errorf("repaired from a snapshot: %+v, %v", r, err)
	}
	mustHold(t, s, 2, records)
}

func TestMarksOutliveTheProcessAndGoWhenAShardIsProved(t *testing.T) {
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := &publisher{t: t, shardBits: 4}
	records := randomRecords(1, 3000)
	apply(t, s, p.release(records)[feed.Snapshot])
	s.Close()
	var whole []byte
	tamper(t, generation(dir, 1), func(txn *badger.Txn) error {
		whole = get(txn, versionKey('S', 3, 1))
		return flipped(txn, versionKey('S', 3, 1))
	})
	s = openStore(t, dir)
	if _, err := s.Verify(context.Background(), "sltd"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	tamper(t, generation(dir, 1), func(txn *badger.Txn) error { return txn.Set(versionKey('S', 3, 1), whole) }) // it was the cable
	s = openStore(t, dir)
	if got := s.Status()[0].Bad; got != 1 {
		t.Errorf("%d shards are marked after the restart, want 1", got)
	}
	if r, err := s.Repair(context.Background(), "sltd", nil); err != nil || !slices.Equal(r.Repaired, []uint32{3}) || s.Status()[0].Bad != 0 {
		t.Errorf("a shard that can be read again: %+v, %v", r, err)
	}
}

// TestAFileThatCannotBeReadAnyMoreIsAnErrorAndNoCrash has the kernel answer as
// it does for a sector that a card does not give back.
func TestAFileThatCannotBeReadAnyMoreIsAnErrorAndNoCrash(t *testing.T) {
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := &publisher{t: t, shardBits: 4}
	stolen := record(t, "AB12345", list.Passport, "UTO", list.Stolen)
	apply(t, s, p.release(append(randomRecords(1, 3000), stolen))[feed.Snapshot])
	tables, err := filepath.Glob(filepath.Join(generation(dir, 1), "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	for _, name := range tables {
		if err := os.Truncate(name, 0); err != nil {
			t.Fatal(err)
		}
	}
	a, err := s.Lookup(cache.Query{Number: "AB12345", Class: list.Passport, Issuer: "UTO"})
	if err != nil || len(a.Matches) > 0 || a.Lists[0].Err == nil {
		t.Errorf("the look-up answers %+v, %v", a, err)
	}
	if r, err := s.Verify(context.Background(), "sltd"); err != nil || len(r.Bad) != 16 {
		t.Errorf("verify finds %+v, %v", r, err)
	}
}
