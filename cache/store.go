package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache/list"
)

// Options say how a store is opened.
type Options struct {
	Keys  Keys
	Lists []string // the lists to hold, in the order of their answers; nil for those that are there
	// ReadOnly opens a store that exists for looking only.
	ReadOnly bool
	Log      *slog.Logger // of what Badger warns of; nil for silence
}

// The ways in which a store cannot be opened.
var (
	ErrPlatform = errors.New("this store does not open on a 32-bit platform: Badger v4.9.6 loses data there without an error")
	ErrHeld     = errors.New("another process holds the data folder")
	ErrNewer    = errors.New("the data folder was written by a newer version of this program")
	ErrNoStore  = errors.New("there is no list store in the data folder")
	ErrLocked   = errors.New("the store was sealed with another device key")
	ErrUnclean  = errors.New("the store was not closed, and cannot be recovered read-only")
)

// format is the version of what the package comment describes.
const format = 1

// A Store is the lists of one device, on disk. It is safe for concurrent use.
type Store struct {
	db     *badger.DB
	dir    string
	sealer sealer
	names  []string
	lists  map[string]*served
	apply  sync.Mutex // held while a release is applied
	rooms  sync.Pool  // for the shards that look-ups open: *[]byte
}

// served is one list of a store.
type served struct {
	key     list.Key
	keyErr  error // why there is no key
	view    atomic.Pointer[view]
	damaged atomic.Int64 // shards that look-ups found damaged
}

// Open opens the lists in a folder, which it makes if need be.
func Open(dir string, o Options) (*Store, error) {
	if strconv.IntSize < 64 {
		return nil, fmt.Errorf("cache: open: %w", ErrPlatform)
	}
	if _, err := os.Stat(filepath.Join(dir, badger.ManifestFilename)); o.ReadOnly && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cache: open %s: %w", dir, ErrNoStore)
	}
	seal, err := o.Keys.Seal()
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, names: o.Lists, lists: map[string]*served{}}
	s.rooms.New = func() any { return new([]byte) }
	if s.sealer, err = newSealer(seal); err != nil {
		return nil, fmt.Errorf("cache: open: %w", err)
	}
	if s.db, err = openBadger(dir, o); err != nil {
		return nil, fmt.Errorf("cache: open %s: %w", dir, err)
	}
	if err := s.load(o); err != nil {
		return nil, errors.Join(fmt.Errorf("cache: open %s: %w", dir, err), s.db.Close())
	}
	return s, nil
}

// Close ends the store. It waits for a release that is being applied. On a disk
// that is full it leaves the store as a crash would, to be recovered when it is
// opened with room.
func (s *Store) Close() error {
	s.apply.Lock()
	defer s.apply.Unlock()
	if !s.db.Opts().ReadOnly {
		if err := checkRoom(s.dir, reserve); err != nil {
			return fmt.Errorf("cache: close: %w", err)
		}
	}
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("cache: close: %w", err)
	}
	return nil
}

// openBadger opens Badger with settings for a board of little memory. Values
// stay in the tree (a separate value log would double the disk), compression
// and encryption are off (digests do not compress, and seals are our own), and
// every batch is synced, because Badger does not sync a table in memory that
// it has set aside to be written.
func openBadger(dir string, o Options) (*badger.DB, error) {
	b := badger.DefaultOptions(dir).
		WithCompression(0).WithBlockCacheSize(0).WithIndexCacheSize(16 << 20).
		WithMemTableSize(16 << 20).WithNumMemtables(2).WithBaseTableSize(8 << 20).
		WithValueThreshold(1 << 20).WithValueLogFileSize(16 << 20).
		WithNumCompactors(2).WithNumVersionsToKeep(1).WithDetectConflicts(false).
		WithSyncWrites(true).WithMetricsEnabled(false).
		WithReadOnly(o.ReadOnly).WithLogger(badgerLog{o.Log})
	if !o.ReadOnly {
		if err := checkRoom(dir, reserve); err != nil {
			return nil, err
		}
	}
	if err := preflight(b); err != nil {
		return nil, err
	}
	db, err := openCarefully(b)
	if err != nil {
		return nil, badgerError(err)
	}
	return db, nil
}

// openCarefully opens Badger, and makes an error of a fault in the files that
// it maps, such as a hole in one on a full memory disk, which would otherwise
// end the process.
func openCarefully(b badger.Options) (db *badger.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%w: %v", syscall.EIO, fault)
		}
	}()
	return badger.Open(b)
}

// badgerError gives Badger's refusals the names that callers act on. What the
// file system has no part in is damage. Badger does not wrap the errors of
// system calls, so that only their words are left to tell them by.
func badgerError(err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "Another process is using"):
		return ErrHeld
	case strings.Contains(text, badger.ErrTruncateNeeded.Error()):
		return ErrUnclean
	case strings.Contains(text, "manifest has unsupported version"):
		return fmt.Errorf("%w: %w", ErrNewer, err)
	case strings.Contains(text, syscall.ENOSPC.Error()):
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return err
	}
	for _, errno := range []syscall.Errno{syscall.EROFS, syscall.EACCES, syscall.EPERM, syscall.EIO, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE} {
		if strings.Contains(err.Error(), errno.Error()) {
			return fmt.Errorf("%w: %w", errno, err)
		}
	}
	return fmt.Errorf("%w: %w", ErrStoreDamaged, err)
}

// load checks the format and reads what is served of each list.
func (s *Store) load(o Options) error {
	if err := s.checkFormat(o.ReadOnly); err != nil {
		return err
	}
	if s.names == nil {
		var err error
		if s.names, err = s.found(); err != nil {
			return err
		}
	}
	for _, name := range s.names {
		l := &served{}
		l.key, l.keyErr = o.Keys.List(name)
		v, err := s.loadView(name)
		if err != nil {
			return err
		}
		l.view.Store(v)
		s.lists[name] = l
		if !o.ReadOnly {
			if err := s.sweep(name, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) checkFormat(readOnly bool) error {
	found, err := s.get(formatKey)
	if errors.Is(err, badger.ErrKeyNotFound) && !readOnly {
		return s.set(formatKey, []byte(strconv.Itoa(format)))
	}
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(string(found)); err != nil || n > format {
		return ErrNewer
	}
	return nil
}

// get returns a copy of the value under a key.
func (s *Store) get(key []byte) (value []byte, err error) {
	err = s.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(key)
		if err == nil {
			value, err = item.ValueCopy(nil)
		}
		return err
	})
	return value, err
}

func (s *Store) set(key, value []byte) error {
	return s.db.Update(func(txn *badger.Txn) error { return txn.Set(key, value) })
}

// badgerLog hands Badger's warnings on. They name files and keys of the store,
// which hold nothing of a document.
type badgerLog struct{ log *slog.Logger }

func (b badgerLog) Errorf(format string, args ...any) { b.tell(slog.LevelError, format, args) }

func (b badgerLog) Warningf(format string, args ...any) { b.tell(slog.LevelWarn, format, args) }

func (b badgerLog) Infof(string, ...any) {}

func (b badgerLog) Debugf(string, ...any) {}

func (b badgerLog) tell(level slog.Level, format string, args []any) {
	if b.log != nil {
		b.log.Log(context.Background(), level, "list store: "+strings.TrimSpace(fmt.Sprintf(format, args...)))
	}
}
