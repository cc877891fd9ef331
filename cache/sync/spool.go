package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"portcullis/cache/feed"
)

// A spool is a folder for files that are being fetched. Each lies under its
// SHA-256, so that what an earlier attempt has fetched of the same file, and of
// no other, is taken up.
type spool struct {
	dir    string
	list   string // the folder of the source that the files are in
	source Source
}

const partSuffix = ".part"

func (s spool) path(f feed.File) string { return filepath.Join(s.dir, f.SHA256+partSuffix) }

// prepare removes all but the parts of these steps.
func (s spool) prepare(way feed.Way) {
	keep := map[string]bool{}
	for _, step := range way {
		keep[s.path(step.File)] = true
	}
	parts, _ := filepath.Glob(filepath.Join(s.dir, "*"+partSuffix))
	for _, part := range parts {
		if !keep[part] {
			os.Remove(part)
		}
	}
}

// clear removes all parts.
func (s spool) clear() {
	parts, _ := filepath.Glob(filepath.Join(s.dir, "*"+partSuffix))
	for _, part := range parts {
		os.Remove(part)
	}
}

// fetch returns a file with as many bytes as the release says: whether they
// are the right ones is not looked at. What was fetched stays in the spool when
// the connection breaks.
func (s spool) fetch(ctx context.Context, file feed.File, progress func(done int64)) (*os.File, error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, local(SpoolFailed, err)
	}
	f, err := os.OpenFile(s.path(file), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, local(SpoolFailed, err)
	}
	if err := s.complete(ctx, f, file, progress); err != nil {
		f.Close()
		var e *Error
		if errors.As(err, &e) && e.Code != FetchFailed { // worth nothing, or taking space that is needed
			os.Remove(f.Name())
		}
		return nil, err
	}
	return f, nil
}

// complete fetches what a part lacks.
func (s spool) complete(ctx context.Context, part *os.File, file feed.File, progress func(done int64)) error {
	have, err := part.Seek(0, io.SeekEnd)
	if err != nil {
		return local(SpoolFailed, err)
	}
	if have > file.Size {
		return fail(FileMismatch, errors.New("there is more of it in the spool than there should be"))
	}
	if have == file.Size {
		return nil
	}
	ctx, pace := keepPace(ctx)
	defer pace.stop()
	body, err := s.open(ctx, file, have)
	if err != nil {
		return err
	}
	defer body.Close()
	if body.Start != have { // the source does not begin in the middle
		if err := rewind(part); err != nil {
			return local(SpoolFailed, err)
		}
	}
	t := transfer{from: body, to: part, file: file, done: body.Start, pace: pace, progress: progress}
	return t.run(ctx)
}

func (s spool) open(ctx context.Context, file feed.File, offset int64) (Body, error) {
	body, err := s.source.Open(ctx, s.list+"/"+file.Name, offset)
	switch {
	case errors.Is(err, ErrBeyond):
		return Body{}, fail(FileMismatch, fmt.Errorf("get %s: %w", file.Name, err))
	case context.Cause(ctx) != nil && err != nil:
		return Body{}, fail(FetchFailed, fmt.Errorf("get %s: %w", file.Name, context.Cause(ctx)))
	case err != nil:
		return Body{}, fail(FetchFailed, err)
	case body.Size >= 0 && body.Size != file.Size:
		body.Close()
		return Body{}, fail(FileMismatch, fmt.Errorf("get %s: it has %d bytes, and the release names %d", file.Name, body.Size, file.Size))
	case body.Start != 0 && body.Start != offset:
		body.Close()
		return Body{}, fail(FetchFailed, fmt.Errorf("get %s: it begins at byte %d, and %d was asked for", file.Name, body.Start, offset))
	}
	return body, nil
}

func rewind(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.Seek(0, io.SeekStart)
	return err
}
