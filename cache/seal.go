package cache

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"
)

// A sealer seals values with XChaCha20-Poly1305, which is fast without AES
// instructions, as on the Raspberry Pi 3 and 4, and whose nonces are long
// enough to be drawn at random for ever. Each value is bound to the Badger key
// that it lies under.
type sealer struct{ aead cipher.AEAD }

func newSealer(key [chacha20poly1305.KeySize]byte) (sealer, error) {
	aead, err := chacha20poly1305.NewX(key[:])
	return sealer{aead}, err
}

// seal returns a nonce and what it seals.
func (s sealer) seal(key, value []byte) []byte {
	sealed := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(value)+chacha20poly1305.Overhead)
	rand.Read(sealed)
	return s.aead.Seal(sealed, sealed, value, key)
}

var errSeal = errors.New("the sealed value was damaged, moved or replaced")

// open appends to dst what was sealed under this Badger key.
func (s sealer) open(dst, key, sealed []byte) ([]byte, error) {
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, errSeal
	}
	nonce, box := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	value, err := s.aead.Open(dst, nonce, box, key)
	if err != nil {
		return nil, errSeal
	}
	return value, nil
}
