package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// Bad returns how many parts of a list are known to be damaged: shards that are
// marked, and as one more its pages of leaf hashes, when they are not those of
// what was signed.
func (s *Store) Bad(name string) int {
	l := s.lists[name]
	if l == nil {
		return 0
	}
	n := l.faults.len()
	if v := l.view.Load(); v.gen != nil && v.err != nil {
		n++
	}
	return n
}

// Mend is Repair with what is there, and then with a snapshot of which open is
// told the release that it must lead to. It fails while anything is left
// damaged.
func (s *Store) Mend(ctx context.Context, name string, open func(feed.Release) (*feed.SnapshotFile, error)) error {
	if r, err := s.Repair(ctx, name, nil); err == nil && len(r.Left) == 0 || ctx.Err() != nil {
		return err
	}
	snapshot, err := open(s.Release(name))
	if err != nil {
		return err
	}
	r, err := s.Repair(ctx, name, snapshot)
	if err == nil && len(r.Left) > 0 {
		return fmt.Errorf("cache: repair list %s: %d of %d damaged parts are left", name, len(r.Left), len(r.Bad))
	}
	return err
}

// A RepairReport is what a repair has found and done.
type RepairReport struct {
	List     string
	Release  uint64
	Bad      []uint32 // shards that were bad
	Repaired []uint32 // of these, taken from the snapshot, or proved after all
	Left     []uint32 // of these, still bad: the snapshot has another state of them, or none
	Pages    bool     // the pages of leaf hashes were bad and have been made anew
}

// OpenSnapshot opens a snapshot file for the repair of a list.
func (s *Store) OpenSnapshot(name string, src io.ReaderAt, size int64) (*feed.SnapshotFile, error) {
	l := s.lists[name]
	if l == nil {
		return nil, fmt.Errorf("cache: open snapshot of list %s: %w", name, ErrUnknownList)
	}
	return feed.OpenSnapshot(src, size, l.view.Load().head.Release.Params)
}

// Repair replaces the bad shards of a list by those of a snapshot, which may be
// of another release: nothing vouches for it, and nothing need, for a shard is
// taken only when it hashes to what the publisher has signed for the release
// that is held. With no snapshot, it takes the marks from shards that can be
// read again, and makes bad pages of leaf hashes anew. The marked shards are
// looked at, or all when none is marked.
func (s *Store) Repair(ctx context.Context, name string, from *feed.SnapshotFile) (RepairReport, error) {
	s.apply.Lock()
	defer s.apply.Unlock()
	ctx, done := s.working(ctx)
	defer done()
	r, err := s.repair(ctx, name, from)
	if err != nil {
		return r, fmt.Errorf("cache: repair list %s: %w", name, err)
	}
	return r, nil
}

func (s *Store) repair(ctx context.Context, name string, from *feed.SnapshotFile) (RepairReport, error) {
	l := s.lists[name]
	switch {
	case l == nil:
		return RepairReport{}, ErrUnknownList
	case s.opts.ReadOnly:
		return RepairReport{}, ErrReadOnly
	}
	v, err := s.settle(name)
	r := RepairReport{List: name, Release: v.head.Release.Sequence}
	if err != nil {
		return r, err
	}
	if v.gen == nil {
		return r, fmt.Errorf("a whole snapshot has to be applied: %w", errors.Join(v.err, ErrNoRelease))
	}
	if err := checkRoom(s.dir, 2*reserve); err != nil {
		return r, err
	}
	if v.err != nil {
		next, err := s.remakePages(ctx, v, from)
		if err == nil {
			err = s.publish(name, v, next)
		}
		if err != nil {
			return r, err
		}
		v, r.Pages = next, true
	}
	r.Bad = l.faults.ids()
	if len(r.Bad) == 0 {
		found, err := v.verify(ctx)
		if err != nil {
			return r, err
		}
		r.Bad = found.Bad
	}
	err = s.replace(ctx, name, v, from, &r)
	return r, err
}

