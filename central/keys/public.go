package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

const publicType = "PUBLIC KEY"

// A Public is the public half of a role key, and its ID as TUF has it: the
// SHA-256 of its canonical form, in hexadecimal digits.
type Public struct {
	ID  string
	Key crypto.PublicKey
}

// NewPublic names a key. It may be of ed25519, or of ECDSA on P-256, which
// tokens without ed25519 offer.
func NewPublic(key crypto.PublicKey) (Public, error) {
	switch k := key.(type) {
	case ed25519.PublicKey:
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return Public{}, errors.New("keys: name key: not on P-256")
		}
	default:
		return Public{}, errors.New("keys: name key: neither ed25519 nor ECDSA")
	}
	tuf, err := metadata.KeyFromPublicKey(key)
	if err != nil {
		return Public{}, fmt.Errorf("keys: name key: %w", err)
	}
	id, err := tuf.ID()
	return Public{ID: id, Key: key}, err
}

// ParsePublic reads a public key in PEM, as [Public.PEM] and openssl write it.
func ParsePublic(text []byte) (Public, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != publicType {
		return Public{}, errors.New("keys: read public key: not a public key in PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return Public{}, errors.New("keys: read public key: damaged")
	}
	return NewPublic(key)
}

// PEM is the key as a file holds it.
func (p Public) PEM() ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(p.Key)
	if err != nil {
		return nil, fmt.Errorf("keys: write public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: publicType, Bytes: der}), nil
}

// Short is how people tell keys apart: the first digits of the ID.
func (p Public) Short() string { return p.ID[:shortID] }

const shortID = 16
