package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portcullis/cache/feed"
	syncer "portcullis/cache/sync"
	"portcullis/central/publish"
	"portcullis/central/registry"
	"portcullis/central/synthetic"
	"portcullis/drivers/reader"
	"portcullis/drivers/sim"
	"portcullis/firmware"
	"portcullis/firmware/console"
)

// A site is what stands around an appliance: a publisher and its server, a
// reader, and a folder for all of it. All of it is real but the document that
// lies on the reader.
type site struct {
	*publisher
	dir    string
	config config
	reader *sim.Reader
	number atomic.Int64         // of the last document that nobody has listed
	shown  map[string]time.Time // when each document was presented last
}

// quick are the times of a traveller in a hurry, whom no contact misses even
// where a contact is read late.
var quick = sim.LaneTimes{Reach: 100 * time.Millisecond, Walk: 200 * time.Millisecond, Clear: 600 * time.Millisecond, Shut: 200 * time.Millisecond}

// newSite makes a site whose publisher has published a release, and whose
// reader is plugged in. Its folder has a short name, as that of a socket in it
// must be short.
func newSite(t *testing.T) *site {
	t.Helper()
	dir, err := os.MkdirTemp("", "site")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &site{dir: dir, publisher: newPublisher(t, filepath.Join(dir, "keys"), filepath.Join(dir, "lists"))}
	s.publish(t)
	s.configure(t)
	s.plug(t)
	return s
}

func (s *site) folder() firmware.Folder { return firmware.Folder(s.config.Data) }

// configure gives the device its key, and a configuration.
func (s *site) configure(t *testing.T) {
	t.Helper()
	secret, err := os.ReadFile(filepath.Join(s.central.keys, "sltd.key"))
	device := firmware.Folder(filepath.Join(s.dir, "device"))
	err = errors.Join(err, os.MkdirAll(device.Keys(), 0o700),
		os.WriteFile(filepath.Join(device.Keys(), "sltd.key"), secret, 0o600),
		os.WriteFile(s.configFile(), fmt.Appendf(nil, siteConfig, s.server.URL, s.central.root()), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	if s.config, err = loadConfig(s.configFile()); err != nil {
		t.Fatal(err)
	}
}

func (s *site) configFile() string { return filepath.Join(s.dir, "portcullis.toml") }

const siteConfig = `data   = "device"
board  = "sim"
listen = "127.0.0.1:0"
demo   = true # specimens are documents
[[reader]]
profile = "sita-ocr"
port    = "reader"
[[list]]
name      = "sltd"
title     = "SLTD"
source    = %q
root      = %q
every     = "50ms"
[policy]
hold    = "50ms"
retries = 1
`

// plug gives the reader a port.
func (s *site) plug(t *testing.T) {
	t.Helper()
	profile, err := reader.Load(s.config.Readers[0].Profile)
	if err != nil {
		t.Fatal(err)
	}
	s.reader = sim.NewReader(profile, s.config.Readers[0].Port)
	if err := s.reader.Plug(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.reader.Close() })
}

// A publisher publishes the list of a site, and serves it.
type publisher struct {
	central miniCentral
	server  *httptest.Server
	asked   chan struct{}        // told of each time that somebody has asked for the newest release
	bend    atomic.Pointer[bend] // what becomes of files on the way; nil for nothing
}

// A bend is what becomes of a file on the way from a publisher to a device.
type bend func(name string, data []byte) []byte

// newPublisher makes keys, and a server that has nothing yet.
func newPublisher(t *testing.T, keyFolder, lists string) *publisher {
	t.Helper()
	p := &publisher{central: miniCentral{keys: keyFolder, dir: lists, list: "sltd"}, asked: make(chan struct{})}
	if err := p.central.begin(time.Now()); err != nil {
		t.Fatal(err)
	}
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	return p
}

// ServeHTTP serves the lists as portcullis-central does, bent.
func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	p.serve(w, r, name)
	if name != syncer.TimestampFile {
		return
	}
	select {
	case p.asked <- struct{}{}:
	default: // nobody waits for it
	}
}

func (p *publisher) serve(w http.ResponseWriter, r *http.Request, name string) {
	handler := publish.Handler(p.central.dir)
	f := p.bend.Load()
	if f == nil {
		handler.ServeHTTP(w, r)
		return
	}
	r.Header.Del("Range")
	r.Header.Del("If-None-Match")
	straight := httptest.NewRecorder()
	handler.ServeHTTP(straight, r)
	body := (*f)(name, straight.Body.Bytes())
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(straight.Code)
	w.Write(body)
}

// publish publishes the specimens, some made-up records, and others.
func (p *publisher) publish(t *testing.T, others ...registry.Record) feed.Manifest {
	t.Helper()
	all := append(synthetic.Specimens(), others...)
	for r := range synthetic.Records(1, 500) {
		all = append(all, r)
	}
	return p.publishOnly(t, all...)
}

func (p *publisher) publishOnly(t *testing.T, all ...registry.Record) feed.Manifest {
	t.Helper()
	r, err := p.central.publish(t.Context(), time.Now(), slices.Values(all))
	if err != nil {
		t.Fatal(err)
	}
	return r.Manifest
}

// A lane is an appliance of a site at work, in this process or in one of its
// own, and its page.
type lane struct {
	*site
	*page
	appliance *appliance // in this process
	process   *exec.Cmd  // in its own
	did       []string   // what that printed, once it has ended
	logs      *lockedBuffer
	halt      func() error // ends the appliance and returns how it ended
}

// start starts the appliance of a site. It ends with the test at the latest.
func (s *site) start(t *testing.T) *lane {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &lane{site: s, logs: new(lockedBuffer)}
	var err error
	l.appliance, err = openAppliance(ctx, s.config, slog.New(slog.NewJSONHandler(l.logs, nil)), extras{times: quick})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- l.appliance.run(ctx) }()
	l.halt = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := l.halt(); err != nil {
			t.Errorf("the appliance ended: %v", err)
		}
		if t.Failed() {
			t.Logf("its logs:\n%s", l.logs)
		}
	})
	l.page = watchPage(ctx, l.appliance.address())
	return l
}

// ready waits until a document can be presented.
func (l *lane) ready(t *testing.T) console.View {
	t.Helper()
	return l.await(t, "a lane that is ready with a list that is fresh", func(v console.View) bool {
		return v.State == "ready" && len(v.Lists) == 1 && v.Lists[0].State == "fresh"
	})
}

// A lockedBuffer takes what several goroutines write.
type lockedBuffer struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
