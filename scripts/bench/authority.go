package main

import (
	"crypto/tls"
	"crypto/x509"
	"time"

	"portcullis/central/authority"
	"portcullis/protocol"
)

// An issuer gives the ends of a connection their certificates.
type issuer struct{ *authority.Authority }

func beginAuthority(dir string) (issuer, error) {
	if err := authority.Init(dir, "bench", time.Now().Add(-time.Hour)); err != nil {
		return issuer{}, err
	}
	a, err := authority.Open(dir)
	return issuer{a}, err
}

// certificate returns the certificate of a holder, with its key.
func (i issuer) certificate(role protocol.Role, name string) (tls.Certificate, error) {
	source, err := i.Self(time.Now, authority.Grant{Role: role, Name: name, Hosts: []string{"127.0.0.1"}})
	if err != nil {
		return tls.Certificate{}, err
	}
	c, err := source()
	if err != nil {
		return tls.Certificate{}, err
	}
	return *c, nil
}

func (i issuer) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(i.Root())
	return pool
}
