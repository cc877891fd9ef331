package cache

import (
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// Badger merges nothing in the background (see package engine). What is written
// lies on level 0, in tables that every look-up asks, until it is merged here.
const (
	manyTables = 16 // of level 0: merged when there is time
	tooMany    = 96 // merged before more is written
)

func levelZero(db *tree) (tables int, size int64) {
	l := db.Levels()[0]
	return l.NumTables, l.Size
}

// compact merges the tables of a Badger once there are so many on level 0. A
// merge that has no room for a table loses it without an error: so there must
// be room for all, and the caller looks whether everything is there afterwards.
func compact(db *tree, many int) (merged bool, err error) {
	tables, size := levelZero(db)
	if tables < many {
		return false, nil
	}
	whole := int64(0)
	for _, l := range db.Levels() {
		whole += l.Size
	}
	if err := checkRoom(db.dir, 2*reserve+3*size+whole/4); err != nil {
		return false, err
	}
	return true, db.await(func() error { return db.Flatten(1) })
}

// compactList merges what lies of a list, and marks the shards that are not
// there afterwards.
func (s *Store) compactList(name string, many int) error {
	v := s.lists[name].view.Load()
	if v.gen == nil || s.opts.ReadOnly {
		return nil
	}
	merged, err := compact(v.gen.db, many)
	if !merged || v.err != nil {
		return err
	}
	v.gen.advise(readHereNow)
	return errors.Join(err, s.markLost(name, v)) // a merge that has failed loses as well
}

// markLost marks the shards of which there is not even a key.
func (s *Store) markLost(name string, v *view) error {
	there := make([]bool, len(v.versions))
	err := v.gen.eachVersion(shardTable, func(id uint32, release uint64, _ *badger.Item) error {
		if int(id) < len(there) && v.versions[id] == release {
			there[id] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	var lost []uint32
	for id, is := range there {
		if !is && v.versions[id] != 0 {
			lost = append(lost, uint32(id))
		}
	}
	if len(lost) == 0 {
		return nil
	}
	err = fmt.Errorf("merge list %s: %w: %d shards are gone", name, ErrDamaged, len(lost))
	return errors.Join(err, s.mark(name, true, lost...))
}
