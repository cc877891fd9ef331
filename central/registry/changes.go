package registry

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"

	"portcullis/cache/list"
)

// MaxChanges is how many changed records [Registry.Changes] gathers: some
// 400 MB of memory.
const MaxChanges = 4_000_000

// ErrTakeAll means that the changes since a cursor are not to be had one by
// one: they were forgotten, they are too many, or the cursor is of another
// registry. Whoever asks takes all records and compares.
var ErrTakeAll = errors.New("registry: the changes since then are not to be had: take all records")

// Changes returns what is to be removed from and added to the list that the
// registry had at a cursor, and the cursor of the list that it has then. A
// record that changed is in both; one that changed and changed back in none.
// Both are in the order of [list.Compare].
func (r *Registry) Changes(ctx context.Context, since Cursor) (removed, added []list.Record, next Cursor, err error) {
	err = r.store.View(ctx, func(tx Tx) error {
		h, err := readHead(tx)
		if err != nil {
			return err
		}
		if since < h.Forgot || since > h.Cursor {
			return ErrTakeAll
		}
		before, err := beforeSince(tx, since)
		if err != nil {
			return err
		}
		next = h.Cursor
		removed, added, err = net(tx, before)
		return err
	})
	if err != nil {
		return nil, nil, 0, wrap("take changes", err)
	}
	return removed, added, next, nil
}

// beforeSince returns by their keys what records that have changed since were
// at a cursor: the first that the journal tells of each.
func beforeSince(tx Tx, since Cursor) (map[string]*list.Record, error) {
	first := map[string]*list.Record{}
	err := eachJournal(tx, since.key(), nil, func(rows []Row) error {
		for _, row := range rows {
			err := readBefore(row.Value, func(key []byte, before *list.Record) {
				if _, known := first[string(key)]; !known {
					first[string(key)] = before
				}
			})
			if err != nil {
				return err
			}
			if len(first) > MaxChanges {
				return ErrTakeAll
			}
		}
		return nil
	})
	return first, err
}

// eachJournal reads the journal in pages of few rows: one may tell of a page
// of records.
func eachJournal(tx Tx, behind, before []byte, f func([]Row) error) error {
	const few = 16
	for {
		rows, err := tx.Scan(Journal, behind, before, few)
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := f(rows); err != nil {
			return err
		}
		behind = rows[len(rows)-1].Key
	}
}

// net compares records of before with those that there are.
func net(tx Tx, before map[string]*list.Record) (removed, added []list.Record, err error) {
	names := slices.Sorted(maps.Keys(before))
	for some := range slices.Chunk(names, page) {
		keys := make([][]byte, len(some))
		for i, name := range some {
			keys[i] = []byte(name)
		}
		live, err := getStored(tx, Live, keys)
		if err != nil {
			return nil, nil, err
		}
		for i, key := range keys {
			was, is := before[some[i]], live[i]
			if was != nil && is != nil && *was == is.recordOf(key) {
				continue
			}
			if was != nil {
				removed = append(removed, *was)
			}
			if is != nil {
				added = append(added, is.recordOf(key))
			}
		}
	}
	return removed, added, nil
}

// All hands on all records in the order of [list.Compare], as they are at one
// cursor. An error ends the records. They are read in pages: however many they
// are, they take little memory.
func (r *Registry) All(ctx context.Context, take func(at Cursor, records iter.Seq2[list.Record, error]) error) error {
	return wrap("read all records", r.store.View(ctx, func(tx Tx) error {
		h, err := readHead(tx)
		if err != nil {
			return err
		}
		return take(h.Cursor, allRecords(tx))
	}))
}

// errEnough ends the reading when no more records are wanted.
var errEnough = errors.New("enough")

// allRecords reads all records, which must be in order and as many as are
// counted.
func allRecords(tx Tx) iter.Seq2[list.Record, error] {
	return func(yield func(list.Record, error) bool) {
		var last []byte
		read := uint64(0)
		err := eachPage(tx, Live, nil, nil, func(rows []Row) error {
			for _, row := range rows {
				s, err := decode(row)
				if err == nil && bytes.Compare(row.Key, last) <= 0 {
					err = ErrDamaged
				}
				if err != nil {
					return err
				}
				if !yield(s.recordOf(row.Key), nil) {
					return errEnough
				}
				last = row.Key
				read++
			}
			return nil
		})
		if err == nil {
			var s Statistics
			if s, err = count(tx); err == nil && s.Records != read {
				err = ErrDamaged
			}
		}
		if err != nil && err != errEnough {
			yield(list.Record{}, err)
		}
	}
}

// Forget drops what the journal tells of changes up to a cursor. Once a
// release with them is published, nobody asks for these again.
func (r *Registry) Forget(ctx context.Context, upTo Cursor) error {
	err := r.store.Update(ctx, func(tx Tx) error {
		h, err := readHead(tx)
		if err != nil {
			return err
		}
		h.Forgot = max(h.Forgot, min(upTo, h.Cursor))
		return putJSON(tx, Meta, headKey, h)
	})
	for more := true; more && err == nil; {
		err = r.store.Update(ctx, func(tx Tx) error {
			h, err := readHead(tx)
			if err != nil {
				return err
			}
			rows, err := tx.Scan(Journal, nil, (h.Forgot + 1).key(), page/16)
			more = len(rows) > 0
			keys := make([][]byte, len(rows))
			for i, row := range rows {
				keys[i] = row.Key
			}
			if err != nil {
				return err
			}
			return tx.Delete(Journal, keys)
		})
	}
	return wrap("forget changes", err)
}
