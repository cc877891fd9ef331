package feedtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// A Store holds lists in memory. Its zero value is empty and ready; it is safe
// for concurrent use.
type Store struct {
	mu    sync.Mutex // guards lists
	lists map[string]held
}

type held struct {
	position feed.Position
	params   list.Params
	records  []list.Record
	checked  time.Time
	applied  []feed.Kind
}

// ErrRefused means that a content does not lead from what is held to what its
// release is signed for.
var ErrRefused = errors.New("feedtest: the content does not lead to the signed root")

// Position returns the release of a list that is held.
func (s *Store) Position(name string) feed.Position { return s.get(name).position }

// Release returns what is held, as its number of records and its position.
func (s *Store) Release(name string) feed.Release {
	h := s.get(name)
	return feed.Release{List: name, Sequence: h.position.Sequence, Root: h.position.Root, Params: h.params, Records: uint64(len(h.records))}
}

// Records returns the records of a list that are held.
func (s *Store) Records(name string) []list.Record { return s.get(name).records }

// CheckedAt returns the newest time that a list was said to be the newest.
func (s *Store) CheckedAt(name string) time.Time { return s.get(name).checked }

// Applied returns what was applied to a list, in order.
func (s *Store) Applied(name string) []feed.Kind { return s.get(name).applied }

func (s *Store) get(name string) held {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lists[name]
}

// Apply makes a release live if its root is that of the records it leads to.
func (s *Store) Apply(ctx context.Context, c feed.Content) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := c.Release()
	h := s.lists[m.List]
	read := h.withSnapshot
	if c.Kind() == feed.Delta {
		read = h.withDelta
	}
	records, err := read(c)
	if err != nil {
		return err
	}
	if root, err := Root(m.Params, records); err != nil || root != m.Root || uint64(len(records)) != m.Records || ctx.Err() != nil {
		return errors.Join(ErrRefused, err, ctx.Err())
	}
	if s.lists == nil {
		s.lists = map[string]held{}
	}
	s.lists[m.List] = held{m.Position(), m.Params, records, h.checked, append(h.applied, c.Kind())}
	return nil
}

func (h held) withSnapshot(c feed.Content) ([]list.Record, error) {
	var all []list.Record
	for raw, err := range c.Shards() {
		if err != nil {
			return nil, err
		}
		shard, err := c.Release().Params.Shard(raw.ID, raw.Data)
		if err != nil {
			return nil, err
		}
		records, err := shard.All()
		if err != nil {
			return nil, err
		}
		all = append(all, records...)
	}
	return all, nil
}

func (h held) withDelta(c feed.Content) ([]list.Record, error) {
	m := c.Release()
	known := m.Params.Codes[:min(len(h.params.Codes), len(m.Params.Codes))]
	if c.From() != h.position || m.Params.ShardBits != h.params.ShardBits || !slices.Equal(known, h.params.Codes) {
		return nil, fmt.Errorf("%w: it stands on another release", ErrRefused)
	}
	records, err := c.Change().Apply(slices.Clone(h.records))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return records, nil
}

// Checked notes that a list is the newest. As in a real store, an older time
// changes nothing.
func (s *Store) Checked(name string, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h, there := s.lists[name]; there && at.After(h.checked) {
		h.checked = at
		s.lists[name] = h
	}
	return nil
}
