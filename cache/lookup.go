package cache

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"

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
				m.How, m.Swapped = LookAlike, differences(number, alike)
				matches = append(matches, m)
			}
		}
	}
	if err != nil {
		status.Err = err
	}
	return matches, status
}

// matches returns the records of one cleaned number that fit a query.
func (s *Store) matches(name string, q Query, number string) ([]Match, error) {
	l := s.lists[name]
	digester := l.digesters.Get().(*list.Digester)
	digest, err := digester.Digest(number)
	l.digesters.Put(digester)
	if err != nil {
		return nil, err
	}
	records, release, err := s.records(l, digest)
	if err != nil {
		return nil, err
	}
	var matches []Match
	for _, r := range records {
		if r.Issuer != q.Issuer {
			continue
		}
		m := Match{List: name, Release: release, Record: r, How: Exact}
		if r.Class != q.Class {
			m.How = OtherClass
		}
		matches = append(matches, m)
	}
	return matches, nil
}

// records returns the records of a digest as of one view, and the release that
// this is. When the view is replaced while it is read, its shard may be gone,
// and the next one is read.
func (s *Store) records(l *served, d list.Digest) ([]list.Record, uint64, error) {
	for {
		v := l.view.Load()
		id := v.head.Release.Params.ShardOf(d)
		records, err := s.recordsIn(l, v, id, d)
		switch {
		case err == nil:
			return records, v.head.Release.Sequence, nil
		case l.view.Load() != v:
			continue
		case !errors.Is(err, ErrClosed) && !errors.Is(err, ErrErased) && !errors.Is(err, ErrStopped):
			l.faults.met.Add(1)
			l.faults.set(true, id)
			err = fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		return nil, 0, err
	}
}

// errMarked means that a shard is known to be bad.
var errMarked = errors.New("it is marked for repair")

func (s *Store) recordsIn(l *served, v *view, id uint32, d list.Digest) ([]list.Record, error) {
	if v.gen == nil {
		return nil, cmp.Or(v.err, ErrClosed)
	}
	if !v.gen.enter() {
		return nil, v.gen.notOpen() // or it was replaced just now, which the caller sees
	}
	defer v.gen.leave()
	if l.faults.has(id) {
		return nil, fmt.Errorf("shard %d: %w", id, errMarked)
	}
	if v.versions[id] == 0 {
		return nil, nil
	}
	room := s.rooms.Get().(*[]byte)
	defer s.rooms.Put(room) // records keep nothing of it
	shard, err := v.shard(id, room)
	if err != nil {
		return nil, err
	}
	return shard.Find(d)
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
	status := ListStatus{
		Name: name, Release: m.Sequence, Records: m.Records, Issued: m.Issued,
		Damaged: l.faults.met.Load(), Bad: l.faults.len(), Scrub: l.scrub.Load(),
	}
	switch {
	case errors.Is(v.err, ErrClosed), errors.Is(v.err, ErrErased):
		status.Err = v.err
		return status
	case v.empty():
		status.Err = ErrNoRelease
		return status
	case errors.Is(l.keyErr, fs.ErrNotExist):
		status.Err = ErrNoKey
	case l.keyErr != nil:
		status.Err = l.keyErr
	case l.keyID != m.KeyID:
		status.Err = ErrOtherKey
	case v.err != nil:
		status.Err = v.err
	}
	status.Root = v.root
	status.Checked = v.checked
	return status
}
