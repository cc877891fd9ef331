package authority_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"testing"
	"time"

	"portcullis/central/authority"
	"portcullis/protocol"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newAuthority(t *testing.T) (*authority.Authority, string) {
	t.Helper()
	dir := t.TempDir()
	if err := authority.Init(dir, "utopia", noon); err != nil {
		t.Fatal(err)
	}
	return open(t, dir), dir
}

func open(t *testing.T, dir string) *authority.Authority {
	t.Helper()
	a := must(authority.Open(dir))(t)
	t.Cleanup(func() { a.Close() })
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
}

// request makes a PKCS #10 that asks to be called by a name.
func request(t *testing.T, key crypto.Signer, name string) string {
	t.Helper()
	der := must(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
	}, key))(t)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

func issue(t *testing.T, a *authority.Authority, now time.Time, role protocol.Role, name string, hosts ...string) *tls.Certificate {
	t.Helper()
	key := newKey(t)
	c := must(a.Issue(now, authority.Grant{Role: role, Name: name, Key: key.Public(), Hosts: hosts}))(t)
	return &tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key, Leaf: c}
}

// at is a clock that stands.
func at(t time.Time) func() time.Time { return func() time.Time { return t } }

func client(tr authority.Trust, c *tls.Certificate) (authority.Holder, error) {
	return tr.Holder([]*x509.Certificate{c.Leaf}, x509.ExtKeyUsageClientAuth)
}
