package push

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"portcullis/protocol"
)

// Grace is how long after its end a device's certificate is still believed:
// devices come back from months in which they were off. What was revoked is in
// no inventory.
const Grace = 365 * 24 * time.Hour

// An Identity is what a fleet tool shows, and whom it believes.
type Identity struct {
	Certificate tls.Certificate
	Authorities *x509.CertPool
	Now         func() time.Time // nil is the clock
}

// ReadIdentity reads PEM files: a certificate, its key, and the authorities.
func ReadIdentity(certificate, key, authorities string) (Identity, error) {
	own, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return Identity{}, fmt.Errorf("read certificate: %w", err)
	}
	pem, err := os.ReadFile(authorities)
	if err != nil {
		return Identity{}, fmt.Errorf("read authorities: %w", err)
	}
	id := Identity{Certificate: own, Authorities: x509.NewCertPool()}
	if !id.Authorities.AppendCertsFromPEM(pem) {
		return Identity{}, fmt.Errorf("read authorities %s: no certificate is in it", authorities)
	}
	return id, nil
}

// A CertificateError says why the certificate of the other end is not believed.
type CertificateError struct {
	Reason string // certificate-foreign, certificate-ended or certificate-other
	Err    error
}

// Error tells the reason and the cause.
func (e *CertificateError) Error() string { return e.Reason + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *CertificateError) Unwrap() error { return e.Err }

// check reports whether a certificate is one of a holder with this role and,
// unless empty, name. Signatures are checked as of when it began, and its end
// apart, because a device may be late to renew it.
func (i Identity) check(shown []*x509.Certificate, role protocol.Role, name string) error {
	if len(shown) == 0 {
		return &CertificateError{ReasonForeign, errors.New("none is shown")}
	}
	leaf, between := shown[0], x509.NewCertPool()
	for _, c := range shown[1:] {
		between.AddCert(c)
	}
	options := x509.VerifyOptions{Roots: i.Authorities, Intermediates: between, CurrentTime: leaf.NotBefore, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if _, err := leaf.Verify(options); err != nil {
		return &CertificateError{ReasonForeign, err}
	}
	if r, n, ok := protocol.Holder(leaf.URIs); !ok || r != role || name != "" && n != name {
		return &CertificateError{ReasonOther, fmt.Errorf("it is not one of %s %s", role, name)}
	}
	now, grace := time.Now(), time.Duration(0)
	if i.Now != nil {
		now = i.Now()
	}
	if role == protocol.Device {
		grace = Grace
	}
	if now.Before(leaf.NotBefore.Add(-time.Hour)) || now.After(leaf.NotAfter.Add(grace)) {
		return &CertificateError{ReasonEnded, fmt.Errorf("it counts from %s to %s", leaf.NotBefore.Format(time.DateOnly), leaf.NotAfter.Format(time.DateOnly))}
	}
	return nil
}

// Client returns an HTTP client that believes just one holder: a name, or with
// none, any of that role. Its idle connections are to be closed.
func (i Identity) Client(role protocol.Role, name string) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			MaxIdleConns: 1,
			TLSClientConfig: &tls.Config{
				MinVersion:         tls.VersionTLS13,
				Certificates:       []tls.Certificate{i.Certificate},
				InsecureSkipVerify: true, // VerifyConnection does it: names are not hosts
				VerifyConnection: func(s tls.ConnectionState) error {
					return i.check(s.PeerCertificates, role, name)
				},
			},
		},
		// A device refers to no one else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