// replace puts shards of a snapshot in the place of bad ones. What it came to
// before something broke off stays.
func (s *Store) replace(ctx context.Context, name string, v *view, from *feed.SnapshotFile, r *RepairReport) error {
	b, err := v.gen.batch()
	if err != nil {
		return err
	}
	defer b.Cancel()
	tried, broken := fill(ctx, b, v, from, r.Bad)
	if err := b.flush(); err != nil {
		return errors.Join(broken, err)
	}
	for _, id := range r.Bad[:tried] {
		if _, err := v.proved(id, &workroom{}); err != nil {
			r.Left = append(r.Left, id)
		} else {
			r.Repaired = append(r.Repaired, id)
		}
	}
	r.Left = append(r.Left, r.Bad[tried:]...)
	if len(r.Left) == 0 {
		s.lists[name].faults.met.Store(0)
	}
	return errors.Join(broken, s.mark(name, false, r.Repaired...), s.mark(name, true, r.Left...))
}

// fill puts shards of a snapshot into a batch, where they are what was signed. It
// returns how many of the bad ones it came to, and why these are not all.
func fill(ctx context.Context, b batch, v *view, from *feed.SnapshotFile, bad []uint32) (tried int, err error) {
	for i, id := range bad {
		if ctx.Err() != nil {
			return i, context.Cause(ctx)
		}
		if _, err := v.proved(id, &workroom{}); err == nil {
			continue
		}
		data, records, err := fromSnapshot(v, from, id)
		if err != nil {
			return i, err
		}
		if data == nil || list.Leaf(id, records) != v.leaves[id] {
			continue
		}
		key := versionKey(shardTable, id, v.versions[id])
		if err := b.Set(key, v.gen.sealed(key, data)); err != nil {
			return i, err
		}
	}
	return len(bad), nil
}

// fromSnapshot returns a shard of a snapshot; none when it is not one of this
// list's coding. An error means that the snapshot cannot be read.
func fromSnapshot(v *view, from *feed.SnapshotFile, id uint32) ([]byte, []list.Record, error) {
	if from == nil {
		return nil, nil, nil
	}
	data, err := from.Shard(id)
	if err != nil || len(data) == 0 {
		return nil, nil, err
	}
	records, err := decode(v.head.Release.Params, id, data, &workroom{})
	if err != nil {
		return nil, nil, nil
	}
	return data, records, nil
}

// remakePages makes the pages of leaf hashes anew from the shards themselves,
// and from a snapshot those that cannot be read. It succeeds only when the root
// is then the one that was signed.
func (s *Store) remakePages(ctx context.Context, v *view, from *feed.SnapshotFile) (*view, error) {
	next := *v
	next.err, next.state = nil, newState(v.head.Release.Params)
	err := v.gen.eachVersion(shardTable, func(id uint32, release uint64, _ *badger.Item) error {
		if int(id) < len(next.versions) && release <= v.head.Release.Sequence {
			next.versions[id] = release
		}
		return nil
	})
	if err == nil {
		err = next.hashAnew(ctx, from)
	}
	if err != nil {
		return nil, err
	}
	next.blank()
	if root, err := list.Root(next.leaves); err != nil || root != next.head.Release.Root {
		return nil, fmt.Errorf("a whole snapshot has to be applied: %w", errRoot)
	}
	b, err := next.gen.batch()
	if err != nil {
		return nil, err
	}
	defer b.Cancel()
	for n := range next.pages() {
		if err := b.setPage(&next, n); err != nil {
			return nil, err
		}
	}
	if err := b.flush(); err != nil {
		return nil, err
	}
	dead, err := next.dead() // pages that hide the new ones
	if err == nil {
		err = next.gen.drop(dead)
	}
	return &next, err
}

// hashAnew takes the leaf hash of every shard from what is stored of it, or
// from a snapshot.
func (v *view) hashAnew(ctx context.Context, from *feed.SnapshotFile) error {
	var mu sync.Mutex // one shard at a time is fetched
	return inParallel(ctx, len(v.leaves), func(i int, room *workroom) error {
		id := uint32(i)
		if v.versions[id] != 0 {
			if records, err := v.readBack(id, room); err == nil {
				v.leaves[id] = list.Leaf(id, records)
				return nil
			}
		}
		mu.Lock()
		defer mu.Unlock()
		data, records, err := fromSnapshot(v, from, id)
		if err != nil || data == nil {
			return err
		}
		if v.versions[id] == 0 {
			v.versions[id] = v.head.Release.Sequence
		}
		v.leaves[id] = list.Leaf(id, records)
		return nil
	})
}
