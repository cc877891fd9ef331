package service_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portcullis/central/authority"
	"portcullis/central/devices"
	"portcullis/central/service"
	"portcullis/protocol"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// A rig is a service on loopback, with a clock that stands until it is moved.
type rig struct {
	testing.TB
	authority *authority.Authority
	inventory *devices.Inventory
	service   *service.Service
	address   string
	dir       string
	now       atomic.Pointer[time.Time]
}

func (r *rig) at(t time.Time)   { r.now.Store(&t) }
func (r *rig) clock() time.Time { return *r.now.Load() }

func newRig(t testing.TB, change ...func(*service.Options)) *rig {
	t.Helper()
	dir := t.TempDir()
	if err := authority.Init(filepath.Join(dir, "authority"), "utopia", noon); err != nil {
		t.Fatal(err)
	}
	r := &rig{TB: t, dir: dir, authority: must(authority.Open(filepath.Join(dir, "authority")))(t)}
	r.at(noon)
	r.inventory = must(devices.Open(must(devices.OpenStore(filepath.Join(dir, "inventory")))(t)))(t)
	o := service.Options{Authority: r.authority, Inventory: r.inventory, Now: r.clock}
	for _, f := range change {
		f(&o)
	}
	r.service = service.New(o)
	own := must(r.authority.Self(r.clock, authority.Grant{Role: protocol.Central, Name: "central", Hosts: []string{"127.0.0.1"}, Life: 3000 * 24 * time.Hour}))(t)
	l := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	r.address = l.Addr().String()
	r.run(func(ctx context.Context) error { return r.service.Serve(ctx, l, own) })
	return r
}

// run runs what serves until the test ends, and then closes what it served.
func (r *rig) run(serve func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx) }()
	r.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			r.Error(err)
		}
		r.inventory.Close()
		r.authority.Close()
	})
}

// A caller is someone with a certificate, or without.
type caller struct {
	r      *rig
	client *http.Client
}

func (r *rig) caller(c *tls.Certificate) caller {
	var own authority.Source
	if c != nil {
		own = func() (*tls.Certificate, error) { return c, nil }
	}
	transport := &http.Transport{TLSClientConfig: r.authority.Trust(r.clock).Client(own, protocol.Central, ""), ForceAttemptHTTP2: true}
	r.Cleanup(transport.CloseIdleConnections)
	return caller{r, &http.Client{Transport: transport}}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
}

// holder makes a certificate without enrolling.
func (r *rig) holder(role protocol.Role, name string) *tls.Certificate {
	r.Helper()
	key := newKey(r)
	c := must(r.authority.Issue(r.clock(), authority.Grant{Role: role, Name: name, Key: key.Public()}))(r)
	return &tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key, Leaf: c}
}

func (r *rig) as(role protocol.Role, name string) caller { return r.caller(r.holder(role, name)) }

// An answer is what came of a request.
type answer struct {
	status int
	kind   string // of a problem
	body   []byte
}

func (c caller) send(method, path string, body io.Reader) answer {
	c.r.Helper()
	q := must(http.NewRequest(method, "https://"+c.r.address+path, body))(c.r)
	resp := must(c.client.Do(q))(c.r)
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, body: must(io.ReadAll(resp.Body))(c.r)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), protocol.ProblemMedia) {
		var p protocol.Problem
		if err := json.Unmarshal(a.body, &p); err != nil || p.Status != a.status {
			c.r.Errorf("a problem that is none: %s", a.body)
		}
		a.kind = p.Type
	}
	return a
}

func (c caller) get(path string) answer { c.r.Helper(); return c.send("GET", path, nil) }

func (c caller) post(path string, message any) answer {
	c.r.Helper()
	return c.send("POST", path, bytes.NewReader(must(json.Marshal(message))(c.r)))
}

// want fails the test unless an answer is a problem of a kind.
func (a answer) want(t testing.TB, what string, status int, kind string) {
	t.Helper()
	if a.status != status || a.kind != kind {
		t.Errorf("%s: %d %s %s, want %d %s", what, a.status, a.kind, a.body, status, kind)
	}
}

// read reads an answer that is none of a problem.
func read[T any](t testing.TB, a answer) (v T) {
	t.Helper()
	if a.status/100 != 2 {
		t.Fatalf("the answer is %d %s", a.status, a.body)
	}
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("the answer is %s: %v", a.body, err)
	}
	return v
}

// request makes a PKCS #10 with some name.
func request(t testing.TB, key crypto.Signer) string {
	t.Helper()
	der := must(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{"fleet", "mallory"}}, key))(t)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

func (r *rig) code(name, site string) string {
	r.Helper()
	return must(r.inventory.NewCode(r.clock(), name, site, devices.CodeLife, true))(r)
}

// pair joins a key with the certificate that was made for it.
func (r *rig) pair(key crypto.Signer, c protocol.Certificate) *tls.Certificate {
	r.Helper()
	block, _ := pem.Decode([]byte(c.Certificate))
	if block == nil {
		r.Fatalf("no certificate: %+v", c)
	}
	return &tls.Certificate{Certificate: [][]byte{block.Bytes}, PrivateKey: key, Leaf: must(x509.ParseCertificate(block.Bytes))(r)}
}

// enrol enrols a device as it does itself.
func (r *rig) enrol(name, site string) *tls.Certificate {
	r.Helper()
	key := newKey(r)
	made := r.caller(nil).post(protocol.EnrolPath, protocol.EnrolRequest{Code: r.code(name, site), Request: request(r, key)})
	return r.pair(key, read[protocol.Certificate](r, made))
}

func (r *rig) status(name string, releases ...uint64) protocol.Status {
	s := protocol.Status{Device: name, Software: "1.0", Clock: r.clock(), Started: r.clock(), Ready: true}
	for _, release := range releases {
		s.Lists = append(s.Lists, protocol.Held{
			Name: "sltd", Release: release, Root: "abcd", State: "fresh", Issued: r.clock().Add(-time.Hour), Checked: r.clock().Add(-time.Minute),
		})
	}
	return s
}
