package publish

import (
	"fmt"
	"iter"
	"os"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// at most this many changed records are held to bring shards forward.
const maxHeld = 1 << 20

// open opens the newest snapshot, which is not read but for its table.
func (w *work) open() error {
	if w.base != nil {
		return nil
	}
	for _, s := range w.view.release.Steps() {
		if s.Kind() == feed.Snapshot && s.To.Sequence > w.baseStep.To.Sequence {
			w.baseStep = s
		}
	}
	f, err := os.Open(w.folder.file(w.baseStep.Name))
	if err != nil {
		return fmt.Errorf("open snapshot: %w", missing(err))
	}
	w.close = func() { f.Close() }
	w.base, err = feed.OpenSnapshot(f, w.baseStep.Size, w.last.Params)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

func isSnapshot(s feed.Step) bool { return s.Kind() == feed.Snapshot }

// since returns the deltas that lead from a state to the newest release.
func (w *work) since(from feed.Position) (feed.Way, error) {
	way, ok := w.view.release.Way(from, w.last.Position(), isSnapshot)
	if !ok {
		return nil, fmt.Errorf("%w: no deltas lead from release %d to %d", ErrDamaged, from.Sequence, w.last.Sequence)
	}
	return way, nil
}

// compose returns what deltas do in a row, to the shards that are wanted.
func (w *work) compose(way feed.Way, wanted func(uint32) bool) (list.Change, error) {
	var all list.Change
	for _, s := range way {
		f, err := os.Open(w.folder.file(s.Name))
		if err != nil {
			return list.Change{}, fmt.Errorf("read delta: %w", missing(err))
		}
		content, err := w.view.release.Content(s, f)
		f.Close()
		if err != nil {
			return list.Change{}, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		all = all.Then(w.filter(content.Change(), wanted))
	}
	return all, nil
}

// filter returns what a change does to the shards that are wanted.
func (w *work) filter(c list.Change, wanted func(uint32) bool) list.Change {
	if wanted == nil {
		return c
	}
	pick := func(records []list.Record) (some []list.Record) {
		for _, r := range records {
			if wanted(w.last.Params.ShardOf(r.Digest)) {
				some = append(some, r)
			}
		}
		return some
	}
	return list.Change{Removed: pick(c.Removed), Added: pick(c.Added)}
}

// shard returns the records of a shard of the newest release. The change is what
// has become of it since the snapshot.
func (w *work) shard(id uint32, since list.Change, room []list.Record) ([]list.Record, error) {
	data, err := w.base.Shard(id)
	if err != nil {
		return nil, err
	}
	records := room[:0]
	if len(data) > 0 {
		s, err := w.last.Params.Shard(id, data)
		if err == nil {
			records, err = s.AppendAll(records)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	if records, err = since.Apply(records); err != nil {
		return nil, fmt.Errorf("%w: shard %d: %w", ErrDamaged, id, err)
	}
	if w.leaves != nil && list.Leaf(id, records) != w.leaves[id] {
		return nil, fmt.Errorf("%w: shard %d has another hash", ErrDamaged, id)
	}
	return records, nil
}

// records goes through the list as it is with a change done to it. The deltas
// since the snapshot are taken for so many shards at a time as memory allows.
func (w *work) records(c list.Change) iter.Seq2[list.Record, error] {
	return func(yield func(list.Record, error) bool) {
		err := w.eachShard(func(id uint32, records []list.Record) (bool, error) {
			records, err := c.Of(w.last.Params, id).Apply(records)
			if err != nil {
				return false, err
			}
			for _, r := range records {
				if !yield(r, nil) {
					return false, nil
				}
			}
			return true, nil
		})
		if err != nil {
			yield(list.Record{}, err)
		}
	}
}

// eachShard visits the shards of the newest release, until visit does not want
// more. It may keep no records.
func (w *work) eachShard(visit func(uint32, []list.Record) (more bool, err error)) error {
	if err := w.open(); err != nil {
		return err
	}
	way, err := w.since(w.baseStep.To)
	if err != nil {
		return err
	}
	var changed uint64
	for _, s := range way {
		changed += s.Added + s.Removed
	}
	shards := uint32(w.last.Params.Shards())
	window := max(1, uint32(uint64(shards)*maxHeld/max(changed, maxHeld)))
	var room []list.Record
	for first := uint32(0); first < shards; first += window {
		since, err := w.compose(way, func(id uint32) bool { return id-first < window })
		if err != nil {
			return err
		}
		for id := first; id < min(first+window, shards); id++ {
			records, err := w.shard(id, since.Of(w.last.Params, id), room)
			if err != nil {
				return err
			}
			more, err := visit(id, records)
			if !more || err != nil {
				return err
			}
			room = records[:0]
		}
	}
	return w.ctx.Err()
}
