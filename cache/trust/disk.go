package trust

import (
	"errors"
	"os"
	"path/filepath"

	"portcullis/durable"
)

// A disk changes the folder of a shelf. Tests have one that loses power.
type disk interface {
	write(name string, data []byte) error // and sync the content
	rename(from, to string) error
	remove(name string) error
	sync() error // makes what was renamed and removed durable
}

type folder string

func (f folder) write(name string, data []byte) error {
	name = filepath.Join(string(f), name)
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		os.Remove(name) // a full disk stays no fuller than it was
	}
	return err
}

func (f folder) rename(from, to string) error {
	return os.Rename(filepath.Join(string(f), from), filepath.Join(string(f), to))
}

func (f folder) remove(name string) error { return os.Remove(filepath.Join(string(f), name)) }

func (f folder) sync() error { return durable.SyncFolder(string(f)) }
