package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Ranges is a file of which single parts are read, on a disk or on a server.
// It is for one goroutine at a time.
type Ranges struct {
	size  int64
	read  func(p []byte, offset int64) (int, error)
	close func() error
}

// OpenRanges opens the file at a path, at file:// or at http:// or https://. A
// server must send parts of it. What is read ends with ctx.
func OpenRanges(ctx context.Context, address string) (*Ranges, error) {
	u, err := url.Parse(address)
	if err != nil && strings.Contains(address, "://") {
		return nil, errors.New("sync: not an address of a file: use http://, https://, file:// or a path") // err may quote a password
	}
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		client := patientClient()
		r, err := httpRanges(ctx, client, u)
		if err != nil {
			return nil, err
		}
		r.close = func() error { client.CloseIdleConnections(); return nil }
		return r, nil
	}
	path := address
	if err == nil && u.Scheme == "file" {
		path = u.Path
	}
	f, size, err := openRegular(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return nil, fmt.Errorf("sync: open file: %w", err)
	}
	return fileRanges(f, size), nil
}

func fileRanges(f *os.File, size int64) *Ranges {
	return &Ranges{size: size, read: f.ReadAt, close: f.Close}
}

// Size returns how many bytes the file has.
func (r *Ranges) Size() int64 { return r.size }

// ReadAt implements io.ReaderAt.
func (r *Ranges) ReadAt(p []byte, offset int64) (int, error) { return r.read(p, offset) }

// Close ends the reading.
func (r *Ranges) Close() error { return r.close() }

// httpRanges asks a server for the first byte of a file, which tells whether
// it sends parts, and how large the file is.
func httpRanges(ctx context.Context, client *http.Client, u *url.URL) (*Ranges, error) {
	r := &Ranges{close: func() error { return nil }}
	r.read = func(p []byte, offset int64) (int, error) {
		n, _, err := getRange(ctx, client, u, p, offset)
		return n, err
	}
	_, size, err := getRange(ctx, client, u, make([]byte, 1), 0)
	if err != nil {
		return nil, fmt.Errorf("sync: open file on server: %w", err)
	}
	if size < 0 {
		return nil, errors.New("sync: open file on server: the server does not say how large it is")
	}
	r.size = size
	return r, nil
}

// rangeTime bounds the fetching of one part.
const rangeTime = time.Minute

func getRange(ctx context.Context, client *http.Client, u *url.URL, p []byte, offset int64) (n int, size int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, rangeTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return 0, 0, errors.New("not an address")
	}
	askFor(req.Header, fmt.Sprintf("bytes=%d-%d", offset, offset+int64(len(p))-1))
	resp, err := client.Do(req)
	if err != nil {
		return 0, 0, withoutAddress(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		return 0, 0, errors.New("the server does not send parts of a file")
	}
	body, err := bodyOf(resp, offset)
	if err != nil {
		return 0, 0, err
	}
	n, err = io.ReadFull(body, p)
	return n, body.Size, err
}
