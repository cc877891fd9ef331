// Package identitytest is the other end for tests of a device's identity: an
// authority, and a central that speaks real TLS on the loopback.
package identitytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"testing"
	"time"

	"portcullis/protocol"
)

// An Authority gives out certificates.
type Authority struct {
	Certificate *x509.Certificate
	PEM         string
	key         *ecdsa.PrivateKey
}

// NewAuthority returns an authority whose certificate is valid from a time on,
// for ten years.
func NewAuthority(t testing.TB, from time.Time) *Authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &Authority{key: key}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "authority"}, NotBefore: from, NotAfter: from.AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err == nil {
		a.Certificate, err = x509.ParseCertificate(der)
	}
	if err != nil {
		t.Fatal(err)
	}
	a.PEM = encode(der)
	return a
}

func encode(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err)
	}
	return n
}

// Sign returns a certificate in DER.
func (a *Authority) Sign(public any, role protocol.Role, name string, from, until time.Time) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: serial(), NotBefore: from, NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	template.URIs = append(template.URIs, role.URI(name))
	return x509.CreateCertificate(rand.Reader, template, a.Certificate, public, a.key)
}

// Issue returns a certificate with a new key. The authority's own stands behind
// it, for whoever knows but its fingerprint.
func (a *Authority) Issue(t testing.TB, role protocol.Role, name string, from, until time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := a.Sign(key.Public(), role, name, from, until)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der, a.Certificate.Raw}, PrivateKey: key, Leaf: leaf}
}

// Answer returns a device's certificate for a request.
func (a *Authority) Answer(request, name string, from, until time.Time) (protocol.Certificate, error) {
	block, _ := pem.Decode([]byte(request))
	if block == nil {
		return protocol.Certificate{}, errors.New("the request is not PEM")
	}
	r, err := x509.ParseCertificateRequest(block.Bytes)
	if err == nil {
		err = r.CheckSignature()
	}
	if err != nil {
		return protocol.Certificate{}, err
	}
	der, err := a.Sign(r.PublicKey, protocol.Device, name, from, until)
	renew := from.Add(until.Sub(from) / 3 * 2)
	return protocol.Certificate{Name: name, Certificate: encode(der), Authorities: a.PEM, Renew: renew}, err
}
