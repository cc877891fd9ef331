package sync

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// HTTP returns the source at the address of a server. A nil client is one that
// fits.
func HTTP(address *url.URL, client *http.Client) Source {
	if client == nil {
		client = patientClient()
	}
	return httpSource{folder: address, client: client}
}

// patientClient opens connections and awaits answers for no longer than a
// while, but lets an answer take its time.
func patientClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		TLSClientConfig:       &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(4)}, // a handshake is larger than what is asked for
		ResponseHeaderTimeout: 30 * time.Second,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     true,
	}}
}

// askFor sets the headers of a request for a file, or for a part of it.
func askFor(h http.Header, part string) {
	h.Set("User-Agent", "portcullis")
	h.Set("Accept-Encoding", "identity") // what is signed is the file, not a packing of it
	if part != "" {
		h.Set("Range", part)
	}
}

type httpSource struct {
	folder *url.URL
	client *http.Client
}

// Open implements Source.
func (s httpSource) Open(ctx context.Context, name string, offset int64) (Body, error) {
	part := ""
	if offset > 0 {
		part = fmt.Sprintf("bytes=%d-", offset)
	}
	resp, err := s.get(ctx, name, func(h http.Header) { askFor(h, part) })
	if err != nil {
		return Body{}, err
	}
	body, err := bodyOf(resp, offset)
	if err != nil {
		resp.Body.Close()
		return Body{}, fmt.Errorf("get %s: %w", name, err)
	}
	return body, nil
}

func (s httpSource) get(ctx context.Context, name string, ask func(http.Header)) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.folder.JoinPath(name).String(), nil)
	if err != nil {
		return nil, fmt.Errorf("get %s: not an address", name)
	}
	ask(req.Header)
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", name, withoutAddress(err))
	}
	return resp, nil
}

// openChanged is Open for a file that the caller has with this tag: the body is
// empty and unchanged true when it is still that.
func (s httpSource) openChanged(ctx context.Context, name, tag string) (body Body, newTag string, unchanged bool, err error) {
	resp, err := s.get(ctx, name, func(h http.Header) {
		askFor(h, "")
		if tag != "" {
			h.Set("If-None-Match", tag)
		}
	})
	if err != nil {
		return Body{}, "", false, err
	}
	if resp.StatusCode == http.StatusNotModified && tag != "" {
		resp.Body.Close()
		return Body{}, tag, true, nil
	}
	if body, err = bodyOf(resp, 0); err != nil {
		resp.Body.Close()
		return Body{}, "", false, fmt.Errorf("get %s: %w", name, err)
	}
	return body, resp.Header.Get("ETag"), false, nil
}

// Ranges implements Source.
func (s httpSource) Ranges(ctx context.Context, name string) (*Ranges, error) {
	r, err := httpRanges(ctx, s.client, s.folder.JoinPath(name))
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", name, err)
	}
	return r, nil
}

// withoutAddress leaves out the address, which may hold a password or a token.
func withoutAddress(err error) error {
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	return err
}

func bodyOf(resp *http.Response, offset int64) (Body, error) {
	switch resp.StatusCode {
	case http.StatusOK:
		return Body{ReadCloser: resp.Body, Size: resp.ContentLength}, nil
	case http.StatusPartialContent:
		start, size, ok := contentRange(resp.Header.Get("Content-Range"))
		if !ok || start != offset {
			return Body{}, errors.New("the server sends another part than was asked for")
		}
		return Body{ReadCloser: resp.Body, Start: start, Size: size}, nil
	case http.StatusRequestedRangeNotSatisfiable:
		return Body{}, ErrBeyond
	}
	err := error(statusError(resp.StatusCode))
	if seconds, e := strconv.Atoi(resp.Header.Get("Retry-After")); e == nil && seconds > 0 {
		return Body{}, &DelayError{After: time.Duration(min(seconds, 86400)) * time.Second, Err: err}
	}
	return Body{}, err
}

// statusError is an answer that is no file.
type statusError int

// Error tells the answer.
func (e statusError) Error() string {
	return fmt.Sprintf("the server answers %d %s", int(e), http.StatusText(int(e)))
}

// Is makes a file that a server does not have the same as one that a folder
// does not have.
func (e statusError) Is(target error) bool {
	return target == fs.ErrNotExist && (e == http.StatusNotFound || e == http.StatusGone)
}

// contentRange reads "bytes 100-999/1000", where the size may be *.
func contentRange(s string) (start, size int64, ok bool) {
	s, isBytes := strings.CutPrefix(s, "bytes ")
	part, whole, hasSize := strings.Cut(s, "/")
	first, _, hasEnd := strings.Cut(part, "-")
	start, err := strconv.ParseInt(first, 10, 64)
	if !isBytes || !hasSize || !hasEnd || err != nil || start < 0 {
		return 0, 0, false
	}
	if whole == "*" {
		return start, -1, true
	}
	size, err = strconv.ParseInt(whole, 10, 64)
	return start, size, err == nil && size > start
}
