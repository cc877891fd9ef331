package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portcullis/cache/list"
	"portcullis/central/query"
	"portcullis/central/query/journal"
	"portcullis/protocol"
)

// onePassport is a list of one stolen passport.
type onePassport struct{}

var stolenPassport = query.Record{Key: "1", Class: list.Passport, Issuer: "UTO", Status: list.Stolen, Owner: "UTO", Country: "D"}

func (onePassport) Find(_ context.Context, q query.Question, _ int) ([]query.Record, error) {
	if q == (query.Question{Number: "UT12345", Class: list.Passport, Issuer: "UTO"}) {
		return []query.Record{stolenPassport}, nil
	}
	return nil, nil
}

func (onePassport) Record(context.Context, string) (query.Record, error) { return stolenPassport, nil }

// files are those of who asks, and where the log of who answers lies.
type files struct{ dir, ca, cert, key, log, logKey string }

// certify writes the files of an authority and of a certificate for who asks,
// and returns the server's side.
func certify(t *testing.T, f *files, server protocol.Role) *tls.Config {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	caKey, ca := makeCertificate(t, template, template, nil)
	certificate := func(uri *url.URL) (*ecdsa.PrivateKey, *x509.Certificate) {
		return makeCertificate(t, &x509.Certificate{
			SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour), URIs: []*url.URL{uri}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		}, ca, caKey)
	}
	key, cert := certificate(protocol.Query.URI("customs"))
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	f.ca, f.cert, f.key = filepath.Join(f.dir, "ca.pem"), filepath.Join(f.dir, "crt.pem"), filepath.Join(f.dir, "key.pem")
	for name, block := range map[string]*pem.Block{
		f.ca: {Type: "CERTIFICATE", Bytes: ca.Raw}, f.cert: {Type: "CERTIFICATE", Bytes: cert.Raw}, f.key: {Type: "PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	serverKey, serverCert := certificate(server.URI("central"))
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{serverCert.Raw}, PrivateKey: serverKey}},
		ClientCAs:    pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13,
	}
}

