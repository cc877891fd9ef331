package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

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
	ErrHeld    = errors.New("another process holds the data folder")
	ErrNewer   = errors.New("the data folder was written by a newer version of this program")
	ErrOlder   = errors.New("the data folder was written by an older version of this program")
	ErrNoStore = errors.New("there is no list store in the data folder")
	ErrLocked  = errors.New("the store was sealed with another device key")
	ErrUnclean = errors.New("the store was not closed, and cannot be recovered read-only")
	ErrClosed  = errors.New("the list store is closed")
)

// format is the version of what the package comment describes.
const format = 3

// A Store is the lists of one device, on disk. It is safe for concurrent use.
type Store struct {
	dir   string
	opts  Options
	book  *book
	seal  atomic.Pointer[sealer] // nil once the store is erased
	names []string
	lists map[string]*served
	apply sync.Mutex      // held while what is stored is changed
	life  context.Context // ends when the store is erased
	end   context.CancelCauseFunc
	rooms sync.Pool // for the shards that look-ups open: *[]byte
}

// served is one list of a store.
type served struct {
	key   list.Key
	keyID string
	// digesters are those of the key: *list.Digester.
	digesters sync.Pool
	keyErr    error // why there is no key
	view      atomic.Pointer[view]
	faults    faults
	scrub     atomic.Pointer[ScrubStatus]
	doubt     bool // the book may name another release than the view; guarded by apply
}

// Open opens the lists in a folder, which it makes if need be.
func Open(dir string, o Options) (*Store, error) {
	if _, err := os.Stat(filepath.Join(dir, badger.ManifestFilename)); err == nil {
		return nil, fmt.Errorf("cache: open %s: %w", dir, ErrOlder) // there was one Badger for all, once
	}
	if _, err := os.Stat(filepath.Join(dir, bookFolder)); o.ReadOnly && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cache: open %s: %w", dir, ErrNoStore)
	}
	key, err := o.Keys.Seal()
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, opts: o, names: slices.Clone(o.Lists), lists: map[string]*served{}}
	s.rooms.New = func() any { return new([]byte) }
	seal := &sealer{key}
	s.seal.Store(seal)
	s.life, s.end = context.WithCancelCause(context.Background())
	db, err := openBadger(filepath.Join(dir, bookFolder), o)
	if err != nil {
		return nil, fmt.Errorf("cache: open %s: %w", dir, err)
	}
	s.book = &book{db: db, seal: seal}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("cache: open %s: %w", dir, err), s.close())
	}
	return s, nil
}

// load checks the format and reads what is served of each list.
func (s *Store) load() error {
	if err := s.book.checkFormat(s.opts.ReadOnly); err != nil {
		return err
	}
	if s.opts.Lists == nil {
		var err error
		if s.names, err = s.book.lists(); err != nil {
			return err
		}
	}
	if !s.opts.ReadOnly {
		if _, err := compact(s.book.db, manyTables); err != nil && !errors.Is(err, ErrNoSpace) {
			return err
		}
	}
	for _, name := range s.names {
		l := &served{}
		l.key, l.keyErr = s.opts.Keys.List(name)
		l.keyID = l.key.ID()
		l.digesters.New = func() any { return l.key.Digester() }
		v, err := s.loadView(name, s.opts)
		if err != nil {
			return err
		}
		l.view.Store(v)
		s.lists[name] = l
		if err := s.loadFaults(name, l); err != nil {
			return err
		}
		if s.opts.ReadOnly {
			continue
		}
		if err := s.clearGenerations(name, v.head.Generation); err != nil {
			return err
		}
	}
	return nil
}

// clearGenerations removes the folders of a list that the book does not name:
// a crash left them, of a snapshot that never became live or of one that was
// replaced.
func (s *Store) clearGenerations(name string, live uint32) error {
	folders, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, f := range folders {
		if of, number, ok := generationOf(f.Name()); !ok || of != name || number == live {
			continue
		}
		if err := os.RemoveAll(filepath.Join(s.dir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the store. It waits for a release that is being applied. On a disk
// that is full it leaves the store as a crash would, to be recovered when it is
// opened with room.
func (s *Store) Close() error {
	s.apply.Lock()
	defer s.apply.Unlock()
	if !s.opts.ReadOnly {
		if err := checkRoom(s.dir, reserve); err != nil {
			return fmt.Errorf("cache: close: %w", err)
		}
	}
	if err := s.close(); err != nil {
		return fmt.Errorf("cache: close: %w", err)
	}
	return nil
}

// close closes everything, once no look-up uses it, and wipes the key.
func (s *Store) close() error { return s.closeAs(&view{err: ErrClosed}) }

// closeAs is close, and says what every list is from then on.
func (s *Store) closeAs(gone *view) error {
	var errs []error
	for _, l := range s.lists {
		if v := l.view.Swap(gone); v.gen != nil {
			errs = append(errs, v.gen.close())
		}
	}
	errs = append(errs, s.book.db.close())
	if seal := s.seal.Swap(nil); seal != nil {
		seal.wipe()
	}
	return errors.Join(errs...)
}

// working returns a context that ends with the store as well.
func (s *Store) working(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(s.life, func() { cancel(context.Cause(s.life)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}
