// Package embedded keeps a registry in a folder, in Badger: for a central
// service on one machine. One process at a time has the folder open.
//
// Badger says of a key in a damaged block that there is none. Such damage is
// found when the registry is verified, and not by a look-up.
//
// A key is the byte of its table followed by the row's key. Tables lie one
// behind the other, and so in the order that a Scan needs.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"golang.org/x/sys/unix"

	"portcullis/cache/engine"
	"portcullis/central/registry"
)

// A Store is a registry's rows in a folder.
type Store struct {
	db      *badger.DB
	writing sync.Mutex // held by the one Update
}

// Open opens the store in a folder, which is made if need be. The folder is
// for its owner alone: the store holds the numbers of documents.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("embedded: open registry: %w", err)
	}
	if err := dropEmpty(dir); err != nil {
		return nil, fmt.Errorf("embedded: open %s: %w", dir, err)
	}
	db, err := badger.Open(settings(dir))
	if err != nil && strings.Contains(err.Error(), "Cannot acquire directory lock") { // which has no type
		return nil, fmt.Errorf("embedded: open %s: %w", dir, registry.ErrInUse)
	}
	if err != nil {
		return nil, fmt.Errorf("embedded: open %s: %w", dir, err)
	}
	return &Store{db: db}, nil
}

// dropEmpty removes the logs that a kill has left empty, if nobody has the folder
// open, whose logs come and go.
func dropEmpty(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := unix.Flock(int(folder.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return registry.ErrInUse
	}
	defer unix.Flock(int(folder.Fd()), unix.LOCK_UN) // so that Badger can take it, whoever has a copy of folder
	return engine.DropEmpty(dir)
}

// settings are Badger's options for a machine with memory to spare. A commit is on the
// disk when it returns; conflicts cannot be, because one Update goes on at a
// time; digests do not compress. Blocks are checked whenever they are read: a
// damaged one would else be merged into a new table that looks whole, where
// this way its rows are missing.
func settings(dir string) badger.Options {
	return badger.DefaultOptions(dir).
		WithLogger(nil).
		WithSyncWrites(true).
		WithDetectConflicts(false).
		WithCompression(0).
		WithBlockCacheSize(0).
		WithChecksumVerificationMode(options.OnBlockRead).
		WithVerifyValueChecksum(true).
		WithNumVersionsToKeep(1)
}

// Close closes the folder.
func (s *Store) Close() error { return s.db.Close() }

// Verify implements registry.Verifier: it reads every block of every table.
func (s *Store) Verify(context.Context) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // of a sector that cannot be read
	defer func() {
		if recover() != nil { // which is how Badger finds most damage
			err = fmt.Errorf("embedded: %w", registry.ErrDamaged)
		}
	}()
	if err := s.db.VerifyChecksum(); err != nil {
		return fmt.Errorf("embedded: %w: %w", registry.ErrDamaged, err)
	}
	return nil
}

// View implements registry.Store.
func (s *Store) View(ctx context.Context, f func(registry.Tx) error) error {
	return s.db.View(func(txn *badger.Txn) error { return f(tx{ctx, txn}) })
}

// Update implements registry.Store.
func (s *Store) Update(ctx context.Context, f func(registry.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.db.Update(func(txn *badger.Txn) error { return f(tx{ctx, txn}) })
}

type tx struct {
	ctx context.Context
	txn *badger.Txn
}

func keyOf(t registry.Table, key []byte) []byte {
	return append(append(make([]byte, 0, len(key)+1), byte(t)), key...)
}

func (x tx) Get(t registry.Table, keys [][]byte) ([][]byte, error) {
	values := make([][]byte, len(keys))
	for i, key := range keys {
		item, err := x.txn.Get(keyOf(t, key))
		switch {
		case errors.Is(err, badger.ErrKeyNotFound):
			continue
		case err != nil:
			return nil, fmt.Errorf("embedded: read %s: %w", t, err)
		}
		if values[i], err = item.ValueCopy(nil); err != nil {
			return nil, fmt.Errorf("embedded: read %s: %w", t, err)
		}
		if values[i] == nil {
			values[i] = []byte{}
		}
	}
	return values, nil
}

func (x tx) Put(t registry.Table, rows []registry.Row) error {
	for _, row := range rows {
		if err := x.txn.Set(keyOf(t, row.Key), row.Value); err != nil {
			return fmt.Errorf("embedded: write %s: %w", t, err)
		}
	}
	return nil
}

func (x tx) Delete(t registry.Table, keys [][]byte) error {
	for _, key := range keys {
		if err := x.txn.Delete(keyOf(t, key)); err != nil {
			return fmt.Errorf("embedded: write %s: %w", t, err)
		}
	}
	return nil
}

func (x tx) Scan(t registry.Table, behind, before []byte, limit int) (rows []registry.Row, err error) {
	if err := x.ctx.Err(); err != nil {
		return nil, err
	}
	o := badger.DefaultIteratorOptions
	o.Prefix = []byte{byte(t)}
	o.PrefetchSize = min(limit, o.PrefetchSize)
	it := x.txn.NewIterator(o)
	defer it.Close()
	start := keyOf(t, behind)
	if behind != nil {
		start = append(start, 0) // the next key that can be
	}
	for it.Seek(start); it.Valid() && len(rows) < limit; it.Next() {
		key := it.Item().KeyCopy(nil)[1:]
		if before != nil && string(key) >= string(before) {
			break
		}
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			return nil, fmt.Errorf("embedded: read %s: %w", t, err)
		}
		rows = append(rows, registry.Row{Key: key, Value: value})
	}
	return rows, nil
}
