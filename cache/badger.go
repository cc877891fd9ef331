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
	"strings"
	"syscall"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache/engine"
)

// maxValue bounds what is stored under one key. What is larger than
// engine.MaxValue, as no shard is that a publisher cuts, goes to a value log.
const maxValue = 512 << 10

// openBadger opens a Badger, which it makes if need be.
func openBadger(dir string, o Options) (*tree, error) {
	t := &tree{dir: dir, failure: make(chan error, 1)}
	b := engine.Options(dir).WithReadOnly(o.ReadOnly).WithLogger(badgerLog{o.Log, t.hear})
	if _, err := os.Stat(filepath.Join(dir, badger.ManifestFilename)); o.ReadOnly && errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoStore
	}
	if !o.ReadOnly {
		if err := checkRoom(dir, reserve); err != nil {
			return nil, err
		}
	}
	if err := preflight(b); err != nil {
		return nil, err
	}
	var err error
	if t.DB, err = openCarefully(b); err != nil {
		return nil, badgerError(err)
	}
	t.version.Store(t.MaxVersion())
	t.SetDiscardTs(t.MaxVersion())
	return t, nil
}

// openCarefully opens Badger, and makes an error of a fault in the files that
// it maps, such as a hole in one on a full memory disk, which would otherwise
// end the process.
func openCarefully(b badger.Options) (db *badger.DB, err error) {
	err = faultless(func() error {
		db, err = badger.OpenManaged(b)
		return err
	})
	return db, err
}

// faultless does something with files that are mapped into memory, and makes
// an error of what the disk cannot read or has no room for.
func faultless(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%w: %v", syscall.EIO, fault)
		}
	}()
	return do()
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

// badgerLog hands Badger's warnings on. They name files and keys of the store,
// which hold nothing of a document.
type badgerLog struct {
	log  *slog.Logger
	hear func(format string, args []any)
}

// Errorf hands an error on.
func (b badgerLog) Errorf(format string, args ...any) { b.tell(slog.LevelError, format, args) }

// Warningf hands a warning on.
func (b badgerLog) Warningf(format string, args ...any) { b.tell(slog.LevelWarn, format, args) }

// Infof drops what Badger tells of its work.
func (b badgerLog) Infof(string, ...any) {}

// Debugf drops what Badger tells of its work.
func (b badgerLog) Debugf(string, ...any) {}

func (b badgerLog) tell(level slog.Level, format string, args []any) {
	b.hear(format, args)
	if b.log != nil {
		b.log.Log(context.Background(), level, "list store: "+strings.TrimSpace(fmt.Sprintf(format, args...)))
	}
}
