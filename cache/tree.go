package cache

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
	"golang.org/x/sys/unix"
)

// ErrStopped means that a failed write has left Badger unable to go on. The
// next work on the list opens its files again.
var ErrStopped = errors.New("the list store stopped at a write that failed, and has to be opened again")

// A tree is a Badger that is opened, and what it says of its disk.
//
// Badger tries for ever to write a table in memory to the disk, and whoever
// writes or closes waits for that. It tells of each failure to its log alone,
// where a tree listens: work that waits then ends with the cause. What was
// handed to Badger may still be written later.
//
// The versions of keys are counted here: where Badger counts them, it lets each
// transaction wait for all writes before it, and so each look-up for the disk.
// Reading sees the newest version of each key, and no other is kept.
type tree struct {
	*badger.DB
	dir     string
	writing sync.Mutex    // held by whoever writes, until it is done or given up
	version atomic.Uint64 // the last that was written
	failure chan error    // the last that Badger has told of
	stopped atomic.Bool
	ended   atomic.Bool // nothing is written any more: its key is about to be wiped
}

// What Badger v4.9.6 tells its log, and it tells nobody else.
const (
	saysFlushFailed   = "error flushing memtable to disk"
	saysCompactFailed = "[Compactor: %d] LOG Compact FAILED"
	saysWriteFailed   = "writeRequests: %v"
	noMemTable        = "cannot create new mem table" // after which a look-up or a write meets a nil pointer
)

// hear notes what Badger tells its log.
func (t *tree) hear(format string, args []any) {
	switch {
	case strings.HasPrefix(format, saysWriteFailed) && strings.Contains(fmt.Sprint(args...), noMemTable):
		t.stopped.Store(true)
	case !strings.HasPrefix(format, saysFlushFailed) && !strings.HasPrefix(format, saysCompactFailed):
		return
	}
	select {
	case t.failure <- badgerError(fmt.Errorf(format, args...)):
	default: // there is one already
	}
}

// await does something that writes, and returns when it is done or Badger
// tells that its disk fails.
func (t *tree) await(do func() error) error {
	select {
	case <-t.failure: // of earlier
	default:
	}
	done := make(chan error, 1)
	go func() { done <- faultless(do) }()
	select {
	case err := <-done:
		return err
	case err := <-t.failure:
		return err
	}
}

// update makes one transaction.
func (t *tree) update(do func(*badger.Txn) error) error {
	t.writing.Lock()
	defer t.writing.Unlock()
	if err := t.ready(); err != nil {
		return err
	}
	version := t.version.Add(1)
	err := t.await(func() error {
		txn := t.NewTransactionAt(math.MaxUint64, true)
		defer txn.Discard()
		if err := do(txn); err != nil {
			return err
		}
		return txn.CommitAt(version, nil)
	})
	if err == nil {
		t.SetDiscardTs(version)
	}
	return err
}

// ready returns why nothing can be written. It tries what Badger does when a
// table in memory is full, and does not survive to fail in.
func (t *tree) ready() error {
	switch {
	case t.ended.Load():
		return ErrClosed
	case t.stopped.Load():
		return ErrStopped
	}
	name := filepath.Join(t.dir, "probe")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	err = tryToMap(f)
	return errors.Join(err, f.Close(), os.Remove(name))
}

// tryToMap syncs nothing: that Badger can report.
func tryToMap(f *os.File) error {
	size := os.Getpagesize()
	if err := f.Truncate(int64(size)); err != nil {
		return err
	}
	data, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map %s: %w", f.Name(), err)
	}
	return unix.Munmap(data)
}

// close ends Badger. When the disk fails, its files stay as a crash leaves them,
// to be recovered at the next start.
func (t *tree) close() error {
	t.writing.Lock()
	defer t.writing.Unlock()
	t.ended.Store(true)
	if t.IsClosed() {
		return nil
	}
	return t.await(t.Close)
}
