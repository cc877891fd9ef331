package identity

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"portcullis/protocol"
)

// anchor returns the authority that a chain leads to, at a time that is no
// earlier than any of its certificates: see the package's comment on time.
func anchor(chain, authorities []*x509.Certificate, usage x509.ExtKeyUsage, at time.Time) (*x509.Certificate, error) {
	if len(chain) == 0 {
		return nil, errors.New("no certificate was shown")
	}
	between := x509.NewCertPool()
	for _, c := range chain {
		at = latest(at, c.NotBefore)
		between.AddCert(c)
	}
	var err error
	for _, a := range authorities {
		root := x509.NewCertPool()
		root.AddCert(a)
		_, err = chain[0].Verify(x509.VerifyOptions{
			Roots: root, Intermediates: between, CurrentTime: latest(at, a.NotBefore), KeyUsages: []x509.ExtKeyUsage{usage},
		})
		if err == nil {
			return a, nil
		}
	}
	return nil, fmt.Errorf("no authority that the device believes vouches for the certificate: %w", err)
}

// believeCentral checks that the other end is central.
func believeCentral(chain, authorities []*x509.Certificate, floor time.Time) (*x509.Certificate, error) {
	a, err := anchor(chain, authorities, x509.ExtKeyUsageServerAuth, floor)
	if err != nil {
		return nil, err
	}
	if role, _, ok := protocol.Holder(chain[0].URIs); !ok || role != protocol.Central {
		return nil, errors.New("the certificate is not one of central")
	}
	return a, nil
}

// clientTLS is the device's end of a connection to central. It is the role in
// central's certificate that is checked, and not the name of a host: no other
// holder of a certificate is central, wherever it answers.
func (i *Identity) clientTLS() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS13,
		InsecureSkipVerify: true, // VerifyConnection does it, by another time
		VerifyConnection: func(c tls.ConnectionState) error {
			h, err := i.current()
			if err != nil {
				return err
			}
			_, err = believeCentral(c.PeerCertificates, h.authorities, i.Floor())
			return errors.Join(err, i.unrevoked(c.PeerCertificates))
		},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			h, err := i.current()
			if err != nil {
				return nil, err
			}
			return &h.shown, nil
		},
	}
}

// ServerTLS is the device's end of connections that come to it. Whoever comes
// must show a certificate of an authority that the device believes; which role
// may do what is the server's affair.
func (i *Identity) ServerTLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		ClientAuth: tls.RequireAnyClientCert,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			h, err := i.current()
			if err != nil {
				return nil, err
			}
			return &h.shown, nil
		},
		VerifyConnection: func(c tls.ConnectionState) error {
			h, err := i.current()
			if err != nil {
				return err
			}
			_, err = anchor(c.PeerCertificates, h.authorities, x509.ExtKeyUsageClientAuth, i.now())
			return errors.Join(err, i.unrevoked(c.PeerCertificates))
		},
	}
}

func newTransport(c *tls.Config) *http.Transport {
	return &http.Transport{
		TLSClientConfig: c, ForceAttemptHTTP2: true, MaxIdleConns: 2, IdleConnTimeout: time.Minute,
		TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 20 * time.Second, MaxResponseHeaderBytes: 16 << 10,
	}
}
