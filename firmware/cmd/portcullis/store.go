package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/keys"
	"portcullis/firmware"
	"portcullis/firmware/console"
)

// A listStore is the store of an appliance. While that cannot be opened it
// speaks for it: every list has the error, and nothing is clear. A lane that is
// there and tells why serves an officer better than one that is dark.
type listStore struct {
	folder firmware.Folder
	keys   *keys.Ring
	names  []string
	log    *slog.Logger

	mu       sync.RWMutex // guards what follows, and keeps the store open while it is used
	store    *cache.Store // nil while it cannot be opened
	readOnly bool
	err      error           // why there is no store
	notes    []console.Fault // what is an officer's business
	erased   bool
}

// openLists opens the store of an appliance. The errors that it returns are
// those that no patience mends.
func openLists(folder firmware.Folder, ring *keys.Ring, names []string, log *slog.Logger) (*listStore, error) {
	l := &listStore{folder: folder, keys: ring, names: names, log: log}
	l.open()
	if errors.Is(l.err, cache.ErrHeld) {
		return nil, l.err
	}
	return l, nil
}

// open opens the store: to write, or else to read, or not at all.
func (l *listStore) open() {
	before := l.err
	l.notes, l.readOnly = nil, false
	o := cache.Options{Keys: l.keys, Lists: l.names, Log: l.log}
	l.store, l.err = cache.Open(l.folder.Lists(), o)
	if errors.Is(l.err, cache.ErrStoreDamaged) || errors.Is(l.err, cache.ErrOlder) {
		if l.err = l.setAside(l.err); l.err == nil {
			l.store, l.err = cache.Open(l.folder.Lists(), o)
		}
	}
	if isUnwritable(l.err) {
		l.log.Error("the data folder cannot be written: lists are served as they are", "error", l.err)
		l.readOnly, o.ReadOnly = true, true
		l.store, l.err = cache.Open(l.folder.Lists(), o)
	}
	switch {
	case l.err != nil:
		if before == nil || before.Error() != l.err.Error() {
			l.log.Error("the list store cannot be opened: nothing is clear", "error", l.err)
		}
		l.note("store-unusable", "The list store cannot be opened: "+plainCause(l.err)+".", "Nothing is clear until it can be. Tell the technician.")
	case l.readOnly:
		l.note("store-read-only", "The lists cannot be updated: the data folder cannot be written, or is full.",
			"They go on being used as they are. Tell the technician.")
	}
}

func (l *listStore) note(code, text, do string) {
	l.notes = append(l.notes, console.Fault{Code: code, Text: text, Do: do})
}

// setAside moves a store that is damaged beyond opening out of the way, so that
// the lists are fetched anew.
func (l *listStore) setAside(cause error) error {
	aside := setAsideIn(l.folder)
	l.log.Error("the list store is damaged: set aside, and fetched anew", "error", cause, "aside", aside)
	if err := errors.Join(os.RemoveAll(aside), os.Rename(l.folder.Lists(), aside)); err != nil {
		return fmt.Errorf("set damaged lists aside: %w", err)
	}
	l.note("store-damaged", "The list store was damaged, and was set aside.",
		"Nothing is clear until the lists are loaded again. Tell the technician: the storage may be failing.")
	return nil
}

// setAsideIn is where a damaged store lies that was set aside.
func setAsideIn(data firmware.Folder) string { return data.Lists() + ".damaged" }

// reopenAfter is how often a store that cannot be used as it should be is
// looked at anew.
const reopenAfter = 5 * time.Second

// keep tries again until the store is open for writing, or ctx is done.
func (l *listStore) keep(ctx context.Context) {
	for !l.isWhole() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(reopenAfter):
			l.reopen()
		}
	}
}

func (l *listStore) isWhole() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.store != nil && !l.readOnly
}

// reopen opens the store anew, unless it is in use. One that serves, if only to
// read, is closed for that only when it could be written.
func (l *listStore) reopen() {
	if !l.mu.TryLock() {
		return
	}
	defer l.mu.Unlock()
	if l.store != nil {
		if writable(string(l.folder)) != nil {
			return
		}
		if err := l.store.Close(); err != nil {
			l.log.Error("close the list store", "error", err)
		}
		l.store = nil
	}
	l.open()
}

// openRoom is about what package cache wants to be free before it opens a store
// for writing, in bytes.
const openRoom = 64 << 20

// writable tells why a folder cannot be written to.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".writable-")
	if err != nil {
		return err
	}
	err = errors.Join(f.Close(), os.Remove(f.Name()))
	var fs unix.Statfs_t
	if err == nil {
		err = unix.Statfs(dir, &fs)
	}
	if free := int64(fs.Bavail) * int64(fs.Bsize); err == nil && free < openRoom {
		err = fmt.Errorf("%w: %d MB are free, and %d MB are needed", cache.ErrNoSpace, free>>20, openRoom>>20)
	}
	return err
}

// isUnwritable reports whether an error is of a folder that is read-only or
// full.
func isUnwritable(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOSPC)
}

