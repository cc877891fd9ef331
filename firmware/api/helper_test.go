package api_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portcullis/firmware/api"
	"portcullis/firmware/identity"
	"portcullis/firmware/identity/identitytest"
	"portcullis/protocol"
)

var today = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func now() time.Time { return today }

// A device serves its interface on the loopback.
type device struct {
	*installer
	identity *identity.Identity
	ca       *identitytest.Authority
	dir      string // the inbox
	url      string
	orders   []protocol.Order
	erased   atomic.Bool
	client   *http.Client // a tool of the fleet
	server   *api.Server
	stop     func() error
	fail     func() error // ends what it listens on
}

// start starts a device with the list sltd; change may bend its options.
func start(t testing.TB, change func(*api.Options)) *device {
	t.Helper()
	d := &device{installer: newInstaller(), ca: identitytest.NewAuthority(t, today.AddDate(-2, 0, 0)), dir: filepath.Join(t.TempDir(), "inbox")}
	d.identity, _ = identitytest.NewDevice(t.TempDir(), now, now)
	identitytest.Enrol(t, d.identity, identitytest.NewCentral(t, d.ca, now), "gate-7")
	d.client = d.as(t, d.ca.Issue(t, protocol.Fleet, "tool", today, today.AddDate(1, 0, 0)))
	d.serve(t, change)
	return d
}

func (d *device) serve(t testing.TB, change func(*api.Options)) {
	t.Helper()
	o := api.Options{
		TLS: d.identity.ServerTLS(), Inbox: d.dir, Lists: []string{"sltd", "other"}, Installer: d.installer, Erased: d.erased.Load,
		Status: func() protocol.Status { return protocol.Status{Device: "gate-7", Erased: d.erased.Load()} },
		Erase: func(o protocol.Order) error {
			d.orders = append(d.orders, o)
			d.erased.Store(true)
			return nil
		},
		Limits: api.Limits{File: 1 << 20, Inbox: 2 << 20}, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	d.server = api.New(o)
	d.listen(t)
}

func (d *device) listen(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.url = "https://" + l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.server.Serve(ctx, l) }()
	d.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	d.fail = func() error {
		l.Close()
		return <-ended
	}
	t.Cleanup(func() {
		d.client.CloseIdleConnections() // or the server waits for them
		if err := d.stop(); err != nil {
			t.Error(err)
		}
	})
}

// as returns a client that shows these certificates.
func (d *device) as(t testing.TB, shown ...tls.Certificate) *http.Client {
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: shown}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// An installer does what a test tells it to.
type installer struct {
	mu      sync.Mutex
	asked   []string
	code    string
	err     error
	running int
	most    int           // that ran at once
	hold    chan struct{} // that it waits for; nil not to
	began   chan struct{}
}

func newInstaller() *installer { return &installer{code: "current", began: make(chan struct{}, 100)} }

func (i *installer) Install(ctx context.Context, list, folder string, dry bool, progress func(float64)) (protocol.Install, error) {
	i.mu.Lock()
	entries, _ := os.ReadDir(folder)
	i.asked = append(i.asked, fmt.Sprintf("%s %t %d", list, dry, len(entries)))
	i.running++
	i.most = max(i.most, i.running)
	i.mu.Unlock()
	defer func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.running--
	}()
	progress(0.5)
	i.began <- struct{}{}
	if i.hold != nil {
		select {
		case <-i.hold:
		case <-ctx.Done():
			return protocol.Install{}, ctx.Err()
		}
	}
	return protocol.Install{Code: i.code, From: 6, To: 7}, i.err
}

func (i *installer) was() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return strings.Join(i.asked, ", ")
}

// An asked is what the device answered.
type asked struct {
	status int
	body   []byte
	header http.Header
}

// problem returns the type of the problem that the device answered, less what
// all begin with, and its status: "409 range-mismatch".
func (a asked) problem() string {
	var p protocol.Problem
	if a.header.Get("Content-Type") != protocol.ProblemMedia || json.Unmarshal(a.body, &p) != nil || p.Status != a.status {
		return fmt.Sprintf("%d, and no problem", a.status)
	}
	return fmt.Sprintf("%d %s", a.status, strings.TrimPrefix(p.Type, "urn:portcullis:problem:"))
}

func (a asked) into(t *testing.T, v any) {
	t.Helper()
	if a.status/100 != 2 || json.Unmarshal(a.body, v) != nil {
		t.Fatalf("it answers %d %s", a.status, a.body)
	}
}

func (d *device) ask(t testing.TB, method, path, contentRange string, body io.Reader) asked {
	t.Helper()
	a, err := ask(t.Context(), d.client, method, d.url+path, contentRange, body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func ask(ctx context.Context, c *http.Client, method, url, contentRange string, body io.Reader) (asked, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return asked{}, err
	}
	if contentRange != "" {
		r.Header.Set("Content-Range", contentRange)
	}
	response, err := c.Do(r)
	if err != nil {
		return asked{}, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return asked{response.StatusCode, answer, response.Header}, err
}

func (d *device) post(t *testing.T, path string, v any) asked {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return d.ask(t, http.MethodPost, path, "", bytes.NewReader(body))
}

const files = "/v1/lists/sltd/files/"

// put sends bytes from to until to of a file.
func (d *device) put(t *testing.T, name string, file []byte, from, to int) asked {
	t.Helper()
	return d.ask(t, http.MethodPut, files+name, fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(file)), bytes.NewReader(file[from:to]))
}

func (d *device) mustHave(t *testing.T, name string, size, have int64) {
	t.Helper()
	var p protocol.Part
	d.ask(t, http.MethodGet, files+name, "", nil).into(t, &p)
	if p != (protocol.Part{Name: name, Size: size, Have: have}) {
		t.Errorf("there is %+v, want %d of %d", p, have, size)
	}
}

func (d *device) mustHold(t *testing.T, name string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(d.dir, "sltd", name))
	if want == nil && errors.Is(err, os.ErrNotExist) {
		return
	}
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s has %d bytes, want %d: %v", name, len(got), len(want), err)
	}
}
