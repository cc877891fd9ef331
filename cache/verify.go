package cache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"portcullis/cache/list"
)

// A Report is what reading a whole list back has shown.
type Report struct {
	List    string
	Release uint64
	Records uint64    // read back
	Shards  int       // read back
	Bad     []uint32  // shards that are missing, damaged or not what was signed
	Root    list.Hash // of what is stored
	Signed  list.Hash // as the publisher signed it
}

// Sound reports whether the list is to the last bit what its publisher signed.
func (r Report) Sound() bool { return len(r.Bad) == 0 && r.Root == r.Signed }

// Verify reads a whole list back from the disk, on all cores, and compares it
// with what its publisher signed. It trusts no hash that the store holds but
// the signed root. Shards that it finds bad are marked, and marks of others are
// taken away. An error means that the list could not be read at all.
func (s *Store) Verify(ctx context.Context, name string) (Report, error) {
	l := s.lists[name]
	if l == nil {
		return Report{}, fmt.Errorf("cache: verify list %s: %w", name, ErrUnknownList)
	}
	v := l.view.Load()
	switch {
	case v.empty() && v.err == nil:
		return Report{}, fmt.Errorf("cache: verify list %s: %w", name, ErrNoRelease)
	case v.gen == nil:
		return Report{}, fmt.Errorf("cache: verify list %s: %w", name, v.err)
	case !v.gen.enter():
		return Report{}, fmt.Errorf("cache: verify list %s: %w", name, v.gen.notOpen())
	}
	defer v.gen.leave()
	ctx, done := s.working(ctx)
	defer done()
	v.gen.advise(readAll)
	defer v.gen.advise(readHereNow)
	r, err := v.verify(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("cache: verify list %s: %w", name, err)
	}
	r.List = name
	if l.view.Load() != v {
		return r, nil // of what is no longer served
	}
	if err := s.remark(name, r); err != nil {
		return r, fmt.Errorf("cache: verify list %s: %w", name, err)
	}
	return r, nil
}

// verify reads every shard of a view.
func (v *view) verify(ctx context.Context) (Report, error) {
	r := Report{Release: v.head.Release.Sequence, Signed: v.head.Release.Root}
	leaves := make([]list.Hash, len(v.versions))
	var mu sync.Mutex // guards r
	err := inParallel(ctx, len(leaves), func(i int, room *workroom) error {
		records, err := v.proved(uint32(i), room)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case errors.Is(err, ErrStopped):
			return err
		case err != nil:
			r.Bad = append(r.Bad, uint32(i))
			return nil
		case v.versions[i] != 0:
			r.Shards++
			r.Records += uint64(len(records))
		}
		leaves[i] = v.leaves[i]
		return nil
	})
	if err != nil {
		return Report{}, err
	}
	slices.Sort(r.Bad)
	r.Root, err = list.Root(leaves)
	return r, err
}

// remark marks the shards that a report has found bad, and no others.
func (s *Store) remark(name string, r Report) error {
	l := s.lists[name]
	if len(r.Bad) == 0 {
		l.faults.met.Store(0)
	}
	if err := s.mark(name, false, l.faults.ids()...); err != nil {
		return err
	}
	return s.mark(name, true, r.Bad...)
}
