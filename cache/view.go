package cache

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// head says which release of a list is served.
type head struct {
	Generation uint32        `json:"generation"`
	Release    feed.Manifest `json:"release"`
	Applied    time.Time     `json:"applied"`
}

// A view is one state of a list, which does not change: what is served, and
// which version of each shard belongs to it.
type view struct {
	head     head
	versions []uint64    // the release that wrote each shard; 0 for an empty one
	leaves   []list.Hash // of each shard
	checked  time.Time   // when the release was last known to be the newest
	err      error       // why the list is not served
}

// empty is the view of a list that never had a release.
func (v *view) empty() bool { return v.head.Release.Sequence == 0 }

// errRoot means that a list's leaf hashes are not those that were signed.
var errRoot = errors.New("the list is not what its publisher signed: shards are missing, old or damaged")

// found returns the names of the lists that are in the store.
func (s *Store) found() (names []string, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		o := badger.DefaultIteratorOptions
		o.Prefix, o.PrefetchValues = []byte(listPrefix), false
		it := txn.NewIterator(o)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if name, ok := strings.CutSuffix(string(it.Item().Key()[len(listPrefix):]), headSuffix); ok {
				names = append(names, name)
			}
		}
		return nil
	})
	return names, err
}

// loadView reads a list's head and the versions of its shards. What is wrong
// with the list alone is in the view: the other lists are served.
func (s *Store) loadView(name string) (*view, error) {
	v := &view{}
	sealed, err := s.get(headKey(name))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return v, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the head of list %s: %w", name, err)
	}
	plain, err := s.sealer.open(nil, headKey(name), sealed)
	if err != nil {
		return nil, fmt.Errorf("read the head of list %s: %w", name, ErrLocked)
	}
	if err := json.Unmarshal(plain, &v.head); err != nil {
		return nil, fmt.Errorf("read the head of list %s: %w", name, err)
	}
	v.checked = s.loadChecked(name, v.head)
	if err := s.loadShards(name, v); err != nil {
		return nil, err
	}
	root, err := list.Root(v.leaves)
	if err != nil || root != v.head.Release.Root {
		v.err = errRoot
	}
	return v, nil
}

// loadShards finds the version of each shard that belongs to the head, which
// is the newest that is not newer than the head.
func (s *Store) loadShards(name string, v *view) error {
	v.versions, v.leaves = blankShards(v.head.Release.Params)
	return s.eachVersion(leafTable, name, func(found version, item *badger.Item) error {
		if found.generation != v.head.Generation || found.release > v.head.Release.Sequence || int(found.shard) >= len(v.versions) {
			return nil
		}
		return item.Value(func(leaf []byte) error {
			if len(leaf) != len(list.Hash{}) {
				return nil // the root will differ
			}
			// Versions of one shard come oldest first.
			v.versions[found.shard], v.leaves[found.shard] = found.release, list.Hash(leaf)
			return nil
		})
	})
}

// blankShards returns the versions and leaves of a list without records.
func blankShards(p list.Params) ([]uint64, []list.Hash) {
	leaves := make([]list.Hash, p.Shards())
	for id := range leaves {
		leaves[id] = list.Leaf(uint32(id), nil)
	}
	return make([]uint64, p.Shards()), leaves
}

// eachVersion calls f for every version of a list's shards or leaves, in the
// order of their keys.
func (s *Store) eachVersion(table byte, name string, f func(version, *badger.Item) error) error {
	prefix := tablePrefix(table, name)
	return s.db.View(func(txn *badger.Txn) error {
		o := badger.DefaultIteratorOptions
		o.Prefix, o.PrefetchValues = prefix, false
		it := txn.NewIterator(o)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			key := it.Item().Key()
			if len(key) != len(prefix)+versionSize {
				continue
			}
			if err := f(versionOf(key), it.Item()); err != nil {
				return err
			}
		}
		return nil
	})
}

// sweep deletes the versions that belong to no view: what a release replaced,
// and what a crash or an error left of one that never became live. Of a list
// that is not what was signed it keeps all that might still be of use.
func (s *Store) sweep(name string, v *view) error {
	var dead [][]byte
	for _, table := range []byte{shardTable, leafTable} {
		err := s.eachVersion(table, name, func(found version, item *badger.Item) error {
			current := int(found.shard) < len(v.versions) && v.versions[found.shard] == found.release
			if found.generation != v.head.Generation || !current && v.err == nil {
				dead = append(dead, item.KeyCopy(nil))
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("sweep list %s: %w", name, err)
		}
	}
	if len(dead) == 0 {
		return nil
	}
	batch := s.db.NewWriteBatch()
	defer batch.Cancel()
	for _, key := range dead {
		if err := batch.Delete(key); err != nil {
			return fmt.Errorf("sweep list %s: %w", name, err)
		}
	}
	if err := batch.Flush(); err != nil {
		return fmt.Errorf("sweep list %s: %w", name, err)
	}
	return nil
}