// plainCause is what an officer need be told of why a store cannot be opened.
func plainCause(err error) string {
	known := []error{cache.ErrNewer, cache.ErrLocked, cache.ErrUnclean, cache.ErrNoStore, cache.ErrNoSpace}
	if i := slices.IndexFunc(known, func(k error) bool { return errors.Is(err, k) }); i >= 0 {
		return known[i].Error()
	}
	return err.Error()
}

// use does something with the store, which stays open meanwhile.
func use[T any](l *listStore, with func(*cache.Store) T, without func() T) T {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.store == nil {
		return without()
	}
	return with(l.store)
}

// answer is what a look-up returns.
type answer struct {
	cache.Answer
	err error
}

// Lookup asks the lists.
func (l *listStore) Lookup(q cache.Query) (cache.Answer, error) {
	a := use(l, func(s *cache.Store) answer {
		found, err := s.Lookup(q)
		return answer{found, err}
	}, func() answer { return answer{cache.Answer{Lists: l.unusable()}, nil} })
	return a.Answer, a.err
}

// Status tells what is known of the lists.
func (l *listStore) Status() []cache.ListStatus { return use(l, (*cache.Store).Status, l.unusable) }

// unusable is the state of the lists while there is no store.
func (l *listStore) unusable() []cache.ListStatus {
	lists := make([]cache.ListStatus, len(l.names))
	for i, name := range l.names {
		lists[i] = cache.ListStatus{Name: name, Err: l.err}
	}
	return lists
}

// Position returns the release of a list that is held.
func (l *listStore) Position(list string) feed.Position {
	return use(l, func(s *cache.Store) feed.Position { return s.Position(list) }, func() feed.Position { return feed.Position{} })
}

// Release returns what was signed of the release that is held.
func (l *listStore) Release(list string) feed.Release {
	return use(l, func(s *cache.Store) feed.Release { return s.Release(list) }, func() feed.Release { return feed.Release{} })
}

// Apply makes a release live.
func (l *listStore) Apply(ctx context.Context, c feed.Content) error {
	return use(l, func(s *cache.Store) error { return s.Apply(ctx, c) }, func() error { return l.err })
}

// Checked notes that nothing newer is published.
func (l *listStore) Checked(list string, at time.Time) error {
	return use(l, func(s *cache.Store) error { return s.Checked(list, at) }, func() error { return l.err })
}

// Bad returns how many parts of a list are known to be damaged.
func (l *listStore) Bad(list string) int {
	return use(l, func(s *cache.Store) int { return s.Bad(list) }, func() int { return 0 })
}

// Mend replaces what is damaged of a list by parts of a snapshot.
func (l *listStore) Mend(ctx context.Context, list string, open func(feed.Release) (*feed.SnapshotFile, error)) error {
	return use(l, func(s *cache.Store) error { return s.Mend(ctx, list, open) }, func() error { return l.err })
}

// verify reads every list back.
func (l *listStore) verify(ctx context.Context) []firmware.VerifyReport {
	return use(l, func(s *cache.Store) []firmware.VerifyReport { return firmware.VerifyLists(ctx, s) }, func() []firmware.VerifyReport {
		reports := make([]firmware.VerifyReport, len(l.names))
		for i, name := range l.names {
			reports[i] = firmware.VerifyReport{Name: name, Bad: []uint32{}, Problem: l.err.Error()}
		}
		return reports
	})
}

// repair replaces what is damaged.
func (l *listStore) repair(ctx context.Context, r firmware.RepairRequest) []firmware.RepairReport {
	return use(l, func(s *cache.Store) []firmware.RepairReport { return firmware.RepairLists(ctx, s, r) }, func() []firmware.RepairReport {
		return []firmware.RepairReport{{Name: r.List, Bad: []uint32{}, Repaired: []uint32{}, Left: []uint32{}, Problem: l.err.Error()}}
	})
}

// resume finishes what a crash has cut short.
func (l *listStore) resume(ctx context.Context) {
	err := use(l, func(s *cache.Store) error { return s.Resume(ctx) }, func() error { return nil })
	if err != nil && ctx.Err() == nil {
		l.log.Warn("a release that was being applied has to be fetched again", "error", err)
	}
}

// scrubTime is in what time a list is read back in the background.
const scrubTime = 24 * time.Hour

// tend looks after a list in the background until ctx is done.
func (l *listStore) tend(ctx context.Context, name string) error {
	l.mu.RLock()
	store := l.store
	l.mu.RUnlock()
	if store == nil {
		<-ctx.Done()
		return nil
	}
	return store.Tend(ctx, name, scrubTime)
}

// erase ends every answer and deletes the lists, whose key is destroyed.
func (l *listStore) erase() error {
	l.mu.Lock()
	l.notes, l.erased = nil, true
	l.note("lists-erased", "The lists of this device were erased.", "Nothing is clear any more. Tell the technician.")
	l.mu.Unlock()
	return use(l, (*cache.Store).Erase, func() error { return os.RemoveAll(l.folder.Lists()) })
}

func (l *listStore) isErased() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.erased
}

// faults are what an officer must know of the store.
func (l *listStore) faults() []console.Fault {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(l.notes)
}

// close ends the store, once nobody uses it.
func (l *listStore) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.store == nil {
		return nil
	}
	store := l.store
	l.store, l.err = nil, cache.ErrNoStore
	return store.Close()
}
