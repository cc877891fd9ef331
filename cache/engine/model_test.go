package engine_test

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/ristretto/v2/z"

	"portcullis/cache/engine"
)

// A model says what a database must hold after a number of rounds of changes:
// shards, which are versioned as the list store does it (each version has a key
// of its own, and the one before is deleted), and small entries, which are
// overwritten and deleted in place. All contents follow from the model.
type model struct {
	round  byte
	shards []byte // round of the last version of each shard
	small  []byte // round of the last change of each small entry
}

func newModel(shards, small int) *model {
	return &model{shards: make([]byte, shards), small: make([]byte, small)}
}

func (m *model) clone() *model {
	return &model{m.round, bytes.Clone(m.shards), bytes.Clone(m.small)}
}

// next returns the model one round later.
func (m *model) next() *model {
	n := m.clone()
	n.round++
	for i := range n.shards {
		if mix('s', i, n.round)%6 == 0 {
			n.shards[i] = n.round
		}
	}
	for i := range n.small {
		if mix('k', i, n.round)%24 == 0 {
			n.small[i] = n.round
		}
	}
	return n
}

// mix returns a number that looks random, and depends on the entry and its
// round only.
func mix(kind byte, i int, round byte) uint64 {
	x := uint64(i)<<16 | uint64(round)<<8 | uint64(kind)
	x = (x + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>29) * 0x94d049bb133111eb
	return x ^ x>>32
}

func shardKey(i int, round byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte("list/shard/"), uint32(i)), round)
}

// shard returns a value of 2 to 8 KB, and now and then one of the largest size.
func shard(i int, round byte) []byte {
	x := mix('v', i, round)
	size := 2<<10 + int(x%(6<<10))
	if x>>32%16 == 0 {
		size = engine.MaxValue
	}
	value := make([]byte, 0, size+8)
	for len(value) < size {
		x = x*6364136223846793005 + 1442695040888963407
		value = binary.LittleEndian.AppendUint64(value, x^x>>33)
	}
	return value[:size]
}

func smallKey(i int) []byte { return binary.BigEndian.AppendUint32([]byte("small/"), uint32(i)) }

// small returns the value of a small entry, or nil if that round deleted it.
func small(i int, round byte) []byte {
	x := mix('k', i, round)
	if round > 0 && x>>32%4 == 0 {
		return nil
	}
	return binary.BigEndian.AppendUint64(nil, x)
}

// fill writes a model before its first round into an empty database.
func (m *model) fill(db *badger.DB) error {
	w := db.NewStreamWriter()
	if err := w.Prepare(); err != nil {
		return err
	}
	buf := z.NewBuffer(2<<20, "test")
	put := func(key, value []byte) error {
		badger.KVToBuffer(&pb.KV{Key: key, Value: value, Version: 1}, buf)
		if buf.LenNoPadding() < 1<<20 {
			return nil
		}
		defer buf.Reset()
		return w.Write(buf)
	}
	for i := range m.shards {
		if err := put(shardKey(i, 0), shard(i, 0)); err != nil {
			return err
		}
	}
	for i := range m.small {
		if err := put(smallKey(i), small(i, 0)); err != nil {
			return err
		}
	}
	if err := w.Write(buf); err != nil {
		return err
	}
	return w.Flush()
}

// write brings a database that holds a model to the next one: first all that is
// new, then the deletions. It may be repeated.
func (m *model) write(db *badger.DB, next *model) error {
	news, olds := db.NewWriteBatch(), db.NewWriteBatch()
	defer news.Cancel()
	defer olds.Cancel()
	for i, round := range next.shards {
		if round != next.round {
			continue
		}
		if err := news.Set(shardKey(i, round), shard(i, round)); err != nil {
			return err
		}
		if err := olds.Delete(shardKey(i, m.shards[i])); err != nil {
			return err
		}
	}
	for i, round := range next.small {
		if round != next.round {
			continue
		}
		if err := change(news, smallKey(i), small(i, round)); err != nil {
			return err
		}
	}
	if err := news.Flush(); err != nil {
		return err
	}
	return olds.Flush()
}

func change(batch *badger.WriteBatch, key, value []byte) error {
	if value == nil {
		return batch.Delete(key)
	}
	return batch.Set(key, value)
}

// verify reads everything in a database, byte by byte, and returns how it
// differs from a model. Between two models, each entry may be as in either.
func (m *model) verify(db *badger.DB, next *model) error {
	return db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{PrefetchValues: false})
		defer it.Close()
		it.Rewind()
		if err := m.verifyShards(txn, it, next); err != nil {
			return err
		}
		if err := m.verifySmall(txn, it, next); err != nil {
			return err
		}
		if it.Valid() {
			return fmt.Errorf("there is a key that was never written: %q", it.Item().Key())
		}
		return nil
	})
}

func (m *model) verifyShards(txn *badger.Txn, it *badger.Iterator, next *model) error {
	for i := range m.shards {
		found := 0
		for _, round := range versions(m.shards[i], next.shards[i]) {
			if !at(it, shardKey(i, round)) {
				continue
			}
			if err := same(txn, it, shard(i, round)); err != nil {
				return fmt.Errorf("shard %d of %d, version %d: %w", i, len(m.shards), round, err)
			}
			found++
			it.Next()
		}
		if found == 0 {
			return fmt.Errorf("shard %d of %d is lost", i, len(m.shards))
		}
	}
	return nil
}

func (m *model) verifySmall(txn *badger.Txn, it *badger.Iterator, next *model) error {
	for i := range m.small {
		before, after := small(i, m.small[i]), small(i, next.small[i])
		if !at(it, smallKey(i)) {
			if before != nil && after != nil {
				return fmt.Errorf("small entry %d of %d is lost", i, len(m.small))
			}
			continue
		}
		if same(nil, it, before) != nil && same(nil, it, after) != nil {
			return fmt.Errorf("small entry %d of %d is wrong", i, len(m.small))
		}
		if i%256 == 0 {
			if _, err := txn.Get(smallKey(i)); err != nil {
				return fmt.Errorf("small entry %d of %d is not found by its key: %w", i, len(m.small), err)
			}
		}
		it.Next()
	}
	return nil
}

func versions(before, after byte) []byte {
	if before == after {
		return []byte{before}
	}
	return []byte{before, after}
}

func at(it *badger.Iterator, key []byte) bool {
	return it.Valid() && bytes.Equal(it.Item().Key(), key)
}

// same compares the entry that an iterator stands at, and the one that is found
// by its key, with a value. Without a transaction it compares the first only.
func same(txn *badger.Txn, it *badger.Iterator, want []byte) error {
	compare := func(got []byte) error {
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%d bytes differ from the %d that were written", len(got), len(want))
		}
		return nil
	}
	if err := it.Item().Value(compare); err != nil || txn == nil {
		return err
	}
	item, err := txn.Get(it.Item().Key())
	if err != nil {
		return fmt.Errorf("find by key: %w", err)
	}
	return item.Value(compare)
}
