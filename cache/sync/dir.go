package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Dir returns the source of a list in a folder of lists, or in the folder of
// that list itself. It need not be there yet, and may come and go.
func Dir(path, list string) Source { return dirSource{path: path, list: list} }

type dirSource struct{ path, list string }

// Open implements Source.
func (s dirSource) Open(_ context.Context, name string, offset int64) (Body, error) {
	f, size, err := openRegular(filepath.Join(s.path, s.list), name)
	if errors.Is(err, fs.ErrNotExist) {
		f, size, err = openRegular(s.path, name)
	}
	if err != nil {
		return Body{}, fmt.Errorf("open %s: %w", name, err)
	}
	if offset > size {
		f.Close()
		return Body{}, fmt.Errorf("open %s: %w", name, ErrBeyond)
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		f.Close()
		return Body{}, fmt.Errorf("open %s: %w", name, err)
	}
	return Body{ReadCloser: f, Start: offset, Size: size}, nil
}

// openRegular opens a file of a folder that someone else may have filled: it
// follows no link out of it, and waits for no pipe.
func openRegular(dir, name string) (*os.File, int64, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, 0, err
	}
	defer root.Close()
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no file")
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}
