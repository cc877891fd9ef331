package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"portcullis/cache/feed"
	syncer "portcullis/cache/sync"
	"portcullis/central/publish"
)

// A site is a workload that is published.
type site struct {
	listed
	central
	publisher *publish.Publisher
	begun     time.Time
	changes   int // of each release
}

// openSite publishes the list, as of a time that may be past.
func openSite(ctx context.Context, w *workload, dir string, begun time.Time) (*site, error) {
	s := &site{begun: begun, changes: w.deltas[0]}
	var err error
	if s.listed, err = openListed(w.folder); err != nil {
		return nil, err
	}
	key, err := s.key()
	if err != nil {
		return nil, err
	}
	if s.central, err = beginCentral(filepath.Join(dir, "lists"), filepath.Join(dir, "roles"), begun); err != nil {
		return nil, err
	}
	if s.publisher, err = s.central.publisher(key, anyChange()); err != nil {
		return nil, err
	}
	_, err = s.publisher.PublishAll(ctx, begun, s.all())
	return s, err
}

// client returns a client of the list at an address, with folders of its own.
func (c central) client(address string, with *http.Client, store syncer.Store, dir string, every time.Duration) (*syncer.Client, error) {
	root, err := c.root()
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return syncer.New(syncer.Config{
		List: listName, Root: root, Source: syncer.HTTP(at, with), Store: store,
		Spool: filepath.Join(dir, "spool"), Shelf: filepath.Join(dir, "shelf"), Interval: every,
	})
}

// serve serves the repository as the publisher's program does, over TLS where
// there is a configuration for that.
func (c central) serve(secure *tls.Config) (address string, stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: publish.Handler(c.dir), TLSConfig: secure, ReadHeaderTimeout: patience}
	done := make(chan error, 1)
	scheme := "http://"
	if secure != nil {
		scheme = "https://"
		go func() { done <- server.ServeTLS(l, "", "") }()
	} else {
		go func() { done <- server.Serve(l) }()
	}
	return scheme + l.Addr().String(), func() error {
		err := server.Close()
		if ended := <-done; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}
		return err
	}, nil
}

// A lightStore takes what it is given, and keeps nothing of it but its position:
// for devices of which only the network counts.
type lightStore struct {
	mu      sync.Mutex // guards held and changes
	held    feed.Position
	changes int
}

// Position implements sync.Store.
func (s *lightStore) Position(string) feed.Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

// Apply implements sync.Store.
func (s *lightStore) Apply(_ context.Context, c feed.Content) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held, s.changes = c.Release().Position(), s.changes+c.Change().Len()
	return nil
}

// Checked implements sync.Store.
func (*lightStore) Checked(string, time.Time) error { return nil }
