package authority

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"portcullis/protocol"
)

// Grace is how long after its end a device's certificate is still good for
// reporting and for getting the next one: devices come back from months in
// which they were off.
const Grace = 365 * day

// Why a certificate does not count. Foreign is anything but one of ours.
var (
	ErrForeign = errors.New("no certificate of this authority")
	ErrEnded   = errors.New("the certificate has ended")
	ErrRevoked = errors.New("the certificate is revoked")
)

// A Holder is whom a certificate names.
type Holder struct {
	Role   protocol.Role
	Name   string
	Serial string
	Until  time.Time
}

// A Trust says whose certificates count. The zero value trusts no one.
type Trust struct {
	Root *x509.Certificate

	// Now is the time that certificates are checked at. Nil is the clock.
	Now func() time.Time

	// Grace is how long a device's certificate counts after its end.
	Grace time.Duration

	// Revoked reports whether a holder's certificate does not count any more.
	// Nil is never: who cannot know relies on certificates being short-lived.
	Revoked func(Holder) (bool, error)
}

// Trust returns what the authority itself goes by.
func (a *Authority) Trust(now func() time.Time) Trust {
	return Trust{Root: a.root, Now: now, Grace: Grace, Revoked: func(h Holder) (is bool, err error) {
		err = a.journal.view(func(s *state) { is = s.isRevoked(holder{h.Role, h.Name}, h.Serial) })
		return is, err
	}}
}

// Holder checks a certificate that was shown for a usage. With ErrRevoked and
// ErrEnded the holder is returned all the same: the certificate was its own.
// One that is revoked and has ended is revoked.
func (t Trust) Holder(shown []*x509.Certificate, usage x509.ExtKeyUsage) (Holder, error) {
	if len(shown) == 0 || t.Root == nil {
		return Holder{}, ErrForeign
	}
	leaf := shown[0]
	roots := x509.NewCertPool()
	roots.AddCert(t.Root)
	// Signature and usage are checked at the time when the certificate began;
	// whether it has ended is judged below.
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: leaf.NotBefore, KeyUsages: []x509.ExtKeyUsage{usage}}); err != nil {
		return Holder{}, fmt.Errorf("%w: %w", ErrForeign, err)
	}
	role, name, ok := protocol.Holder(leaf.URIs)
	if !ok {
		return Holder{}, fmt.Errorf("%w: it names no holder", ErrForeign)
	}
	h := Holder{Role: role, Name: name, Serial: Serial(leaf), Until: leaf.NotAfter}
	if t.Revoked != nil {
		switch is, err := t.Revoked(h); {
		case err != nil:
			return Holder{}, err
		case is:
			return h, ErrRevoked
		}
	}
	return h, t.checkTime(leaf, role)
}

func (t Trust) checkTime(leaf *x509.Certificate, role protocol.Role) error {
	now := time.Now()
	if t.Now != nil {
		now = t.Now()
	}
	end := leaf.NotAfter
	if role == protocol.Device {
		end = end.Add(t.Grace)
	}
	switch {
	case now.Before(leaf.NotBefore):
		return fmt.Errorf("%w: it has yet to begin", ErrEnded)
	case now.After(end) || now.After(t.Root.NotAfter):
		return ErrEnded
	}
	return nil
}

// A Source gives the certificate that its holder shows.
type Source func() (*tls.Certificate, error)

// Server returns the settings of a server that shows its own certificate. Of
// its clients it wants one of these roles; without roles it lets anyone
// connect, and who asks must be checked by Holder for each request.
func (t Trust) Server(own Source, roles ...protocol.Role) *tls.Config {
	c := &tls.Config{
		MinVersion: tls.VersionTLS13, Time: t.Now, ClientAuth: tls.RequestClientCert, ClientCAs: t.pool(),
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return own() },
	}
	if len(roles) > 0 {
		c.VerifyConnection = func(s tls.ConnectionState) error {
			h, err := t.Holder(s.PeerCertificates, x509.ExtKeyUsageClientAuth)
			if err == nil && !slices.Contains(roles, h.Role) {
				err = fmt.Errorf("the role %s may not connect", h.Role)
			}
			return err
		}
	}
	return c
}

// Client returns the settings of a client that wants a server of this role and
// name. Without a name the server is known by the host that it is called by. A
// nil own shows no certificate.
func (t Trust) Client(own Source, role protocol.Role, name string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Time: t.Now,
		// Of a server with a name of ours VerifyConnection checks all. Of others
		// the host is checked as everywhere: only there an address is known.
		InsecureSkipVerify: name != "", RootCAs: t.pool(),
		VerifyConnection: func(s tls.ConnectionState) error {
			h, err := t.Holder(s.PeerCertificates, x509.ExtKeyUsageServerAuth)
			switch {
			case err != nil:
				return err
			case h.Role != role:
				return fmt.Errorf("the server has the role %s, not %s", h.Role, role)
			case name != "" && h.Name != name:
				return errors.New("the server has another name")
			}
			return nil
		},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if own == nil {
				return new(tls.Certificate), nil
			}
			return own()
		},
	}
}

func (t Trust) pool() *x509.CertPool {
	p := x509.NewCertPool()
	if t.Root != nil {
		p.AddCert(t.Root)
	}
	return p
}
