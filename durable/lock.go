package durable

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// ErrHeld means that someone has the lock.
var ErrHeld = errors.New("another program holds the lock")

// A Lock keeps other programs, and others of this one, from what its file stands
// for. It ends with the program, if not before.
type Lock struct{ file *os.File }

// Hold takes the lock of a file, which it makes if need be, and does not wait:
// the error is [ErrHeld] when someone has it.
func Hold(path string, mode fs.FileMode) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, mode)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrHeld
		}
		return nil, &fs.PathError{Op: "lock", Path: path, Err: err}
	}
	return &Lock{f}, nil
}

// Close lets go of the lock. Closing the file alone would not, while a process
// that is being started has a copy of it.
func (l *Lock) Close() error {
	return errors.Join(unix.Flock(int(l.file.Fd()), unix.LOCK_UN), l.file.Close())
}
