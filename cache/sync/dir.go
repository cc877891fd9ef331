package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// Dir returns the source in a folder. It need not be there yet, and may come
// and go.
func Dir(path string) Source { return dirSource(path) }

type dirSource string

// Open implements Source.
func (s dirSource) Open(_ context.Context, name string, offset int64) (Body, error) {
	f, size, err := openRegular(string(s), name)
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

// Ranges implements Source.
func (s dirSource) Ranges(_ context.Context, name string) (*Ranges, error) {
	f, size, err := openRegular(string(s), name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return fileRanges(f, size), nil
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
