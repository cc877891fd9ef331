package cache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
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
	ErrConflict    = list.ErrConflict
	ErrTooLarge    = errors.New("the list is too large for this device")
	ErrReadOnly    = errors.New("the store is open to read only")
	ErrNoSpace     = fmt.Errorf("not enough space in the data folder: %w", syscall.ENOSPC)
)

// Apply makes a release live. Until then the list is served as it was. An error
// may also come after, when what the release has replaced cannot be deleted:
// Position tells which release is held.
func (s *Store) Apply(ctx context.Context, c feed.Content) error {
	s.apply.Lock()
	defer s.apply.Unlock()
	ctx, done := s.working(ctx)
	defer done()
	err := s.applyContent(ctx, c)
	if errors.Is(err, syscall.ENOSPC) && !errors.Is(err, ErrNoSpace) {
		err = fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	if err != nil {
		return fmt.Errorf("cache: apply release %d of list %s: %w", c.Release().Sequence, c.Release().List, err)
	}
	return nil
}

func (s *Store) applyContent(ctx context.Context, c feed.Content) error {
	m := c.Release()
	l := s.lists[m.List]
	switch {
	case s.seal.Load() == nil:
		return cmp.Or(context.Cause(s.life), ErrClosed)
	case s.opts.ReadOnly:
		return ErrReadOnly
	case l == nil:
		return ErrUnknownList
	case l.keyErr != nil:
		return fmt.Errorf("%w: %w", ErrNoKey, l.keyErr)
	case l.keyID != m.KeyID:
		return ErrOtherKey
	}
	old := l.view.Load()
	if held := old.head.Release.Sequence; m.Sequence < held || m.Sequence == held && old.err == nil && l.faults.len() == 0 {
		return ErrOrder
	}
	if err := checkFits(c, strconv.IntSize); err != nil {
		return err
	}
	if err := checkRoom(s.dir, spaceFor(c)); err != nil {
		return err
	}
	old, err := s.settle(m.List)
	if err != nil {
		return err
	}
	// What an earlier attempt left must not be taken for a part of this one.
	if err := s.dropJournal(m.List, old); err != nil {
		return err
	}
	if c.Kind() == feed.Snapshot {
		return s.applySnapshot(ctx, c, old)
	}
	if err := s.compactList(m.List, tooMany); err != nil {
		return err
	}
	return s.applyDelta(ctx, change{m, c.From(), c.Change()}, old)
}

// prove reads back the shards of a view that a release has written, and
// compares the root of the whole list with the signed one. What a delta left
// alone is vouched for by its leaves, whose root was signed with the release
// before.
func (s *Store) prove(ctx context.Context, next *view) error {
	var written []uint32
	for id, release := range next.versions {
		if release == next.head.Release.Sequence {
			written = append(written, uint32(id))
		}
	}
	leaves := slices.Clone(next.leaves)
	err := inParallel(ctx, len(written), func(i int, room *workroom) error {
		records, err := next.readBack(written[i], room)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrRoot, err)
		}
		leaves[written[i]] = list.Leaf(written[i], records)
		return nil
	})
	if err != nil {
		return err
	}
	if root, err := list.Root(leaves); err != nil || root != next.head.Release.Root {
		return ErrRoot
	}
	return nil
}

// commit makes a view live, now and for the next Open, in one transaction with
// whatever else follows from it.
func (s *Store) commit(old, next *view, also ...entry) error {
	m := next.head.Release
	next.root, next.checked = m.Root.String(), m.Issued
	next.head.Applied = time.Now().UTC()
	if err := s.book.write(append(also, says(headKey(m.List), next.head))...); err != nil {
		return errors.Join(err, s.takeBack(m.List))
	}
	return s.publish(m.List, old, next)
}

// publish serves a view in place of another, unless the store was erased
// meanwhile.
func (s *Store) publish(name string, old, next *view) error {
	if !s.lists[name].view.CompareAndSwap(old, next) {
		return cmp.Or(context.Cause(s.life), ErrClosed)
	}
	return nil
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
	old, err := s.settle(name)
	if err != nil {
		return fmt.Errorf("cache: note check of list %s: %w", name, err)
	}
	next := *old
	if next.empty() || !at.After(next.checked) {
		return nil
	}
	if err := checkRoom(s.dir, reserve); err != nil {
		return fmt.Errorf("cache: note check of list %s: %w", name, err)
	}
	next.checked = at.UTC().Truncate(time.Second)
	if err := s.book.write(says(checkedKey(name), checked{Release: next.head.Release.Sequence, At: next.checked})); err != nil {
		return fmt.Errorf("cache: note check of list %s: %w", name, err)
	}
	return s.publish(name, old, &next)
}

// checked is when a release was last known to be the newest.
type checked struct {
	Release uint64    `json:"release"`
	At      time.Time `json:"at"`
}

// loadChecked returns when the served release was last known to be the newest:
// when it was issued, if nothing better can be read.
func (s *Store) loadChecked(name string, h head) time.Time {
	var found checked
	there, err := s.book.readJSON(checkedKey(name), &found)
	if err == nil && there && found.Release == h.Release.Sequence && found.At.After(h.Release.Issued) {
		return found.At
	}
	return h.Release.Issued
}

// Release returns the release of a list that is held, damaged or not: zero when
// there is none.
func (s *Store) Release(name string) feed.Release {
	l := s.lists[name]
	if l == nil {
		return feed.Release{}
	}
	return l.view.Load().head.Release
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
	if v.err != nil && !v.empty() {
		return feed.Position{Sequence: v.head.Release.Sequence - 1}
	}
	return v.head.Release.Position()
}
