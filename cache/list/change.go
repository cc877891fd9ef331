package list

import (
	"errors"
	"slices"
)

// A Change is what leads from one state of a list to another: which records to
// remove, by their identity, and which to add, each in order. A record that
// becomes another is in both.
type Change struct {
	Removed, Added []Record
}

// ErrConflict means that a change adds what is there, or removes what is not:
// it belongs to another state.
var ErrConflict = errors.New("the change adds what is there or removes what is not")

// Len returns how many records are removed and added.
func (c Change) Len() int { return len(c.Removed) + len(c.Added) }

// Then returns the change that does what c and then next does. Neither is
// altered.
func (c Change) Then(next Change) Change {
	if c.Len() == 0 {
		return next
	}
	if next.Len() == 0 {
		return c
	}
	both := Change{Removed: make([]Record, 0, len(c.Removed)+len(next.Removed)), Added: make([]Record, 0, len(c.Added)+len(next.Added))}
	for {
		r, ok := lowest(c.Removed, c.Added, next.Removed, next.Added)
		if !ok {
			return both
		}
		removed, _ := take(&c.Removed, r)
		added, record := take(&c.Added, r)
		removedLater, _ := take(&next.Removed, r)
		addedLater, recordLater := take(&next.Added, r)
		if removed || removedLater && !added {
			both.Removed = append(both.Removed, identity(r))
		}
		switch {
		case addedLater:
			both.Added = append(both.Added, recordLater)
		case added && !removedLater:
			both.Added = append(both.Added, record)
		}
	}
}

// lowest returns the record that comes first of those at the heads of slices.
func lowest(slices ...[]Record) (r Record, ok bool) {
	for _, s := range slices {
		if len(s) > 0 && (!ok || Compare(s[0], r) < 0) {
			r, ok = s[0], true
		}
	}
	return r, ok
}

// take takes the record with the identity of r from the head of a slice, if it
// is there.
func take(s *[]Record, r Record) (there bool, found Record) {
	if len(*s) == 0 || Compare((*s)[0], r) != 0 {
		return false, Record{}
	}
	found, *s = (*s)[0], (*s)[1:]
	return true, found
}

// Identities returns the records with nothing but what tells them apart.
func Identities(records []Record) []Record {
	ids := make([]Record, len(records))
	for i, r := range records {
		ids[i] = identity(r)
	}
	return ids
}

func identity(r Record) Record { return Record{Digest: r.Digest, Class: r.Class, Issuer: r.Issuer} }

// A Part is what a change does to one shard.
type Part struct {
	Shard uint32
	Change
}

// Parts returns what the change does to each shard that it touches, in order.
func (c Change) Parts(p Params) (parts []Part) {
	for c.Len() > 0 {
		r, _ := lowest(c.Removed, c.Added)
		id := p.ShardOf(r.Digest)
		var part Part
		part.Shard = id
		part.Removed, c.Removed = p.split(c.Removed, id)
		part.Added, c.Added = p.split(c.Added, id)
		parts = append(parts, part)
	}
	return parts
}

// split parts records, which are in order and none below a shard, behind those
// of that shard.
func (p Params) split(records []Record, id uint32) (members, rest []Record) {
	n := 0
	for n < len(records) && p.ShardOf(records[n].Digest) == id {
		n++
	}
	return records[:n], records[n:]
}

// Of returns what the change does to one shard.
func (c Change) Of(p Params, id uint32) Change {
	return Change{Removed: p.find(c.Removed, id), Added: p.find(c.Added, id)}
}

// find returns the records of a shard among records in order.
func (p Params) find(records []Record, id uint32) []Record {
	first, _ := slices.BinarySearchFunc(records, id, func(r Record, id uint32) int { return int(p.ShardOf(r.Digest)) - int(id) })
	members, _ := p.split(records[first:], id)
	return members
}

// Apply returns records, which are in order, with the change done to them. It
// may use the slice that it is given. The error is ErrConflict.
func (c Change) Apply(records []Record) ([]Record, error) {
	kept, gone := records[:0], c.Removed
	for _, r := range records {
		if len(gone) > 0 && Compare(gone[0], r) == 0 {
			gone = gone[1:]
			continue
		}
		kept = append(kept, r)
	}
	if len(gone) > 0 {
		return nil, ErrConflict
	}
	return insert(kept, c.Added)
}

// insert puts records, which are in order, among others. It goes from the last
// to the first, so that none is overwritten before it was moved.
func insert(records, added []Record) ([]Record, error) {
	i := len(records)
	records = slices.Grow(records, len(added))[:i+len(added)]
	for len(added) > 0 {
		last, order := added[len(added)-1], -1
		if i > 0 {
			order = Compare(records[i-1], last)
		}
		switch at := i + len(added) - 1; {
		case order == 0:
			return nil, ErrConflict
		case order > 0:
			i--
			records[at] = records[i]
		default:
			records[at], added = last, added[:len(added)-1]
		}
	}
	return records, nil
}

// Difference returns the change from one state of a list to another, both in
// order.
func Difference(from, to []Record) (c Change) {
	for len(from) > 0 || len(to) > 0 {
		order := -1
		switch {
		case len(from) == 0:
			order = 1
		case len(to) > 0:
			order = Compare(from[0], to[0])
		}
		if order == 0 && from[0] == to[0] {
			from, to = from[1:], to[1:]
			continue
		}
		if order <= 0 {
			c.Removed, from = append(c.Removed, identity(from[0])), from[1:]
		}
		if order >= 0 {
			c.Added, to = append(c.Added, to[0]), to[1:]
		}
	}
	return c
}
