// Package durable makes small files that a power cut leaves whole, or as they
// were, and keeps programs from writing the same ones at once. It knows nothing of
// what stands in them.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// unfinished begins the names of files that are being written. A crash leaves
// them until someone sweeps; nobody reads them.
const unfinished = ".new-"

// Create makes a file, and replaces none: the error is then fs.ErrExist. It is on
// the disk when Create returns.
func Create(path string, data []byte, mode fs.FileMode) error {
	return write(path, data, mode, os.Link) // which fails where a file is
}

// Replace makes a file, or another in its place. It is on the disk when Replace
// returns.
func Replace(path string, data []byte, mode fs.FileMode) error {
	return write(path, data, mode, os.Rename)
}

func write(path string, data []byte, mode fs.FileMode, place func(from, to string) error) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, unfinished+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which fails once it is renamed
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := place(f.Name(), path); err != nil {
		return err
	}
	return SyncFolder(dir)
}

// Sweep removes from a folder, and from those in it, what a crash left half
// written. Nobody else may be writing there.
func Sweep(dir string) {
	for _, pattern := range []string{unfinished + "*", "*/" + unfinished + "*"} {
		left, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, path := range left {
			os.Remove(path)
		}
	}
}

// SyncFolder makes durable what was made, renamed or removed in a folder.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
