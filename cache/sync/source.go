package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// A Source is a publisher's repository, or a copy of it: a server, a folder, a
// stick. Names of files are relative to it.
type Source interface {
	// Open returns what a file holds from an offset on, or the whole file
	// where the source cannot begin elsewhere. Reading ends with ctx.
	Open(ctx context.Context, name string, offset int64) (Body, error)
	// Ranges opens a file of which single parts are to be read.
	Ranges(ctx context.Context, name string) (*Ranges, error)
}

// A Body is what a source gives of a file.
type Body struct {
	io.ReadCloser
	Start int64 // where in the file it begins
	Size  int64 // of the whole file; -1 when not known
}

// ErrBeyond means that a file ends before the offset that was asked for.
var ErrBeyond = errors.New("the file ends before that offset")

// A DelayError means that the source wants to be left alone for a while.
type DelayError struct {
	After time.Duration
	Err   error
}

// Error tells the cause.
func (e *DelayError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *DelayError) Unwrap() error { return e.Err }

// NewSource returns the source at an address: http://, https://, file:// or the
// path of a folder.
func NewSource(address string) (Source, error) {
	u, err := url.Parse(address)
	switch {
	case address == "" || err != nil && strings.Contains(address, "://"):
		return nil, errors.New("sync: not an address of lists: use http://, https://, file:// or the path of a folder") // err may quote a password
	case err != nil || u.Scheme == "":
		return Dir(address), nil
	case u.Scheme == "http" || u.Scheme == "https":
		return HTTP(u, nil), nil
	case u.Scheme == "file" && (u.Host == "" || u.Host == "localhost") && u.Path != "":
		return Dir(u.Path), nil
	}
	return nil, fmt.Errorf("sync: there is no %s source of lists: use http://, https://, file:// or the path of a folder", u.Scheme)
}
