package query_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"portcullis/cache/list"
	"portcullis/central/query"
	"portcullis/central/query/journal"
	"portcullis/protocol"
)

// memory is a list in memory. It can be made to fail.
type memory struct {
	mu      sync.Mutex
	records map[query.Question][]query.Record
	find    func(ctx context.Context) error // before each look-up, if any
}

func (m *memory) fault(ctx context.Context) error {
	if m.find != nil {
		return m.find(ctx)
	}
	return nil
}

func (m *memory) Find(ctx context.Context, q query.Question, most int) ([]query.Record, error) {
	if err := m.fault(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	found := m.records[q]
	return found[:min(len(found), most)], nil
}

func (m *memory) Record(ctx context.Context, key string) (query.Record, error) {
	if err := m.fault(ctx); err != nil {
		return query.Record{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, records := range m.records {
		for _, r := range records {
			if r.Key == key {
				return r, nil
			}
		}
	}
	return query.Record{}, query.ErrGone
}

var (
	number   = "UT-12 345"
	question = query.Question{Number: "UT12345", Class: list.Passport, Issuer: "UTO"}
	stolen   = query.Record{
		Key: "1", Class: list.Passport, Issuer: "UTO", Status: list.Stolen, Owner: "UTO", Country: "D", Reference: "UTO/26/17",
		Date: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), Expires: time.Date(2031, 10, 1, 0, 0, 0, 0, time.UTC),
	}
	notice = query.Record{Key: "n1", Class: list.Passport, Type: "DIP", Issuer: "UTO", Status: list.NoticeRed, Owner: "UTO"}
)

// A world is a service behind TLS, with who may ask it.
type world struct {
	t       testing.TB
	dir     string
	key     journal.Key
	log     *journal.Log
	sltd    *memory
	tdawn   *memory
	now     time.Time
	options query.Options
	ca      *authority
	server  *httptest.Server
}

// newWorld starts a service. Each change is made before it starts.
func newWorld(t testing.TB, changes ...func(*world)) *world {
	t.Helper()
	dir := t.TempDir()
	key, err := journal.NewKey(filepath.Join(dir, "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: filepath.Join(dir, "log"), key: key, ca: newAuthority(t), now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}
	if w.log, err = journal.Open(w.dir, key, journal.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.log.Close() })
	w.sltd = &memory{records: map[query.Question][]query.Record{question: {stolen}}}
	w.tdawn = &memory{records: map[query.Question][]query.Record{}}
	all := []list.Class{list.Passport, list.Identity, list.Visa, list.Other}
	w.options = query.Options{
		Lists: map[string]query.Records{"sltd": w.sltd, "tdawn": w.tdawn},
		Scopes: query.Scopes{
			"query/customs": {Lists: []string{"sltd", "tdawn"}, Classes: all},
			"query/visas":   {Lists: []string{"sltd"}, Classes: []list.Class{list.Visa}},
			"query/lost":    {Lists: []string{"sltd", "gone"}, Classes: all},
			"fleet/customs": {Lists: []string{"sltd"}, Classes: all}, // which is of no use to that role
			"central/*":     {Lists: []string{"sltd"}, Classes: all},
			"device/*":      {Lists: []string{"sltd"}, Classes: all},
		},
		Log: w.log, Now: func() time.Time { return w.now },
	}
	for _, change := range changes {
		change(w)
	}
	s, err := query.New(w.options)
	if err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewUnstartedServer(s.Handler())
	w.server.EnableHTTP2 = true
	w.server.TLS = w.ca.server(t)
	w.server.StartTLS()
	t.Cleanup(w.server.Close)
	return w
}

// as returns a client with a certificate of that role and name.
func (w *world) as(role protocol.Role, name string) *http.Client {
	config := &tls.Config{RootCAs: w.ca.pool(), MinVersion: tls.VersionTLS13}
	if role != "" {
		config.Certificates = []tls.Certificate{w.ca.certificate(w.t, role.URI(name))}
	}
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}}
	w.t.Cleanup(c.CloseIdleConnections)
	return c
}

func (w *world) customs() *http.Client { return w.as(protocol.Query, "customs") }

// post sends a body and returns the answer's status, head and body.
func (w *world) post(c *http.Client, path string, body io.Reader) (*http.Response, []byte) {
	w.t.Helper()
	resp, err := c.Post(w.server.URL+path, "application/json", body)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp, text
}

// search asks and expects an answer.
func (w *world) search(c *http.Client, q protocol.SearchRequest) (reply protocol.SearchReply) {
	w.t.Helper()
	w.ask(c, protocol.SearchPath, q, &reply)
	return reply
}

func (w *world) details(c *http.Client, id string) (reply protocol.DetailsReply) {
	w.t.Helper()
	w.ask(c, protocol.DetailsPath, protocol.DetailsRequest{ID: id}, &reply)
	return reply
}

func (w *world) ask(c *http.Client, path string, q, reply any) {
	w.t.Helper()
	body, err := json.Marshal(q)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, text := w.post(c, path, bytes.NewReader(body))
	if resp.StatusCode != http.StatusOK || json.Unmarshal(text, reply) != nil {
		w.t.Fatalf("%s: %s", resp.Status, text)
	}
}

// entries returns all consultations in the log, without its own entries.
func (w *world) entries() (all []journal.Record) {
	w.t.Helper()
	if _, err := journal.Verify(w.dir, w.key, func(r journal.Record) error {
		if r.Kind != journal.Opened {
			all = append(all, r)
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	return slices.Clip(all)
}

// passport asks for the document that is listed as stolen.
var passport = protocol.SearchRequest{Number: number, IssuingState: "UTO", Type: "P", Reference: "lane 7"}

// clean asks for a document that is on no list.
var clean = protocol.SearchRequest{Number: "UT99999", IssuingState: "UTO", Type: "P"}

// An authority makes certificates.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t testing.TB) *authority {
	a := &authority{}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.key, a.cert = a.make(t, template, nil)
	return a
}

func (a *authority) make(t testing.TB, template, parent *x509.Certificate) (*ecdsa.PrivateKey, *x509.Certificate) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer := a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

func (a *authority) certificate(t testing.TB, uris ...*url.URL) tls.Certificate {
	key, cert := a.make(t, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotAfter: time.Now().Add(time.Hour), URIs: uris, DNSNames: []string{"example.com"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IPAddresses: loopback,
	}, a.cert)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func (a *authority) server(t testing.TB) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{a.certificate(t, protocol.Central.URI("central"))},
		ClientCAs:    a.pool(), ClientAuth: tls.VerifyClientCertIfGiven, MinVersion: tls.VersionTLS13,
	}
}
