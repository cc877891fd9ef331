package cache

import (
	"context"
	"fmt"

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

// Verify reads a whole list back from the disk and compares it with what its
// publisher signed. It trusts no hash that the store holds but the signed root.
// An error means that the list could not be read at all.
func (s *Store) Verify(ctx context.Context, name string) (Report, error) {
	l := s.lists[name]
	if l == nil {
		return Report{}, fmt.Errorf("cache: verify list %s: %w", name, ErrUnknownList)
	}
	v := l.view.Load()
	if v.empty() {
		return Report{}, fmt.Errorf("cache: verify list %s: %w", name, ErrNoRelease)
	}
	r := Report{List: name, Release: v.head.Release.Sequence, Signed: v.head.Release.Root}
	leaves := make([]list.Hash, len(v.versions))
	for id := range v.versions {
		if err := ctx.Err(); err != nil {
			return Report{}, fmt.Errorf("cache: verify list %s: %w", name, err)
		}
		leaves[id] = s.verifyShard(name, v, uint32(id), &r)
	}
	var err error
	if r.Root, err = list.Root(leaves); err != nil {
		return Report{}, fmt.Errorf("cache: verify list %s: %w", name, err)
	}
	if len(r.Bad) == 0 && l.view.Load() == v {
		l.damaged.Store(0)
	}
	return r, nil
}

// verifyShard reads one shard into a report, and returns its leaf hash.
func (s *Store) verifyShard(name string, v *view, id uint32, r *Report) list.Hash {
	if v.versions[id] == 0 {
		return list.Leaf(id, nil)
	}
	records, err := s.readBack(name, v, id)
	leaf := list.Leaf(id, records)
	if err != nil || leaf != v.leaves[id] {
		r.Bad = append(r.Bad, id)
		return list.Hash{}
	}
	r.Shards++
	r.Records += uint64(len(records))
	return leaf
}
