package identity

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"portcullis/protocol"
)

// A Pin says which authority a device believes before it has an identity.
type Pin struct {
	authorities []*x509.Certificate
	sha256      string
}

// PinCertificate pins the authority whose certificate this is, in PEM.
func PinCertificate(text []byte) (Pin, error) {
	all, err := parseCertificates(text)
	if err != nil {
		return Pin{}, fmt.Errorf("read authority: %w", err)
	}
	return Pin{authorities: all}, nil
}

// PinFingerprint pins the authority whose certificate has this SHA-256, in hex
// with or without colons. Central must show that certificate with its own.
func PinFingerprint(text string) (Pin, error) {
	text = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(text), ":", ""))
	if raw, err := hex.DecodeString(text); err != nil || len(raw) != 32 {
		return Pin{}, errors.New("read fingerprint: it is not a SHA-256 of 64 digits of hex")
	}
	return Pin{sha256: text}, nil
}

// among returns the pinned authorities, which central may have shown.
func (p Pin) among(shown []*x509.Certificate) []*x509.Certificate {
	if p.sha256 == "" {
		return p.authorities
	}
	return slices.DeleteFunc(slices.Clone(shown), func(c *x509.Certificate) bool { return !c.IsCA || Fingerprint(c) != p.sha256 })
}

// Enrol gets the device its first certificate, or another one, for a code that
// central has given out for it. The code is sent to nobody but who has a
// certificate of the pinned authority for central. What the device was before
// stays until it is something else.
func (i *Identity) Enrol(ctx context.Context, central string, pin Pin, code string) error {
	var pinned *x509.Certificate
	transport := newTransport(&tls.Config{
		MinVersion:         tls.VersionTLS13,
		InsecureSkipVerify: true, // VerifyConnection does it, by another time
		VerifyConnection: func(c tls.ConnectionState) (err error) {
			pinned, err = believeCentral(c.PeerCertificates, pin.among(c.PeerCertificates), i.Floor())
			return err
		},
	})
	defer transport.CloseIdleConnections()
	key, request, err := newRequest()
	if err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	var reply protocol.Certificate
	err = ask(ctx, transport, central, protocol.EnrolPath, protocol.EnrolRequest{Code: strings.TrimSpace(code), Request: request}, &reply)
	if err == nil {
		err = i.adopt(key, reply, []*x509.Certificate{pinned})
	}
	if err == nil {
		err = Forget(i.Dir) // what a device of before has left
	}
	if err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	return nil
}

// Renew gets the device a new certificate, for a new key.
func (i *Identity) Renew(ctx context.Context, central string) error {
	old, err := i.current()
	if err != nil {
		return err
	}
	key, request, err := newRequest()
	if err != nil {
		return fmt.Errorf("renew certificate: %w", err)
	}
	var reply protocol.Certificate
	err = i.Ask(ctx, central, protocol.RenewPath, protocol.RenewRequest{Request: request}, &reply)
	if err == nil && reply.Name != old.Name {
		err = errors.New("central answers with a certificate for another device")
	}
	if err == nil {
		err = i.adopt(key, reply, old.authorities)
	}
	if err != nil {
		return fmt.Errorf("renew certificate: %w", err)
	}
	return nil
}

// newRequest makes a key and asks for a certificate for it. Who the device is
// decides central, so the request names nobody.
func newRequest() (*ecdsa.PrivateKey, string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, "", err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return nil, "", err
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})), nil
}

// adopt makes the device be what a certificate says. One of the authorities that
// it has believed so far must stay: it is by them that central was recognised.
func (i *Identity) adopt(key *ecdsa.PrivateKey, c protocol.Certificate, believed []*x509.Certificate) error {
	name, err := keyName(key)
	if err != nil {
		return err
	}
	r := record{Name: c.Name, Certificate: c.Certificate, Authorities: c.Authorities, Renew: c.Renew, Key: name}
	h, err := r.hold(key)
	if err != nil {
		return fmt.Errorf("what central answers cannot be used: %w", err)
	}
	if !slices.ContainsFunc(h.authorities, func(a *x509.Certificate) bool { return slices.ContainsFunc(believed, a.Equal) }) {
		return errors.New("what central answers cannot be used: none of its authorities is one that the device believes")
	}
	return i.store(h, key)
}

// store makes an identity lie on the disk, and then destroys the key of the one
// before.
func (i *Identity) store(h *held, key *ecdsa.PrivateKey) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	_ = i.load() // to know which key is the old one; there may be none
	before := i.held
	raw, err := key.Bytes()
	if err != nil {
		return err
	}
	defer clear(raw)
	if err := i.Vault.Keep(h.Key, [32]byte(raw)); err != nil {
		return err
	}
	if h.file, err = json.Marshal(h.record); err != nil {
		return err
	}
	if err := writeFile(i.path(recordFile), h.file); err != nil {
		return fmt.Errorf("write identity: %w", err)
	}
	i.use(h)
	if before != nil && before.Key != h.Key {
		return i.Vault.Drop(before.Key)
	}
	return nil
}