func makeCertificate(t *testing.T, template, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if signer == nil {
		signer = key
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

// serveTLS serves a handler as a central service, or as another role.
func serveTLS(t *testing.T, f *files, role protocol.Role, h http.Handler) (address string) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.TLS = certify(t, f, role)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// typed runs the program.
func typed(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = execute(t.Context(), args, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

func (f *files) search(t *testing.T, address, number string, more ...string) (code int, stdout, stderr string) {
	t.Helper()
	args := []string{"query", "search", "--url", address, "--cert", f.cert, "--key", f.key, "--ca", f.ca, "--number", "-", "--issuer", "UTO", "--type", "P"}
	return typed(t, number, append(args, more...)...)
}

// queried starts a service that keeps its log.
func queried(t *testing.T) (f files, address string) {
	t.Helper()
	f = files{dir: t.TempDir()}
	f.log, f.logKey = filepath.Join(f.dir, "log"), filepath.Join(f.dir, "log.key")
	if code, _, stderr := typed(t, "", "query", "log", "key", f.logKey); code != 0 {
		t.Fatal(stderr)
	}
	key, err := journal.ReadKey(f.logKey)
	if err != nil {
		t.Fatal(err)
	}
	l, err := journal.Open(f.log, key, journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s, err := query.New(query.Options{
		Lists: map[string]query.Records{"sltd": onePassport{}}, Log: l,
		Scopes: query.Scopes{"query/customs": {Lists: []string{"sltd"}, Classes: []list.Class{list.Passport}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return f, serveTLS(t, &f, protocol.Central, s.Handler())
}

func TestQuerySearchTellsByItsExitCode(t *testing.T) {
	f, address := queried(t)
	for _, c := range []struct {
		name, number string
		more         []string
		code         int
		out, err     string
	}{
		{"listed", "ut-12345\n", nil, 20, "stolen         P UTO  owner UTO", ""},
		{"listed, with details", "UT12345", []string{"--details"}, 20, "country    D", ""},
		{"listed, as JSON", "UT12345", []string{"--json", "--details"}, 20, `"country_of_theft":"D"`, ""},
		{"not listed", "UT99999\n", nil, 0, "NO_ANSWER: not found", ""},
		{"denied", "UT12345\n", []string{"--type", "V"}, 1, "ACCESS_DENIED", "it is not known whether"},
		{"bad State", "UT12345\n", []string{"--issuer", "U"}, 1, "country_of_registration", "it is not known whether"},
		{"no number", "\n", nil, 1, "", "no number on standard input"},
		{"nobody there", "UT12345\n", []string{"--url", "https://127.0.0.1:1"}, 1, "", "ask central: "},
		{"no TLS", "UT12345\n", []string{"--url", "http://127.0.0.1:1"}, 1, "", "https"},
		{"no certificate", "UT12345\n", []string{"--cert", f.ca + ".gone"}, 1, "", "read certificate"},
		{"number typed", "UT12345\n", []string{"--number", "UT12345"}, 2, "", "use --number -"},
	} {
		code, stdout, stderr := f.search(t, address, c.number, c.more...)
		if code != c.code || !strings.Contains(stdout, c.out) || !strings.Contains(stderr, c.err) || (c.code%20 == 0) != (stderr == "") {
			t.Errorf("%s: exit %d\n%s%s", c.name, code, stdout, stderr)
		}
		if strings.Contains(stdout+stderr, "12345") {
			t.Errorf("%s: the output tells the number:\n%s%s", c.name, stdout, stderr)
		}
	}
}

// TestQuerySearchBelievesNothingButAnAnswer has something answer that is no
// central service, or one that has gone wrong. None makes a document clean.
func TestQuerySearchBelievesNothingButAnAnswer(t *testing.T) {
	clean := `{"result_code":1,"result_text":"","request_id":"","timestamp":"","found":[]}`
	for name, c := range map[string]struct {
		role   protocol.Role
		status int
		body   string
	}{
		"a device":              {protocol.Device, 200, clean},
		"an error":              {protocol.Central, 500, clean},
		"a redirection":         {protocol.Central, 307, clean},
		"a problem":             {protocol.Central, 429, `{"detail":"too often"}`},
		"an empty object":       {protocol.Central, 200, `{}`},
		"a page":                {protocol.Central, 200, `<html>`},
		"nothing":               {protocol.Central, 200, ``},
		"a hit of nothing":      {protocol.Central, 200, `{"result_code":0,"found":[]}`},
		"clean, but with a hit": {protocol.Central, 200, `{"result_code":1,"found":[{"item_id":"x"}]}`},
		"a code of tomorrow":    {protocol.Central, 200, `{"result_code":8,"found":[]}`},
	} {
		f := files{dir: t.TempDir()}
		address := serveTLS(t, &f, c.role, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/")
			w.WriteHeader(c.status)
			w.Write([]byte(c.body))
		}))
		if code, stdout, stderr := f.search(t, address, "UT12345"); code != exitFailed || stderr == "" {
			t.Errorf("%s: exit %d\n%s%s", name, code, stdout, stderr)
		}
	}
}

func TestQueryLogFindsWhoAsked(t *testing.T) {
	f, address := queried(t)
	f.search(t, address, "UT12345", "--details", "--reference", "lane 7")
	f.search(t, address, "UT99999")
	on := []string{"--log", f.log, "--key", f.logKey}

	code, stdout, stderr := typed(t, "ut 12345\n", append([]string{"query", "log", "find", "--number", "-"}, on...)...)
	if code != 0 || strings.Count(stdout, "portcullis://query/customs") != 2 || !strings.Contains(stdout, "lane 7") || !strings.Contains(stdout, "2 consultations") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, _ = typed(t, "UT99999", append([]string{"query", "log", "find", "--number", "-", "--json"}, on...)...)
	if code != 0 || !strings.HasPrefix(stdout, `{"seq":4,"time":"`) || !strings.Contains(stdout, `"code":1`) || strings.Count(stdout, "\n") != 1 {
		t.Errorf("exit %d\n%s", code, stdout)
	}

	code, stdout, _ = typed(t, "", append([]string{"query", "log", "verify"}, on...)...)
	_, head, ok := strings.Cut(strings.TrimSpace(stdout), "\nhead ")
	if code != 0 || !ok || !strings.Contains(stdout, "whole: 4 entries, 1 to 4") {
		t.Errorf("exit %d\n%s", code, stdout)
	}
	if code, _, stderr := typed(t, "", append([]string{"query", "log", "verify", "--json", "--remembered", head}, on...)...); code != 0 {
		t.Errorf("a remembered head: exit %d\n%s", code, stderr)
	}
	if code, _, _ := typed(t, "", append([]string{"query", "log", "verify", "--remembered", "9" + head}, on...)...); code != exitFailed {
		t.Errorf("a head of another log: exit %d", code)
	}

	name, _ := filepath.Glob(filepath.Join(f.log, "*.jsonl"))
	data, err := os.ReadFile(name[0])
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(name[0], bytes.Replace(data, []byte("lane 7"), []byte("lane 8"), 1), 0o600)
	for _, verb := range [][]string{{"verify"}, {"find", "--number", "-"}} {
		if code, _, stderr := typed(t, "UT12345", append(append([]string{"query", "log"}, verb...), on...)...); code != exitFailed || !strings.Contains(stderr, "log damaged") {
			t.Errorf("%v: exit %d\n%s", verb, code, stderr)
		}
	}
}
