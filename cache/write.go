package cache

import (
	"context"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// A writer stores the shards of a view that is to become live.
type writer struct {
	store *Store
	ctx   context.Context
	list  string
	batch *badger.WriteBatch
	next  *view

	records uint64 // that the list then has
}

func (w *writer) snapshot(c feed.Content, old *view) error {
	p := c.Manifest().Params
	w.next.head.Generation = old.head.Generation + 1
	w.next.versions, w.next.leaves = blankShards(p)
	for raw, err := range c.Shards() {
		if err != nil {
			return err
		}
		shard, err := p.Shard(raw.ID, raw.Data)
		if err != nil {
			return err
		}
		records, err := shard.All()
		if err != nil {
			return err
		}
		if err := w.put(raw.ID, raw.Data, records); err != nil {
			return err
		}
		w.records += uint64(len(records))
	}
	return nil
}

func (w *writer) delta(c feed.Content, old *view) error {
	m := c.Manifest()
	if old.err != nil || old.head.Release.Position() != m.Base || !sameParams(old.head.Release.Params, m.Params) {
		return ErrBase
	}
	removed, added, err := c.Changes()
	if err != nil {
		return err
	}
	w.records = old.head.Release.Records + uint64(len(added)) - uint64(len(removed))
	w.next.head.Generation = old.head.Generation
	w.next.versions, w.next.leaves = slices.Clone(old.versions), slices.Clone(old.leaves)
	for len(removed)+len(added) > 0 {
		id := m.Params.ShardOf(first(removed, added))
		var out, in []list.Record
		out, removed = cut(removed, m.Params, id)
		in, added = cut(added, m.Params, id)
		if err := w.change(old, id, out, in); err != nil {
			return err
		}
	}
	return nil
}

// change stores one shard with some records removed and others added.
func (w *writer) change(old *view, id uint32, removed, added []list.Record) error {
	var records []list.Record
	if old.versions[id] != 0 {
		shard, err := w.store.shard(w.list, old, id, new([]byte))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if records, err = shard.All(); err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	for _, r := range removed {
		i, there := slices.BinarySearchFunc(records, r, list.Compare)
		if !there {
			return ErrConflict
		}
		records = slices.Delete(records, i, i+1)
	}
	for _, r := range added {
		i, there := slices.BinarySearchFunc(records, r, list.Compare)
		if there {
			return ErrConflict
		}
		records = slices.Insert(records, i, r)
	}
	data, err := w.next.head.Release.Params.Encode(nil, id, records)
	if err != nil {
		return err
	}
	return w.put(id, data, records)
}

// put stores the new version of one shard and its leaf. An emptied shard is
// stored too, so that its version hides the one before.
func (w *writer) put(id uint32, data []byte, records []list.Record) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	leaf := list.Leaf(id, records)
	v := version{w.next.head.Generation, id, w.next.head.Release.Sequence}
	w.next.versions[id], w.next.leaves[id] = v.release, leaf
	if err := w.batch.Set(v.key(leafTable, w.list), leaf[:]); err != nil {
		return err
	}
	key := v.key(shardTable, w.list)
	return w.batch.Set(key, w.store.sealer.seal(key, data))
}

// first returns the lowest digest at the head of either slice.
func first(a, b []list.Record) list.Digest {
	switch {
	case len(a) == 0:
		return b[0].Digest
	case len(b) == 0:
		return a[0].Digest
	}
	return min(a[0].Digest, b[0].Digest)
}

// cut splits records, which are in order, behind those of shard id.
func cut(records []list.Record, p list.Params, id uint32) (in, rest []list.Record) {
	n := 0
	for n < len(records) && p.ShardOf(records[n].Digest) == id {
		n++
	}
	return records[:n], records[n:]
}

func sameParams(a, b list.Params) bool {
	return a.ShardBits == b.ShardBits && len(a.Codes) <= len(b.Codes) && slices.Equal(a.Codes, b.Codes[:len(a.Codes)])
}
