package cache

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache/list"
)

// The ways in which a list gives no answer.
var (
	ErrNoRelease = errors.New("no release of the list was ever loaded")
	ErrNoKey     = errors.New("the device was not given the list's key")
	ErrOtherKey  = errors.New("the list was made with another list key than the device has")
	ErrDamaged   = errors.New("a part of the list is damaged")
)

// Lookup returns what the lists say of one document. An error means that the
// number is none, and that no list was asked; what befalls a single list is in
// the answer.
func (s *Store) Lookup(q Query) (Answer, error) {
	clean, err := list.Clean(nil, q.Number)
	if err != nil {
		return Answer{}, fmt.Errorf("cache: look up: %w", err)
	}
	var a Answer
	for _, name := range s.names {
		matches, status := s.lookupIn(name, q, string(clean))
		a.Matches = append(a.Matches, matches...)
		a.Lists = append(a.Lists, status)
	}
	return a, nil
}

// lookupIn asks one list.
func (s *Store) lookupIn(name string, q Query, number string) ([]Match, ListStatus) {
	status := s.listStatus(name)
	if status.Err != nil {
		return nil, status
	}
	matches, err := s.matches(name, q, number)
	if err == nil && q.LookAlikes {
		for _, alike := range LookAlikes(number) {
			var more []Match
			if more, err = s.matches(name, q, alike); err != nil {
				break
			}
			for _, m := range more {
				m.How = LookAlike
				matches = append(matches, m)
			}
		}
	}
	if err != nil {
		s.lists[name].damaged.Add(1)
		status.Err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return matches, status
}

// matches returns the records of one cleaned number that fit a query.
func (s *Store) matches(name string, q Query, number string) ([]Match, error) {
	l := s.lists[name]
	digest, err := l.key.Digest(number)
	if err != nil {
		return nil, err
	}
	records, err := s.records(name, l, digest)
	if err != nil {
		return nil, err
	}
	var matches []Match
	for _, r := range records {
		if r.Issuer != q.Issuer {
			continue
		}
		m := Match{List: name, Record: r, How: Exact}
		if r.Class != q.Class {
			m.How = OtherClass
		}
		matches = append(matches, m)
	}
	return matches, nil
}

// records returns the records of a digest as of one view. When that view is
// replaced while it reads, its shard may be gone, and it reads anew.
func (s *Store) records(name string, l *served, d list.Digest) ([]list.Record, error) {
	for {
		v := l.view.Load()
		records, err := s.recordsIn(name, v, d)
		if !errors.Is(err, badger.ErrKeyNotFound) || l.view.Load() == v {
			return records, err
		}
	}
}

func (s *Store) recordsIn(name string, v *view, d list.Digest) ([]list.Record, error) {
	id := v.head.Release.Params.ShardOf(d)
	if v.versions[id] == 0 {
		return nil, nil
	}
	room := s.rooms.Get().(*[]byte)
	defer s.rooms.Put(room) // records keep nothing of it
	shard, err := s.shard(name, v, id, room)
	if err != nil {
		return nil, err
	}
	return shard.Find(d)
}

// shard reads one shard of a view into room, which grows as needed.
func (s *Store) shard(name string, v *view, id uint32, room *[]byte) (list.Shard, error) {
	key := version{v.head.Generation, id, v.versions[id]}.key(shardTable, name)
	err := s.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(key)
		if err != nil {
			return err
		}
		return item.Value(func(sealed []byte) error {
			*room, err = s.sealer.open((*room)[:0], key, sealed)
			return err
		})
	})
	if err != nil {
		return list.Shard{}, fmt.Errorf("shard %d: %w", id, err)
	}
	return v.head.Release.Params.Shard(id, *room)
}

// Status returns what the store knows of its lists.
func (s *Store) Status() []ListStatus {
	status := make([]ListStatus, len(s.names))
	for i, name := range s.names {
		status[i] = s.listStatus(name)
	}
	return status
}

func (s *Store) listStatus(name string) ListStatus {
	l := s.lists[name]
	v := l.view.Load()
	m := v.head.Release
	status := ListStatus{Name: name, Release: m.Sequence, Records: m.Records, Issued: m.Issued, Damaged: l.damaged.Load()}
	switch {
	case v.empty():
		status.Err = ErrNoRelease
		return status
	case errors.Is(l.keyErr, fs.ErrNotExist):
		status.Err = ErrNoKey
	case l.keyErr != nil:
		status.Err = l.keyErr
	case l.key.ID() != m.KeyID:
		status.Err = ErrOtherKey
	case v.err != nil:
		status.Err = v.err
	}
	status.Root = m.Root.String()
	status.Checked = v.checked
	return status
}

// MaxLookAlikes bounds how many look-alikes of a number are tried.
const MaxLookAlikes = 31

// alike maps each character that is easily taken for another to the other.
// The pairs are those that the field folds: letter O and digit 0, letter I and
// digit 1.
var alike = map[byte]byte{'O': '0', '0': 'O', 'I': '1', '1': 'I'}

// LookAlikes returns the numbers that a cleaned number might be taken for: all
// ways of swapping O with 0 and I with 1 in its first five such places. A
// number with more of them is not tried beyond that.
func LookAlikes(number string) []string {
	var places []int
	for i := range len(number) {
		if _, ok := alike[number[i]]; ok && 1<<(len(places)+1) <= MaxLookAlikes+1 {
			places = append(places, i)
		}
	}
	var all []string
	for choice := 1; choice < 1<<len(places); choice++ {
		other := []byte(number)
		for bit, place := range places {
			if choice>>bit&1 == 1 {
				other[place] = alike[other[place]]
			}
		}
		all = append(all, string(other))
	}
	return all
}
