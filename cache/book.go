package cache

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dgraph-io/badger/v4"
)

// A book is the small Badger that says what is served. What it says is sealed.
type book struct {
	db   *tree
	seal *sealer
}

// An entry is one value of the book; a nil one is deleted.
type entry struct {
	key   []byte
	value []byte
}

// write makes several entries at once, or none.
func (b *book) write(entries ...entry) error {
	return b.db.update(func(txn *badger.Txn) error {
		for _, e := range entries {
			if err := b.set(txn, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *book) set(txn *badger.Txn, e entry) error {
	if e.value == nil {
		return txn.Delete(e.key)
	}
	return txn.Set(e.key, b.seal.seal(nil, e.key, e.value))
}

// says makes an entry of a value in JSON.
func says(key []byte, value any) entry {
	plain, err := json.Marshal(value)
	if err != nil {
		panic(err) // of types of our own, none of which fails
	}
	return entry{key, plain}
}

// read returns a value; it is nil when there is none.
func (b *book) read(key []byte) ([]byte, error) {
	sealed, err := get(b.db.DB, key)
	if err != nil || sealed == nil {
		return nil, err
	}
	plain, err := b.seal.open(nil, key, sealed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return plain, nil
}

// readJSON reads a value that says has made, and reports whether there is one.
func (b *book) readJSON(key []byte, into any) (bool, error) {
	plain, err := b.read(key)
	if err != nil || plain == nil {
		return false, err
	}
	if err := json.Unmarshal(plain, into); err != nil {
		return false, fmt.Errorf("%s: %w", key, err)
	}
	return true, nil
}

// checkFormat looks for the version of what lies in the store, and writes it
// into a new one.
func (b *book) checkFormat(readOnly bool) error {
	found, err := get(b.db.DB, formatKey)
	if err != nil {
		return err
	}
	if found == nil && !readOnly {
		return b.db.update(func(txn *badger.Txn) error { return txn.Set(formatKey, []byte(strconv.Itoa(format))) })
	}
	switch n, err := strconv.Atoi(string(found)); {
	case err != nil || n > format:
		return ErrNewer
	case n < format:
		return ErrOlder
	}
	return nil
}

// lists returns the names of the lists that the book speaks of.
func (b *book) lists() (names []string, err error) {
	err = eachKey(b.db.DB, []byte(listPrefix), func(item *badger.Item) error {
		if name, ok := strings.CutSuffix(string(item.Key()[len(listPrefix):]), headSuffix); ok {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// get returns a copy of what stands under a key, or nil.
func get(db *badger.DB, key []byte) (value []byte, err error) {
	err = faultless(func() error {
		return db.View(func(txn *badger.Txn) error {
			item, err := txn.Get(key)
			if errors.Is(err, badger.ErrKeyNotFound) {
				return nil
			}
			if err == nil {
				value, err = item.ValueCopy(nil)
			}
			return err
		})
	})
	return value, err
}

// eachKey calls f for every key with a prefix, in order. It does not read
// values, so that a scan of keys is no scan of the disk.
func eachKey(db *badger.DB, prefix []byte, f func(*badger.Item) error) error {
	return faultless(func() error {
		return db.View(func(txn *badger.Txn) error {
			o := badger.DefaultIteratorOptions
			o.Prefix, o.PrefetchValues = prefix, false
			it := txn.NewIterator(o)
			defer it.Close()
			for it.Rewind(); it.Valid(); it.Next() {
				if err := f(it.Item()); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
