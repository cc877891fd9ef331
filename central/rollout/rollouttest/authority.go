package rollouttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"portcullis/central/rollout/push"
	"portcullis/protocol"
)

// An Authority issues certificates.
type Authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority makes an authority.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{t: t}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().AddDate(-5, 0, 0), NotAfter: time.Now().AddDate(5, 0, 0),
	}
	a.cert, a.key = a.make(template, template)
	return a
}

// make signs a certificate with a new key, or with its own the first time.
func (a *Authority) make(template, parent *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(a.t, err)
	signer := key
	if a.key != nil {
		signer = a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	must(a.t, err)
	cert, err := x509.ParseCertificate(der)
	must(a.t, err)
	return cert, key
}

// Issue issues a certificate that counts between two times.
func (a *Authority) Issue(role protocol.Role, name string, from, to time.Time) tls.Certificate {
	a.t.Helper()
	cert, key := a.make(&x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), URIs: []*url.URL{role.URI(name)}, NotBefore: from, NotAfter: to,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

// Valid issues a certificate that counts now.
func (a *Authority) Valid(role protocol.Role, name string) tls.Certificate {
	return a.Issue(role, name, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
}

// Pool returns the authority as one to believe.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// Tool returns the identity of a fleet tool.
func (a *Authority) Tool() push.Identity {
	return push.Identity{Certificate: a.Valid(protocol.Fleet, "tool"), Authorities: a.Pool()}
}

// Files writes a fleet tool's certificate, its key and the authority as PEM
// files, and returns their paths.
func (a *Authority) Files(dir string) (certificate, key, authorities string) {
	a.t.Helper()
	own := a.Valid(protocol.Fleet, "tool")
	der, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	must(a.t, err)
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		must(a.t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	return write("tool.pem", "CERTIFICATE", own.Certificate[0]), write("tool.key", "PRIVATE KEY", der), write("authority.pem", "CERTIFICATE", a.cert.Raw)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
