package cache

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// A change is what leads from a release that is held to another.
type change struct {
	release feed.Release
	from    feed.Position
	list.Change
}

// applyDelta journals a change and does it.
func (s *Store) applyDelta(ctx context.Context, c change, old *view) error {
	m := c.release
	if old.err != nil || old.head.Release.Position() != c.from || !sameParams(old.head.Release.Params, m.Params) {
		return ErrBase
	}
	err := s.writeJournal(c, old.gen)
	if err == nil {
		err = s.advance(ctx, c, old)
	}
	if err != nil && ctx.Err() == nil && !s.lists[m.List].doubt { // one that was told to stop can be resumed
		err = errors.Join(err, s.dropJournal(m.List, s.lists[m.List].view.Load()))
	}
	return err
}

// advance does a journaled change. To do it again after it was cut short
// writes the same under the same keys.
func (s *Store) advance(ctx context.Context, c change, old *view) error {
	m := c.release
	next := &view{head: old.head, gen: old.gen, state: state{slices.Clone(old.versions), slices.Clone(old.leaves)}}
	next.head.Release = m
	err := s.writeDelta(ctx, c, old, next)
	if err == nil && old.head.Release.Records+uint64(len(c.Added))-uint64(len(c.Removed)) != m.Records {
		err = ErrRoot
	}
	if err == nil {
		err = s.prove(ctx, next)
	}
	if err != nil {
		return err
	}
	if err := s.commit(old, next, says(journalKey(m.List), journal{Sequence: m.Sequence, Applied: true})); err != nil {
		return err
	}
	next.gen.advise(readHereNow) // the new tables too
	return s.reclaim(m.List, next.gen, replaced(old, next))
}

// writeDelta stores the new versions of the shards that a change touches, and
// of their pages.
func (s *Store) writeDelta(ctx context.Context, c change, old, next *view) error {
	parts := c.Parts(c.release.Params)
	b, err := next.gen.batch()
	if err != nil {
		return err
	}
	defer b.Cancel()
	for len(parts) > 0 {
		chunk := parts[:min(len(parts), chunkShards)]
		parts = parts[len(chunk):]
		values := make([][]byte, len(chunk))
		err := inParallel(ctx, len(chunk), func(i int, room *workroom) (err error) {
			values[i], err = s.alter(chunk[i], old, next, room)
			return err
		})
		if err != nil {
			return err
		}
		for i, p := range chunk {
			if err := b.Set(versionKey(shardTable, p.Shard, c.release.Sequence), values[i]); err != nil {
				return err
			}
		}
	}
	for n := range next.pages() {
		if next.pageVersion(n) != next.head.Release.Sequence {
			continue
		}
		if err := b.setPage(next, n); err != nil {
			return err
		}
	}
	return b.flush()
}

// alter returns what is to be stored of a shard with a part done to it, and
// notes its new state. An emptied shard is stored too, so that its version
// hides the one before. A shard that does not fit the part is marked: whoever
// signed the delta has another one in mind.
func (s *Store) alter(p list.Part, old, next *view, room *workroom) ([]byte, error) {
	m := next.head.Release
	records, err := old.records(p.Shard, room)
	switch {
	case errors.Is(err, ErrStopped):
		return nil, err
	case err == nil:
		records, err = p.Apply(records)
	default:
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("shard %d: %w", p.Shard, err), s.mark(m.List, true, p.Shard))
	}
	if room.coder == nil {
		room.coder = list.NewCoder(m.Params)
	}
	data, err := room.coder.Encode(nil, p.Shard, records)
	if err != nil {
		return nil, err
	}
	next.versions[p.Shard], next.leaves[p.Shard] = m.Sequence, list.Leaf(p.Shard, records)
	sealed := next.gen.sealed(versionKey(shardTable, p.Shard, m.Sequence), data)
	if len(sealed) > maxValue {
		return nil, fmt.Errorf("%w: shard %d has %d bytes, at most %d", ErrTooLarge, p.Shard, len(sealed), maxValue)
	}
	return sealed, nil
}

// replaced names the versions of shards and pages that a delta has put others
// beside.
func replaced(old, next *view) (keys [][]byte) {
	for id, release := range next.versions {
		if before := old.versions[id]; before != release && before != 0 {
			keys = append(keys, versionKey(shardTable, uint32(id), before))
		}
	}
	for n := range next.pages() {
		if before := old.pageVersion(n); before != next.pageVersion(n) {
			keys = append(keys, versionKey(pageTable, uint32(n), before))
		}
	}
	return keys
}

func sameParams(a, b list.Params) bool {
	return a.ShardBits == b.ShardBits && len(a.Codes) <= len(b.Codes) && slices.Equal(a.Codes, b.Codes[:len(a.Codes)])
}
