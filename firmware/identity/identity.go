package identity

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"sync"
	"time"
)

// A Vault keeps secrets sealed. The ring of package cache/keys is one.
type Vault interface {
	Keep(name string, secret [32]byte) error
	Kept(name string) ([32]byte, error)
	Drop(name string) error
}

// Options say where an identity lies, and what time it is.
type Options struct {
	Dir   string           // the folder of keys
	Vault Vault            // seals the private key
	Clock func() time.Time // time.Now when nil
	Floor func() time.Time // no earlier than this is it, for all that was signed; nil for nothing
}

// ErrNone means that the device was never enrolled.
var ErrNone = errors.New("the device is not enrolled: run portcullis enrol")

// An Identity is the identity of a device, as far as it has one.
type Identity struct {
	Options
	transport *http.Transport

	mu   sync.Mutex // guards what follows
	held *held      // nil: none was loaded

	revoked []string // serial numbers of certificates of others, the last told last
	saved   bool     // they are on the disk, as far as this process knows
}

// held is an identity that can be used.
type held struct {
	record
	file        []byte // that it was loaded from
	leaf        *x509.Certificate
	authorities []*x509.Certificate
	shown       tls.Certificate
}

// Open returns the identity that lies in a folder. That there is none is no
// error: Load tells.
func Open(o Options) *Identity {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Floor == nil {
		o.Floor = func() time.Time { return time.Time{} }
	}
	i := &Identity{Options: o}
	i.transport = newTransport(i.clientTLS())
	i.revoked, _ = loadRevoked(i.path(revokedFile))
	_ = i.Load() // which whoever needs the identity asks again
	return i
}

// Load reads the identity anew, as another process may have enrolled the device.
// What was loaded before stays when there is nothing better.
func (i *Identity) Load() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.load()
}

func (i *Identity) load() error {
	file, err := os.ReadFile(i.path(recordFile))
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNone
	}
	if err != nil {
		return fmt.Errorf("read identity: %w", err)
	}
	if i.held != nil && bytes.Equal(file, i.held.file) {
		return nil
	}
	r, err := parseRecord(file)
	if err != nil {
		return fmt.Errorf("read identity: %w", err)
	}
	key, err := i.key(r.Key)
	if err != nil {
		return fmt.Errorf("open private key of the device: %w", err)
	}
	h, err := r.hold(key)
	if err != nil {
		return fmt.Errorf("read identity: %w", err)
	}
	h.file = file
	i.use(h)
	return nil
}

// use makes an identity the one that is shown from the next connection on.
func (i *Identity) use(h *held) {
	i.held = h
	i.transport.CloseIdleConnections()
}

func (i *Identity) current() (*held, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.held == nil {
		if err := i.load(); err != nil {
			return nil, err
		}
	}
	return i.held, nil
}

// key opens the private key, or what a farewell has left of it.
func (i *Identity) key(name string) (*ecdsa.PrivateKey, error) {
	secret, err := i.Vault.Kept(name)
	if err != nil {
		left, leftErr := os.ReadFile(i.path(farewellFile))
		if leftErr != nil || len(left) != len(secret) {
			return nil, err
		}
		secret = [32]byte(left)
	}
	defer clear(secret[:])
	return ecdsa.ParseRawPrivateKey(elliptic.P256(), secret[:])
}

// now is the later of clock and floor.
func (i *Identity) now() time.Time { return latest(i.Clock(), i.Floor()) }

func latest(times ...time.Time) (last time.Time) {
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// The states of an identity.
const (
	StateNone     = "none"      // the device was never enrolled
	StateValid    = "valid"     // it can be used
	StateRenewDue = "renew-due" // it can be used, and should be renewed
	StateExpired  = "expired"   // it is offered all the same, and central decides
	StateUnusable = "unusable"  // it is there and cannot be opened
)

// A Status is what can be told of an identity.
type Status struct {
	State       string     `json:"state"`
	Problem     string     `json:"problem,omitempty"` // why it is unusable
	Name        string     `json:"name,omitempty"`
	Serial      string     `json:"serial,omitempty"`
	NotBefore   *time.Time `json:"not_before,omitempty"`
	NotAfter    *time.Time `json:"not_after,omitempty"`
	Renew       *time.Time `json:"renew,omitempty"`       // from when on it is renewed
	Authorities []string   `json:"authorities,omitempty"` // SHA-256 of their certificates
}

// Status tells of the identity.
func (i *Identity) Status() Status {
	h, err := i.current()
	if errors.Is(err, ErrNone) {
		return Status{State: StateNone}
	}
	if err != nil {
		return Status{State: StateUnusable, Problem: err.Error()}
	}
	due := h.due()
	s := Status{
		State: StateValid, Name: h.Name, Serial: h.leaf.SerialNumber.Text(16),
		NotBefore: &h.leaf.NotBefore, NotAfter: &h.leaf.NotAfter, Renew: &due,
	}
	switch now := i.now(); {
	case now.After(h.leaf.NotAfter):
		s.State = StateExpired
	case !now.Before(due):
		s.State = StateRenewDue
	}
	for _, a := range h.authorities {
		s.Authorities = append(s.Authorities, Fingerprint(a))
	}
	return s
}

// Name returns the name that the device was enrolled by; "" for none.
func (i *Identity) Name() string {
	h, err := i.current()
	if err != nil {
		return ""
	}
	return h.Name
}

// Fingerprint returns the SHA-256 of a certificate, in hex.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}
