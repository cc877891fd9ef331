package cache_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache"
	"portcullis/cache/engine"
	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// tamper changes a Badger of a closed store behind its back.
func tamper(t *testing.T, dir string, f func(*badger.Txn) error) {
	t.Helper()
	db, err := badger.Open(engine.Options(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(f), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func generation(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("sltd-%08x", n)) }

func get(txn *badger.Txn, key []byte) []byte {
	item, err := txn.Get(key)
	if err != nil {
		panic(fmt.Sprintf("%q: %v", key, err))
	}
	value, err := item.ValueCopy(nil)
	if err != nil {
		panic(err)
	}
	return value
}

// versionKey names a version of a shard, or with table H of a page, as the
// package comment of cache says.
func versionKey(table byte, id uint32, release uint64) []byte {
	key := binary.BigEndian.AppendUint32([]byte{table}, id)
	return binary.BigEndian.AppendUint64(key, release)
}

// The list has four shards; the passport AB12345 stands in one of them.
func TestDamageIsSeenAndNeverAnEmptyAnswer(t *testing.T) {
	stolen := record(t, "AB12345", list.Passport, "UTO", list.Stolen)
	shard := uint32(stolen.Digest >> 62)
	other := (shard + 1) % 4
	var before, page []byte // the shard and its page as release 1 had them

	for name, c := range map[string]struct {
		damage func(*badger.Txn) error
		root   bool // the whole list is refused at once
	}{
		"shard deleted": {func(txn *badger.Txn) error { return txn.Delete(versionKey('S', shard, 2)) }, false},
		"bit flipped": {func(txn *badger.Txn) error {
			v := get(txn, versionKey('S', shard, 2))
			v[len(v)/2] ^= 1
			return txn.Set(versionKey('S', shard, 2), v)
		}, false},
		"shard cut short": {func(txn *badger.Txn) error {
			return txn.Set(versionKey('S', shard, 2), get(txn, versionKey('S', shard, 2))[:20])
		}, false},
		"two shards swapped": {func(txn *badger.Txn) error {
			a, b := versionKey('S', shard, 2), versionKey('S', other, 2)
			va, vb := get(txn, a), get(txn, b)
			return errors.Join(txn.Set(a, vb), txn.Set(b, va))
		}, false},
		"shard rolled back": {func(txn *badger.Txn) error { return txn.Set(versionKey('S', shard, 2), before) }, false},
		"shard and page rolled back": {func(txn *badger.Txn) error {
			return errors.Join(txn.Set(versionKey('S', shard, 1), before), txn.Delete(versionKey('S', shard, 2)), txn.Set(versionKey('H', 0, 2), page))
		}, true},
		"page deleted": {func(txn *badger.Txn) error { return txn.Delete(versionKey('H', 0, 2)) }, true},
		"page changed": {func(txn *badger.Txn) error {
			page := get(txn, versionKey('H', 0, 2))
			page[len(page)/2] ^= 1
			return txn.Set(versionKey('H', 0, 2), page)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := storeFolder(t)
			s := openStore(t, dir)
			p := &publisher{t: t, shardBits: 2}
			first := randomRecords(1, 100)
			apply(t, s, p.release(first)[feed.Snapshot])
			s.Close()
			tamper(t, generation(dir, 1), func(txn *badger.Txn) error {
				before, page = get(txn, versionKey('S', shard, 1)), get(txn, versionKey('H', 0, 1))
				return nil
			})
			s = openStore(t, dir)
			second := append(first[1:99:99], stolen)
			second = append(second, randomRecords(3, 40)...)
			apply(t, s, p.release(second)[feed.Delta])
			s.Close()
			tamper(t, generation(dir, 1), c.damage)

			s = openStore(t, dir)
			q := cache.Query{Number: "AB12345", Class: list.Passport, Issuer: "UTO"}
			a, err := s.Lookup(q)
			if err != nil || len(a.Matches) != 0 || a.Lists[0].Err == nil {
				t.Fatalf("the look-up answers %+v, %v; want the list's error", a, err)
			}
			status := s.Status()[0]
			if c.root != (status.Err != nil) || !c.root && status.Damaged == 0 {
				t.Errorf("status is %+v", status)
			}
			if r, err := s.Verify(context.Background(), "sltd"); err != nil || r.Sound() {
				t.Errorf("verify finds nothing wrong: %+v, %v", r, err)
			}
			if p := s.Position("sltd"); c.root && p.Sequence != 1 {
				t.Errorf("position of a damaged list is %+v", p)
			}

			// A fresh snapshot mends it.
			apply(t, s, p.release(second)[feed.Snapshot])
			mustHold(t, s, 3, second)
			if a, err := s.Lookup(q); err != nil || len(a.Matches) != 1 || a.Lists[0].Err != nil || a.Lists[0].Damaged != 0 {
				t.Errorf("after mending: %+v, %v", a, err)
			}
		})
	}
}

func TestStoresThatCannotBeOpenedSayWhy(t *testing.T) {
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := &publisher{t: t}
	apply(t, s, p.release(randomRecords(1, 10))[feed.Snapshot])

	expect := func(name string, dir string, o cache.Options, want error) {
		t.Helper()
		s, err := cache.Open(dir, o)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if err == nil {
			s.Close()
		}
	}
	readOnly := options()
	readOnly.ReadOnly = true
	expect("held by another", dir, options(), cache.ErrHeld)
	expect("held by another, to read", dir, readOnly, cache.ErrHeld)
	expect("not there, to read", filepath.Join(dir, "none"), readOnly, cache.ErrNoStore)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	otherDevice := options()
	otherDevice.Keys = memKeys{seal: 9, list: 2}
	expect("copied to another device", dir, otherDevice, cache.ErrLocked)
	otherList := options()
	otherList.Keys = memKeys{seal: 1, list: 9}
	if s, err := cache.Open(dir, otherList); err != nil || !errors.Is(s.Status()[0].Err, cache.ErrOtherKey) {
		t.Errorf("another list key: %v", err)
	} else {
		s.Close()
	}

	r, err := cache.Open(dir, readOnly)
	if err != nil {
		t.Fatal(err)
	}
	mustHold(t, r, 1, randomRecords(1, 10))
	if err := r.Apply(context.Background(), p.release(nil)[feed.Delta]); !errors.Is(err, cache.ErrReadOnly) {
		t.Errorf("applying to a store that is open to read: %v", err)
	}
	mustHold(t, r, 1, randomRecords(1, 10))
	r.Close()

	tamper(t, filepath.Join(dir, "book"), func(txn *badger.Txn) error { return txn.Set([]byte("format"), []byte("4")) })
	expect("written by a newer version", dir, options(), cache.ErrNewer)
	tamper(t, filepath.Join(dir, "book"), func(txn *badger.Txn) error { return txn.Set([]byte("format"), []byte("2")) })
	expect("written by an older version", dir, options(), cache.ErrOlder)
}

// openQuietly opens a store that Badger may fail to open, with a panic even.
func openQuietly(dir string) (s *cache.Store, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return cache.Open(dir, options())
}

func TestListsAreFoundWhereNoneAreNamed(t *testing.T) {
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := &publisher{t: t}
	apply(t, s, p.release(randomRecords(1, 3))[feed.Snapshot])
	s.Close()
	s, err := cache.Open(dir, cache.Options{Keys: deviceKeys, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := s.Status(); len(got) != 1 || got[0].Name != "sltd" || got[0].Release != 1 {
		t.Errorf("found %+v", got)
	}
}
