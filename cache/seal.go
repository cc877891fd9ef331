package cache

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"
)

// A sealer seals values with XChaCha20-Poly1305, which is fast without AES
// instructions, as on the Raspberry Pi 3 and 4, and whose nonces are long
// enough to be drawn at random for ever. Each value is bound to its place.
type sealer struct {
	key [chacha20poly1305.KeySize]byte
}

// aead is made anew each time, which costs next to nothing, so that there is
// one copy of the key to wipe.
func (s *sealer) aead() cipher.AEAD {
	aead, err := chacha20poly1305.NewX(s.key[:])
	if err != nil {
		panic(err) // of a key of another length
	}
	return aead
}

// wipe overwrites the key, once nobody uses it any more.
func (s *sealer) wipe() { clear(s.key[:]) }

// sealedExtra is what a sealed value has more than the value.
const sealedExtra = chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

// seal appends to dst a nonce and what it seals.
func (s *sealer) seal(dst, place, value []byte) []byte {
	at := len(dst)
	var nonce [chacha20poly1305.NonceSizeX]byte
	rand.Read(nonce[:])
	dst = append(dst, nonce[:]...)
	return s.aead().Seal(dst, dst[at:at+len(nonce)], value, place)
}

var errSeal = errors.New("the sealed value was damaged, moved or replaced")

// open appends to dst what was sealed for this place.
func (s *sealer) open(dst, place, sealed []byte) ([]byte, error) {
	if len(sealed) < sealedExtra {
		return nil, errSeal
	}
	nonce, box := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	value, err := s.aead().Open(dst, nonce, box, place)
	if err != nil {
		return nil, errSeal
	}
	return value, nil
}
