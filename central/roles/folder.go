package roles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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

const lockFile = ".lock"

func (d Dir) path(name string) string { return filepath.Join(string(d), filepath.FromSlash(name)) }

// Get returns a file.
func (d Dir) Get(name string) ([]byte, error) { return os.ReadFile(d.path(name)) }

// Create makes a file, and replaces none.
func (d Dir) Create(name string, data []byte) error {
	return d.put(name, data, durable.Create)
}

// Replace makes a file, or another in its place.
func (d Dir) Replace(name string, data []byte) error { return d.put(name, data, durable.Replace) }

func (d Dir) put(name string, data []byte, write func(string, []byte, fs.FileMode) error) error {
	dir := filepath.Dir(d.path(name))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := write(d.path(name), data, 0o644); err != nil {
		return err
	}
	if dir != filepath.Clean(string(d)) { // which may be new
		return durable.SyncFolder(string(d))
	}
	return nil
}

// Lock makes the folder if need be, keeps other programs out of it, and removes
// what a crash left half-made.
func (d Dir) Lock() (func(), error) {
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return nil, err
	}
	lock, err := durable.Hold(d.path(lockFile), 0o644)
	if errors.Is(err, durable.ErrHeld) {
		return nil, ErrBusy
	}
	if err != nil {
		return nil, err
	}
	durable.Sweep(string(d))
	return func() { lock.Close() }, nil
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
