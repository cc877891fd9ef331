package authority

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"portcullis/protocol"
)

// Life is how long certificates are good for that no one asks otherwise of.
const Life = 90 * day

// ErrBarred means that a holder gets no certificates.
var ErrBarred = errors.New("it is barred")

// A Grant is what a certificate is to say.
type Grant struct {
	Role  protocol.Role
	Name  string
	Key   crypto.PublicKey
	Life  time.Duration // 0 is Life
	Hosts []string      // host names and addresses of a server
	After string        // serial number of the holder's certificate that this follows on, and that must count; "" for none
}

// Issue makes a certificate, unless its holder is barred, or the certificate
// that it follows on is revoked.
func (a *Authority) Issue(now time.Time, g Grant) (*x509.Certificate, error) {
	template, err := a.template(now, g)
	if err != nil {
		return nil, fmt.Errorf("issue certificate: %w", err)
	}
	key, err := KeyID(g.Key)
	if err != nil {
		return nil, fmt.Errorf("issue certificate: %w", err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, g.Key, a.key)
	if err != nil {
		return nil, fmt.Errorf("issue certificate: %w", err)
	}
	err = a.journal.append(func(s *state) ([]event, error) {
		who := holder{g.Role, g.Name}
		switch {
		case s.barred[who]:
			return nil, ErrBarred
		case g.After != "" && s.isRevoked(who, g.After):
			return nil, ErrRevoked // since it was shown
		}
		return []event{{Event: issued, At: now.UTC(), Role: g.Role, Name: g.Name, Serial: Serial(template), Key: key, Until: template.NotAfter}}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("issue certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

func (a *Authority) template(now time.Time, g Grant) (*x509.Certificate, error) {
	if _, _, ok := protocol.Holder([]*url.URL{g.Role.URI(g.Name)}); !ok {
		return nil, fmt.Errorf("%s %q is no role and name of a holder", g.Role, g.Name)
	}
	if err := checkKey(g.Key); err != nil {
		return nil, err
	}
	if g.Life == 0 {
		g.Life = Life
	}
	t := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: g.Name}, URIs: []*url.URL{g.Role.URI(g.Name)},
		NotBefore: now.Add(-early).UTC().Truncate(time.Second), NotAfter: now.Add(g.Life).UTC().Truncate(time.Second),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true,
	}
	if g.Role == protocol.Device || g.Role == protocol.Central {
		t.ExtKeyUsage = append(t.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	for _, h := range g.Hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	if t.NotAfter.After(a.root.NotAfter) {
		t.NotAfter = a.root.NotAfter
	}
	if !t.NotAfter.After(now) {
		return nil, errors.New("it would have ended already")
	}
	return t, nil
}

// Serial returns how this package writes the number of a certificate.
func Serial(c *x509.Certificate) string { return c.SerialNumber.Text(16) }

// Renew returns when the holder of a certificate has to ask for the next: after
// two thirds of its time.
func Renew(c *x509.Certificate) time.Time {
	return c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) / 3 * 2)
}

// PEM returns a certificate in PEM.
func PEM(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: c.Raw}))
}
