package sync_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/cache/sync"
)

// A server is where the list is published. It serves by HTTP, ranges and all,
// and notes what it was asked for.
type server struct {
	repository *feedtest.Repository

	mu       stdsync.Mutex // guards what follows
	files    map[string][]byte
	requests []string
	looks    []time.Time // when the timestamp was asked for
	// fault answers a request in some bad way, or returns false.
	fault func(w http.ResponseWriter, r *http.Request, data []byte) bool
}

// publish makes a release the newest one. The files of older ones stay.
func (s *server) publish(r feedtest.Release) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repository.Release(r)
	s.files = s.repository.Files()
}

// sign publishes any bytes as the newest manifest.
func (s *server) sign(data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repository.Manifest("sltd", data)
	s.files = s.repository.Files()
}

// republish makes what the publisher has the published files again.
func (s *server) republish() { s.reset(s.repository.Files()) }

// published returns all files as they are now.
func (s *server) published() map[string][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.files)
}

// reset puts files as they once were in the place of what is published.
func (s *server) reset(files map[string][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = maps.Clone(files)
}

// change replaces a file by what f makes of it.
func (s *server) change(name string, f func([]byte) []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.files[name]; !there {
		name = "sltd/" + name
	}
	s.files[name] = f(bytes.Clone(s.files[name]))
}

// fail makes the server answer in a bad way; nil ends it.
func (s *server) fail(fault func(http.ResponseWriter, *http.Request, []byte) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

// asked returns the requests since it was asked last, for the timestamp and for
// files of lists: name, and range if any.
func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.requests = nil }()
	return s.requests
}

// lookedAt returns when the envelope was asked for, since that was asked last.
func (s *server) lookedAt() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.looks = nil }()
	return s.looks
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	name, inside := strings.CutPrefix(r.URL.Path, "/lists/")
	asked := path.Base(name)
	if part := r.Header.Get("Range"); part != "" {
		asked += " " + part
	}
	if name == sync.TimestampFile || !isMetadata(r) {
		s.requests = append(s.requests, asked)
	}
	if name == sync.TimestampFile {
		s.looks = append(s.looks, time.Now())
	}
	data, fault := s.files[name], s.fault
	s.mu.Unlock()
	switch {
	case fault != nil && fault(w, r, data):
	case data == nil || !inside:
		http.NotFound(w, r)
	default:
		w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(data)))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}
}

func newServer(t testing.TB) *server {
	r := feedtest.NewRepository(t)
	r.Now = time.Now().Add(-24 * time.Hour).UTC().Truncate(time.Second)
	r.Publish()
	return &server{repository: r, files: r.Files()}
}

// A device is one end of a test: what keeps its list, and where it looks.
type device struct {
	*sync.Client
	store  *feedtest.Store
	server *server
	spool  string
	shelf  string
	states []sync.Status
}

var records = feedtest.Records(1, 12_000)

// newDevice returns a device that looks at a server of its own, unless change
// gives it another source.
func newDevice(t *testing.T, change func(*sync.Config)) *device {
	t.Helper()
	d := &device{store: &feedtest.Store{}, server: newServer(t), spool: filepath.Join(t.TempDir(), "spool"), shelf: feedtest.Shelf(t)}
	config := sync.Config{
		List: "sltd", Root: d.server.repository.Root(), Store: d.store, Spool: d.spool, Shelf: d.shelf,
		OnChange: func(s sync.Status) { d.states = append(d.states, s) },
	}
	if change != nil {
		change(&config)
	}
	if config.Source == nil {
		web := httptest.NewServer(d.server)
		t.Cleanup(web.Close)
		config.Source = newSource(t, web.URL+"/lists")
	}
	var err error
	if d.Client, err = sync.New(config); err != nil {
		t.Fatal(err)
	}
	return d
}

func newSource(t *testing.T, address string) sync.Source {
	t.Helper()
	s, err := sync.NewSource(address)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func publisher() *feedtest.Publisher {
	return &feedtest.Publisher{List: "sltd", ShardBits: 6}
}

// mustSucceed brings the device up to date.
func (d *device) mustSucceed(t *testing.T) {
	t.Helper()
	if err := d.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := d.Status(); s.Code != sync.Current || s.Detail != "" || s.LastSuccess.IsZero() || s.Progress != (sync.Progress{}) {
		t.Errorf("after a success the status is %+v", s)
	}
}

// mustFail tries to, and checks that only the status tells of it.
func (d *device) mustFail(t *testing.T, want sync.Code) {
	t.Helper()
	before, checked, kept := d.store.Position("sltd"), d.store.CheckedAt("sltd"), d.store.Records("sltd")
	err := d.Once(t.Context())
	var e *sync.Error
	if !errors.As(err, &e) || e.Code != want {
		t.Fatalf("%v, want %s", err, want)
	}
	if s := d.Status(); s.Code != want || s.Detail == "" || s.Code.Text() == "" || s.Since.IsZero() || s.Progress != (sync.Progress{}) {
		t.Errorf("after %v the status is %+v", err, s)
	}
	if d.store.Position("sltd") != before || !d.store.CheckedAt("sltd").Equal(checked) || !slices.Equal(d.store.Records("sltd"), kept) {
		t.Errorf("after %v the store is another", err)
	}
}

// mustHold checks what the store holds, and that nothing is left in the spool.
func (d *device) mustHold(t *testing.T, r feedtest.Release, want []list.Record) {
	t.Helper()
	if got := d.store.Position("sltd"); got != r.Manifest.Position() || !slices.Equal(d.store.Records("sltd"), want) {
		t.Fatalf("the store holds %d records of release %d, want %d of %d", len(d.store.Records("sltd")), got.Sequence, len(want), r.Manifest.Sequence)
	}
	if left := d.spooled(t); len(left) > 0 {
		t.Errorf("%v is left in the spool", left)
	}
}

// spooled is the sizes of the files in the spool.
func (d *device) spooled(t *testing.T) (sizes []int64) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(d.spool, "sltd"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, info.Size())
	}
	return sizes
}

func mustEqual[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// name is the name of a release's file.
func name(r feedtest.Release, kind feed.Kind) string { return r.Step(kind).Name }

// fileOf describes a file of a list.
func fileOf(name string, data []byte) feed.File {
	return feed.File{Name: name, Size: int64(len(data)), SHA256: fmt.Sprintf("%x", sha256.Sum256(data))}
}
