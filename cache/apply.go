package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// The ways in which a release is not applied. The list then stays as it was.
var (
	ErrUnknownList = errors.New("the device does not hold this list")
	ErrBase        = errors.New("the delta stands on another release than the one that is held")
	ErrOrder       = errors.New("the release is not newer than the one that is held")
	ErrRoot        = errors.New("what was stored is not what the publisher signed")
	ErrConflict    = errors.New("the delta adds what is there or removes what is not")
	ErrReadOnly    = errors.New("the store is open to read only")
	ErrNoSpace     = fmt.Errorf("not enough space in the data folder: %w", syscall.ENOSPC)
)

// Apply makes a release live. Until it returns without an error, the list is
// served as it was.
func (s *Store) Apply(ctx context.Context, c feed.Content) error {
	s.apply.Lock()
	defer s.apply.Unlock()
	if err := s.applyContent(ctx, c); err != nil {
		return fmt.Errorf("cache: apply release %d of list %s: %w", c.Manifest().Sequence, c.Manifest().List, err)
	}
	return nil
}

func (s *Store) applyContent(ctx context.Context, c feed.Content) error {
	m := c.Manifest()
	l := s.lists[m.List]
	switch {
	case s.db.Opts().ReadOnly:
		return ErrReadOnly
	case l == nil:
		return ErrUnknownList
	case l.keyErr != nil:
		return fmt.Errorf("%w: %w", ErrNoKey, l.keyErr)
	case l.key.ID() != m.KeyID:
		return ErrOtherKey
	}
	old := l.view.Load()
	if held := old.head.Release.Sequence; m.Sequence < held || m.Sequence == held && old.err == nil {
		return ErrOrder
	}
	if err := checkRoom(s.dir, spaceFor(c)); err != nil {
		return err
	}
	// What an earlier attempt left must not be taken for a part of this one.
	if err := s.sweep(m.List, old); err != nil {
		return err
	}
	next, err := s.write(ctx, c, old)
	if err != nil {
		return err
	}
	if err := s.prove(m.List, next); err != nil {
		return err
	}
	if err := s.commit(m.List, next); err != nil {
		return err
	}
	l.view.Store(next)
	l.damaged.Store(0)
	return s.sweep(m.List, next)
}

// write stores what a release makes of the list, beside what is served.
func (s *Store) write(ctx context.Context, c feed.Content, old *view) (*view, error) {
	w := &writer{store: s, ctx: ctx, list: c.Manifest().List, batch: s.db.NewWriteBatch()}
	defer w.batch.Cancel()
	w.next = &view{head: head{Release: c.Manifest(), Applied: time.Now().UTC()}, checked: c.Manifest().Issued}
	var err error
	if c.Kind() == feed.Snapshot {
		err = w.snapshot(c, old)
	} else {
		err = w.delta(c, old)
	}
	if err == nil && w.records != c.Manifest().Records {
		err = ErrRoot
	}
	if err == nil {
		err = w.batch.Flush()
	}
	if errors.Is(err, syscall.ENOSPC) {
		err = fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return w.next, err
}

// prove reads back what was written, and compares the root of the whole list
// with the signed one. What a delta left alone is vouched for by its leaves,
// whose root was signed with the release before.
func (s *Store) prove(name string, next *view) error {
	leaves := slices.Clone(next.leaves)
	for id, release := range next.versions {
		if release != next.head.Release.Sequence {
			continue
		}
		records, err := s.readBack(name, next, uint32(id))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrRoot, err)
		}
		leaves[id] = list.Leaf(uint32(id), records)
	}
	if root, err := list.Root(leaves); err != nil || root != next.head.Release.Root {
		return ErrRoot
	}
	return nil
}

func (s *Store) readBack(name string, v *view, id uint32) ([]list.Record, error) {
	shard, err := s.shard(name, v, id, new([]byte))
	if err != nil {
		return nil, err
	}
	return shard.All()
}

// commit makes a view the one that the next Open serves.
func (s *Store) commit(name string, v *view) error {
	plain, err := json.Marshal(v.head)
	if err != nil {
		return err
	}
	return s.set(headKey(name), s.sealer.seal(headKey(name), plain))
}

// Checked notes that at this time the publisher had no newer release of a list
// than the one that is held. Times before those already known change nothing.
func (s *Store) Checked(name string, at time.Time) error {
	s.apply.Lock()
	defer s.apply.Unlock()
	l := s.lists[name]
	if l == nil {
		return fmt.Errorf("cache: note check of list %s: %w", name, ErrUnknownList)
	}
	next := *l.view.Load()
	if next.empty() || !at.After(next.checked) {
		return nil
	}
	if err := checkRoom(s.dir, reserve); err != nil {
		return fmt.Errorf("cache: note check of list %s: %w", name, err)
	}
	next.checked = at.UTC().Truncate(time.Second)
	key := checkedKey(name)
	plain, err := json.Marshal(checked{Release: next.head.Release.Sequence, At: next.checked})
	if err == nil {
		err = s.set(key, s.sealer.seal(key, plain))
	}
	if err != nil {
		return fmt.Errorf("cache: note check of list %s: %w", name, err)
	}
	l.view.Store(&next)
	return nil
}

// checked is when a release was last known to be the newest.
type checked struct {
	Release uint64    `json:"release"`
	At      time.Time `json:"at"`
}

// loadChecked returns when the served release was last known to be the newest:
// when it was issued, if nothing better can be read.
func (s *Store) loadChecked(name string, h head) time.Time {
	key := checkedKey(name)
	var found checked
	if sealed, err := s.get(key); err == nil {
		if plain, err := s.sealer.open(nil, key, sealed); err == nil && json.Unmarshal(plain, &found) == nil &&
			found.Release == h.Release.Sequence && found.At.After(h.Release.Issued) {
			return found.At
		}
	}
	return h.Release.Issued
}

// Position returns the release of a list that is held: zero when there is
// none. Of a damaged list it names the release before and no root, so that the
// same release is loaded anew and an older one still refused.
func (s *Store) Position(name string) feed.Position {
	l := s.lists[name]
	if l == nil {
		return feed.Position{}
	}
	v := l.view.Load()
	if v.err != nil {
		return feed.Position{Sequence: v.head.Release.Sequence - 1}
	}
	return v.head.Release.Position()
}
