// Package durable makes small files that a power cut leaves whole, or as they
// were. It knows nothing of what stands in them.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// unfinished begins the names of files that are being written. A crash leaves
// them; nobody reads them.
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

// SyncFolder makes durable what was made, renamed or removed in a folder.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
