package cache_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// tamper changes what lies in a closed store behind its back.
func tamper(t *testing.T, dir string, f func(*badger.Txn) error) {
	t.Helper()
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil).WithCompression(0).WithValueThreshold(1 << 20).WithMemTableSize(16 << 20))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(f), db.Close()); err != nil {
		t.Fatal(err)
	}
}

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

// shardKey names a shard, or with table H its leaf, as the package comment of
// cache says.
func shardKey(table byte, generation, shard uint32, release uint64) []byte {
	key := fmt.Appendf(nil, "%c/sltd/", table)
	key = binary.BigEndian.AppendUint32(key, generation)
	key = binary.BigEndian.AppendUint32(key, shard)
	return binary.BigEndian.AppendUint64(key, release)
}

// The list has four shards; the passport AB12345 stands in one of them.
func TestDamageIsSeenAndNeverAnEmptyAnswer(t *testing.T) {
	stolen := record(t, "AB12345", list.Passport, "UTO", list.Stolen)
	shard := uint32(stolen.Digest >> 62)
	other := (shard + 1) % 4
	var before []byte // the shard as release 1 had it

	for name, c := range map[string]struct {
		damage func(*badger.Txn) error
		root   bool // the whole list is refused at once
	}{
		"shard deleted": {func(txn *badger.Txn) error { return txn.Delete(shardKey('S', 1, shard, 2)) }, false},
		"bit flipped": {func(txn *badger.Txn) error {
			v := get(txn, shardKey('S', 1, shard, 2))
			v[len(v)/2] ^= 1
			return txn.Set(shardKey('S', 1, shard, 2), v)
		}, false},
		"shard cut short": {func(txn *badger.Txn) error {
			return txn.Set(shardKey('S', 1, shard, 2), get(txn, shardKey('S', 1, shard, 2))[:20])
		}, false},
		"two shards swapped": {func(txn *badger.Txn) error {
			a, b := shardKey('S', 1, shard, 2), shardKey('S', 1, other, 2)
			va, vb := get(txn, a), get(txn, b)
			return errors.Join(txn.Set(a, vb), txn.Set(b, va))
		}, false},
		"shard rolled back": {func(txn *badger.Txn) error { return txn.Set(shardKey('S', 1, shard, 2), before) }, false},
		"shard and leaf rolled back": {func(txn *badger.Txn) error {
			return errors.Join(
				txn.Set(shardKey('S', 1, shard, 1), before), txn.Set(shardKey('H', 1, shard, 1), bytes.Repeat([]byte{1}, 32)),
				txn.Delete(shardKey('S', 1, shard, 2)), txn.Delete(shardKey('H', 1, shard, 2)))
		}, true},
		"shard and leaf deleted": {func(txn *badger.Txn) error {
			return errors.Join(txn.Delete(shardKey('S', 1, shard, 2)), txn.Delete(shardKey('H', 1, shard, 2)))
		}, true},
		"leaf changed": {func(txn *badger.Txn) error {
			return txn.Set(shardKey('H', 1, shard, 2), bytes.Repeat([]byte{1}, 32))
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := storeFolder(t)
			s := openStore(t, dir)
			p := &publisher{t: t, shardBits: 2}
			first := randomRecords(1, 100)
			apply(t, s, p.release(first)[feed.Snapshot])
			s.Close()
			tamper(t, dir, func(txn *badger.Txn) error { before = get(txn, shardKey('S', 1, shard, 1)); return nil })
			s = openStore(t, dir)
			second := append(first[1:99:99], stolen)
			second = append(second, randomRecords(3, 40)...)
			apply(t, s, p.release(second)[feed.Delta])
			s.Close()
			tamper(t, dir, c.damage)

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

	tamper(t, dir, func(txn *badger.Txn) error { return txn.Set([]byte("format"), []byte("2")) })
	expect("written by a newer version", dir, options(), cache.ErrNewer)
}

func TestAFileOfTheStoreThatIsCutOrFlippedIsNeverAWrongAnswer(t *testing.T) {
	source := storeFolder(t)
	s := openStore(t, source)
	p := &publisher{t: t, shardBits: 3}
	stolen := record(t, "AB12345", list.Passport, "UTO", list.Stolen)
	records := append(randomRecords(1, 2000), stolen)
	apply(t, s, p.release(records)[feed.Snapshot])
	s.Close()

	files, err := os.ReadDir(source)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(source, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range changes(data) {
			dir := storeFolder(t)
			if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, f.Name()), change, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := openQuietly(dir)
			if err != nil {
				continue // refused: no answer at all
			}
			a, err := s.Lookup(cache.Query{Number: "AB12345", Class: list.Passport, Issuer: "UTO"})
			if err != nil || len(a.Matches) != 1 && a.Lists[0].Err == nil {
				t.Errorf("%s, %s: the look-up answers %+v, %v", f.Name(), name, a, err)
			}
			s.Close()
		}
	}
}

// changes are some ways in which a file is damaged.
func changes(data []byte) map[string][]byte {
	all := map[string][]byte{"emptied": {}, "halved": data[:len(data)/2]}
	for i := range 16 {
		at := len(data) * i / 16
		if at < len(data) {
			flipped := bytes.Clone(data)
			flipped[at] ^= 0x10
			all[fmt.Sprintf("bit flipped at %d", at)] = flipped
		}
	}
	return all
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
