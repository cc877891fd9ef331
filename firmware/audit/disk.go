package audit

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"portcullis/durable"
)

// A folder is the part of the file system that a log lives in. It is the seam
// at which tests cut the power.
type folder interface {
	open(name string, mode openMode) (file, error)
	list() ([]string, error)
	sync() error // makes the names of new files durable
	lock() (io.Closer, error)
}

// A file is written at given places, for there is no other way to take back
// half a line.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	Sync() error
	size() (int64, error)
}

type openMode int

const (
	toRead   openMode = iota
	toWrite           // must exist
	toCreate          // made if it does not exist
)

// osFolder is a real folder.
type osFolder string

// makeFolder makes dir, if it is not there, so that it is there after a power
// cut.
func makeFolder(dir string) (osFolder, error) {
	if _, err := os.Stat(dir); err == nil {
		return osFolder(dir), nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", err
	}
	return osFolder(dir), osFolder(filepath.Dir(filepath.Clean(dir))).sync()
}

func (d osFolder) open(name string, mode openMode) (file, error) {
	flags := map[openMode]int{toRead: os.O_RDONLY, toWrite: os.O_RDWR, toCreate: os.O_RDWR | os.O_CREATE}
	f, err := os.OpenFile(filepath.Join(string(d), name), flags[mode], 0o640)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (d osFolder) list() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

func (d osFolder) sync() error {
	f, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (d osFolder) lock() (io.Closer, error) {
	lock, err := durable.Hold(filepath.Join(string(d), "lock"), 0o640)
	if errors.Is(err, durable.ErrHeld) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, err
	}
	return lock, nil
}

type osFile struct{ *os.File }

func (f osFile) size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
