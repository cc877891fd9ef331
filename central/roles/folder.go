package roles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"portcullis/durable"
)

// A Folder holds the files of a repository: a folder of a disk, or a store of
// objects. Names may have one folder in them.
type Folder interface {
	// Get returns a file; the error is fs.ErrNotExist when there is none.
	Get(name string) ([]byte, error)
	// Create makes a file that is whole, or not there. The error is
	// fs.ErrExist when there is one, which stays.
	Create(name string, data []byte) error
	// Replace makes a file, or another in its place, that is never in between.
	Replace(name string, data []byte) error
	// Lock keeps others from changing the folder; the error is [ErrBusy] when
	// someone does.
	Lock() (unlock func(), err error)
}

// A Dir is a folder of a disk, by its path. What it has written is on the disk
// when it returns.
type Dir string

const (
	lockFile   = ".lock"
	tempPrefix = ".new-"
)

func (d Dir) path(name string) string { return filepath.Join(string(d), filepath.FromSlash(name)) }

// Get returns a file.
func (d Dir) Get(name string) ([]byte, error) { return os.ReadFile(d.path(name)) }

// Create makes a file, and replaces none.
func (d Dir) Create(name string, data []byte) error {
	return d.put(name, data, os.Link) // which fails where a file is
}

// Replace makes a file, or another in its place.
func (d Dir) Replace(name string, data []byte) error { return d.put(name, data, os.Rename) }

func (d Dir) put(name string, data []byte, place func(from, to string) error) error {
	dir := filepath.Dir(d.path(name))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(string(d), tempPrefix)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which fails once it is renamed
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync()); err != nil {
		return err
	}
	if err := place(f.Name(), d.path(name)); err != nil {
		return err
	}
	if dir != filepath.Clean(string(d)) { // which may be new
		if err := durable.SyncFolder(string(d)); err != nil {
			return err
		}
	}
	return durable.SyncFolder(dir)
}

// Lock makes the folder if need be, keeps other programs out of it, and removes
// what a crash left half-made.
func (d Dir) Lock() (func(), error) {
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(d.path(lockFile), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrBusy
		}
		return nil, err
	}
	left, _ := filepath.Glob(d.path(tempPrefix + "*"))
	for _, path := range left {
		os.Remove(path)
	}
	return func() {
		syscall.Flock(int(lock.Fd()), syscall.LOCK_UN) // a process that is being started may have a copy
		lock.Close()
	}, nil
}

// exists says whether a name is taken.
func exists(f Folder, name string) (bool, error) {
	_, err := f.Get(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// free returns the first number from this one on that no file of the role has.
func free(f Folder, role string, from int64) (int64, error) {
	for n := from; n < from+maxSkipped; n++ {
		if taken, err := exists(f, fileName(role, n)); err != nil || !taken {
			return n, err
		}
	}
	return 0, fmt.Errorf("find number for %s: %d files that nothing names", role, maxSkipped)
}

// maxSkipped is how many numbers may be taken by what crashes left.
const maxSkipped = 1000

func fileName(role string, version int64) string {
	if role == Timestamp {
		return timestampFile
	}
	return fmt.Sprintf("%d.%s.json", version, role)
}

const timestampFile = "timestamp.json"

// An overlay is a folder as it will be: what is to be written lies over it.
type overlay struct {
	Folder
	files map[string][]byte
}

func (o overlay) Get(name string) ([]byte, error) {
	if data, ok := o.files[name]; ok {
		return data, nil
	}
	return o.Folder.Get(name)
}
