package cache

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
)

// faults are the shards of a list that are known to be bad. A look-up in one
// gets no answer until it has been proved again.
type faults struct {
	mu     sync.Mutex // held while marked is replaced
	marked atomic.Pointer[shardSet]
	met    atomic.Int64 // look-ups since the start that met a bad shard
}

// A shardSet is a set of shards: a bit for each.
type shardSet []byte

func (s shardSet) has(id uint32) bool { return int(id/8) < len(s) && s[id/8]>>(id%8)&1 == 1 }

func (s shardSet) len() (n int) {
	for _, b := range s {
		n += bits.OnesCount8(b)
	}
	return n
}

// ids returns the shards in order.
func (s shardSet) ids() (ids []uint32) {
	for i, b := range s {
		for ; b != 0; b &= b - 1 {
			ids = append(ids, uint32(8*i+bits.TrailingZeros8(b)))
		}
	}
	return ids
}

func (f *faults) has(id uint32) bool {
	s := f.marked.Load()
	return s != nil && s.has(id)
}

// ids returns the marked shards in order.
func (f *faults) ids() []uint32 {
	if s := f.marked.Load(); s != nil {
		return s.ids()
	}
	return nil
}

func (f *faults) len() int {
	if s := f.marked.Load(); s != nil {
		return s.len()
	}
	return 0
}

// set marks shards, or takes their marks away, and reports whether that has
// changed anything.
func (f *faults) set(bad bool, ids ...uint32) (changed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var next shardSet
	if s := f.marked.Load(); s != nil {
		next = slices.Clone(*s)
	}
	for _, id := range ids {
		if next.has(id) == bad {
			continue
		}
		if short := int(id/8) + 1 - len(next); short > 0 {
			next = append(next, make(shardSet, short)...)
		}
		next[id/8] ^= 1 << (id % 8)
		changed = true
	}
	if changed {
		f.marked.Store(&next)
	}
	return changed
}

// clear takes all marks away.
func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.marked.Store(nil)
	f.met.Store(0)
}

// loadFaults reads the marks that an earlier run has left, and how far the
// scrub had come. What cannot be read is begun anew: the marks are there to be
// quick, and the seals and leaf hashes to be right.
func (s *Store) loadFaults(name string, l *served) error {
	marks, err := s.book.read(marksKey(name))
	if err != nil && !errors.Is(err, errSeal) {
		return err
	}
	if n := (len(l.view.Load().versions) + 7) / 8; len(marks) > 0 && len(marks) <= n {
		set := shardSet(marks)
		l.faults.marked.Store(&set)
	}
	return s.loadScrub(name, l)
}

// mark marks shards of a list as bad or as proved, so that the next start
// knows as well. A store that cannot be written knows until it is closed.
func (s *Store) mark(name string, bad bool, ids ...uint32) error {
	l := s.lists[name]
	if !l.faults.set(bad, ids...) || s.opts.ReadOnly || checkRoom(s.dir, reserve) != nil {
		return nil
	}
	if err := s.book.write(s.marks(name)); err != nil {
		return fmt.Errorf("mark shards of list %s: %w", name, err)
	}
	return nil
}

// marks is the entry of the shards that are marked.
func (s *Store) marks(name string) entry {
	e := entry{key: marksKey(name)}
	if set := s.lists[name].faults.marked.Load(); set != nil && set.len() > 0 {
		e.value = *set
	}
	return e
}
