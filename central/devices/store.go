package devices

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"golang.org/x/sys/unix"
)

// A Store keeps the values of an inventory under keys.
type Store interface {
	// Each calls f with all that is kept under keys with a prefix.
	Each(prefix string, f func(key string, value []byte) error) error
	// Write makes changes, all or none. A nil value removes.
	Write(changes ...Change) error
	// Close ends the use of the store.
	Close() error
}

// A Change is a value that a store is to keep under a key.
type Change struct {
	Key   string
	Value []byte
}

// The two halves of the keys: what must outlive a loss of power when a change
// returns, and what comes again.
var durable = []string{"record/", "code/"}

// needed is the room on a disk below which nothing is written, in bytes: Badger
// writes through memory maps, where a full disk ends the process, and its
// merging loses tables then.
const needed = 256 << 20

// ErrNoRoom means that the disk is nearly full.
var ErrNoRoom = errors.New("the disk is nearly full")

// badgers keeps what must be durable in one Badger, which syncs every change,
// and what comes every minute in another, which does not.
type badgers struct {
	dir         string
	book, heard *badger.DB
}

// OpenStore opens the store in a folder, which one process at a time can.
func OpenStore(dir string) (Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open inventory: %w", err)
	}
	book, err := badger.Open(settings(filepath.Join(dir, "book")).WithSyncWrites(true))
	if err != nil {
		return nil, fmt.Errorf("open inventory: %w", err)
	}
	heard, err := badger.Open(settings(filepath.Join(dir, "heard")))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open inventory: %w", err), book.Close())
	}
	return &badgers{dir: dir, book: book, heard: heard}, nil
}

func settings(dir string) badger.Options {
	return badger.DefaultOptions(dir).WithMemTableSize(16 << 20).WithNumMemtables(3).WithNumCompactors(2).
		WithCompression(options.None).WithBlockCacheSize(0).WithMetricsEnabled(false).WithDetectConflicts(false).
		WithValueLogFileSize(64 << 20).WithLogger(nil)
}

// of returns the Badger that a key belongs to.
func (b *badgers) of(key string) *badger.DB {
	for _, prefix := range durable {
		if strings.HasPrefix(key, prefix) {
			return b.book
		}
	}
	return b.heard
}

func (b *badgers) Each(prefix string, f func(string, []byte) error) error {
	err := b.of(prefix).View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte(prefix), PrefetchValues: true, PrefetchSize: 100})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if err := it.Item().Value(func(v []byte) error { return f(string(it.Item().Key()), v) }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read inventory: %w", err)
	}
	return nil
}

func (b *badgers) Write(changes ...Change) error {
	if len(changes) == 0 {
		return nil
	}
	if err := b.room(); err != nil {
		return fmt.Errorf("write inventory: %w", err)
	}
	err := b.of(changes[0].Key).Update(func(txn *badger.Txn) error {
		for _, c := range changes {
			if b.of(c.Key) != b.of(changes[0].Key) {
				return errors.New("what is durable and what is not cannot change at once")
			}
			err := txn.Set([]byte(c.Key), c.Value)
			if c.Value == nil {
				err = txn.Delete([]byte(c.Key))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write inventory: %w", err)
	}
	return nil
}

func (b *badgers) room() error {
	var fs unix.Statfs_t
	if err := unix.Statfs(b.dir, &fs); err != nil {
		return err
	}
	if fs.Bavail*uint64(fs.Bsize) < needed {
		return ErrNoRoom
	}
	return nil
}

func (b *badgers) Close() error { return errors.Join(b.book.Close(), b.heard.Close()) }
