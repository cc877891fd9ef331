package cache

import (
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/ristretto/v2/z"

	"portcullis/cache/feed"
	"portcullis/cache/list"
	"portcullis/durable"
)

// applySnapshot makes a new generation of a list and serves it. It leaves
// nothing of the one before, or, when it fails, of the new one.
func (s *Store) applySnapshot(ctx context.Context, c feed.Content, old *view) error {
	m := c.Release()
	next := &view{head: head{Generation: old.head.Generation + 1, Release: m, Began: m.Params, BeganAt: m.Sequence}, state: newState(m.Params)}
	if err := s.clearGenerations(m.List, old.head.Generation); err != nil {
		return err
	}
	if err := s.build(ctx, c, next); err != nil {
		return errors.Join(err, s.clearGenerations(m.List, old.head.Generation))
	}
	l := s.lists[m.List]
	err := s.commit(old, next, entry{key: marksKey(m.List)}, entry{key: scrubKey(m.List)}, entry{key: journalKey(m.List)})
	if err != nil && l.doubt {
		return errors.Join(err, next.gen.close())
	}
	if err != nil {
		return errors.Join(err, next.gen.remove())
	}
	l.faults.clear()
	l.scrub.Store(nil)
	if old.gen == nil {
		return s.clearGenerations(m.List, next.head.Generation)
	}
	return old.gen.remove()
}

// build writes a generation from a snapshot, opens it as the next start will,
// and proves it.
func (s *Store) build(ctx context.Context, c feed.Content, next *view) error {
	m := c.Release()
	open := func() (err error) {
		next.gen, err = openGeneration(s.dir, m.List, next.head.Generation, m.Params, s.seal.Load(), s.opts)
		return err
	}
	if err := open(); err != nil {
		return err
	}
	records, err := writeSnapshot(ctx, c, next)
	if err == nil && records != m.Records {
		err = ErrRoot
	}
	if err = errors.Join(err, next.gen.close()); err != nil {
		return err
	}
	if err := errors.Join(durable.SyncFolder(s.dir), open()); err != nil {
		return err
	}
	if err := s.prove(ctx, next); err != nil {
		return errors.Join(err, next.gen.close())
	}
	next.gen.advise(readHereNow)
	return nil
}

// chunkShards is how many shards are taken from a snapshot at a time.
const chunkShards = 1024

// writeSnapshot stores the shards of a snapshot and their pages in an empty
// generation, and returns how many records there are.
func writeSnapshot(ctx context.Context, c feed.Content, next *view) (records uint64, err error) {
	w := &streams{StreamWriter: next.gen.db.NewStreamWriter(), id: 1}
	if err := w.Prepare(); err != nil {
		return 0, err
	}
	defer w.Cancel()
	chunk := make([]feed.Shard, 0, chunkShards)
	flush := func() error {
		n, err := writeChunk(ctx, w, chunk, next)
		records += n
		chunk = chunk[:0]
		return err
	}
	for shard, err := range c.Shards() {
		if err != nil {
			return 0, err
		}
		shard.Data = append([]byte(nil), shard.Data...)
		if chunk = append(chunk, shard); len(chunk) == chunkShards {
			if err := flush(); err != nil {
				return 0, err
			}
		}
	}
	if err := flush(); err != nil {
		return 0, err
	}
	next.blank()
	if err := writePages(w, next); err != nil {
		return 0, err
	}
	return records, w.Flush()
}

// writeChunk checks and seals some shards, on all cores, and stores them in
// their order.
func writeChunk(ctx context.Context, w *streams, chunk []feed.Shard, next *view) (records uint64, err error) {
	m := next.head.Release
	counts, values := make([]int, len(chunk)), make([]*pb.KV, len(chunk))
	err = inParallel(ctx, len(chunk), func(i int, room *workroom) error {
		id, data := chunk[i].ID, chunk[i].Data
		all, err := decode(m.Params, id, data, room)
		if err != nil {
			return err
		}
		counts[i] = len(all)
		next.versions[id], next.leaves[id] = m.Sequence, list.Leaf(id, all)
		values[i], err = next.gen.kv(versionKey(shardTable, id, m.Sequence), data)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, n := range counts {
		records += uint64(n)
	}
	return records, w.write(values)
}

// decode takes a shard apart, as the bytes that Encode makes and no others.
func decode(p list.Params, id uint32, data []byte, room *workroom) ([]list.Record, error) {
	shard, err := p.Shard(id, data)
	if err != nil {
		return nil, err
	}
	room.records, err = shard.AppendAll(room.records[:0])
	return room.records, err
}

func (g *generation) kv(key, value []byte) (*pb.KV, error) {
	sealed := g.sealed(key, value)
	if len(sealed) > maxValue {
		return nil, fmt.Errorf("%w: a shard of %d bytes, at most %d", ErrTooLarge, len(sealed), maxValue)
	}
	return &pb.KV{Key: key, Value: sealed, Version: 1}, nil
}

// writePages stores the pages, whose keys come before those of shards.
func writePages(w *streams, next *view) error {
	var pages []*pb.KV
	if w.size > 0 {
		w.size = streamSize
	}
	for n := range next.pages() {
		key := versionKey(pageTable, uint32(n), next.head.Release.Sequence)
		kv, err := next.gen.kv(key, next.page(n))
		if err != nil {
			return err
		}
		if pages = append(pages, kv); len(pages) == chunkShards {
			if err := w.write(pages); err != nil {
				return err
			}
			pages = pages[:0]
		}
	}
	return w.write(pages)
}

// streams are what a stream writer is given. It takes the keys of each stream in
// their order. When the second table of a stream is begun after the first could
// not be written, Badger panics in a goroutine of its own and ends the process:
// so each stream is one table.
type streams struct {
	*badger.StreamWriter
	id   uint32
	size int // of the stream that is written
}

const streamSize = 3 << 20 // less than a table

// write hands values on.
func (w *streams) write(values []*pb.KV) error {
	buf := z.NewBuffer(1<<20, "snapshot")
	defer buf.Release()
	for _, kv := range values {
		if w.size >= streamSize {
			badger.KVToBuffer(&pb.KV{StreamId: w.id, StreamDone: true}, buf)
			w.id, w.size = w.id+1, 0
		}
		kv.StreamId = w.id
		w.size += len(kv.Key) + len(kv.Value)
		badger.KVToBuffer(kv, buf)
	}
	return w.Write(buf)
}
