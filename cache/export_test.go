package cache

import (
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// Leftovers tells what lies in the generation of a list beside one version of
// each shard and each page, and of a journal. It is empty when all is
// reclaimed.
func (s *Store) Leftovers(name string) (found []string, err error) {
	v := s.lists[name].view.Load()
	if v.gen == nil {
		return nil, nil
	}
	for _, table := range []byte{shardTable, pageTable, journalTable} {
		last := int64(-1)
		err := v.gen.eachVersion(table, func(id uint32, release uint64, _ *badger.Item) error {
			if table == journalTable || int64(id) == last {
				found = append(found, fmt.Sprintf("%c %d of release %d", table, id, release))
			}
			last = int64(id)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if there, err := s.book.readJSON(journalKey(name), new(journal)); err != nil || there {
		found = append(found, fmt.Sprintf("a journal in the book (%v)", err))
	}
	return found, nil
}

// LevelZero returns how many tables of a list are not merged.
func LevelZero(s *Store, name string) int {
	tables, _ := levelZero(s.lists[name].view.Load().gen.db)
	return tables
}

// CheckFits is checkFits.
var CheckFits = checkFits
