package list

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
)

// Digest stands for a document number on a list: the first 64 bits of
// HMAC-SHA-256 over the cleaned number. It hides the number only from those
// who lack the list's key: numbers are few enough to try them all.
type Digest uint64

// KeySize is the length of a list key in bytes.
const KeySize = 32

// Key is the secret under which a list's numbers become digests. Everyone who
// looks numbers up shares it. It prints as nothing.
type Key struct{ secret [KeySize]byte }

// NewKey returns the key of these bytes, which must be KeySize long.
func NewKey(secret []byte) (Key, error) {
	if len(secret) != KeySize {
		return Key{}, fmt.Errorf("list: a list key has %d bytes, not %d", KeySize, len(secret))
	}
	return Key{[KeySize]byte(secret)}, nil
}

// ID names the key without giving it away, so that a device with another key
// refuses a list instead of finding nothing on it.
func (k Key) ID() string {
	mac := hmac.New(sha256.New, k.secret[:])
	mac.Write([]byte("portcullis list key id"))
	return fmt.Sprintf("%x", mac.Sum(nil)[:8])
}

// Format prints a key as a placeholder under every verb.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, "list key") }

// Digest returns what stands for a number on the list. The number is cleaned
// first; see [Clean]. Whoever digests many has a [Digester] do it.
func (k Key) Digest(number string) (Digest, error) { return k.Digester().Digest(number) }

// A Digester digests numbers under one key. It is for one goroutine at a time.
type Digester struct {
	mac   hash.Hash
	clean [MaxNumber]byte
	sum   [sha256.Size]byte
}

// Digester returns a digester of the key.
func (k Key) Digester() *Digester { return &Digester{mac: hmac.New(sha256.New, k.secret[:])} }

// Digest returns what stands for a number on the list.
func (d *Digester) Digest(number string) (Digest, error) {
	clean, err := Clean(d.clean[:0], number)
	if err != nil {
		return 0, err
	}
	d.mac.Reset()
	d.mac.Write(clean)
	return Digest(binary.BigEndian.Uint64(d.mac.Sum(d.sum[:0]))), nil
}

// The bounds of a cleaned document number, after INTERPOL's record rules for
// the SLTD. The lower bound is for records that enter a list: a traveller's
// document with a shorter number is still looked up.
const (
	MinNumber = 5
	MaxNumber = 25
)

// ErrNumber means that a document number has no letters and digits to look
// for, or too many of them.
var ErrNumber = errors.New("list: not a document number: it needs 1 to 25 of A-Z and 0-9")

// Clean appends to dst the number as INTERPOL stores and compares it: upper
// case, with everything but A-Z and 0-9 left out. O and 0 stay different.
func Clean(dst []byte, number string) ([]byte, error) {
	start := len(dst)
	for i := range len(number) {
		c := number[i]
		switch {
		case 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		case 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c >= 0x80: // a letter of another script would be lost, and another number found
			return nil, ErrNumber
		default:
			continue
		}
		if len(dst)-start == MaxNumber {
			return nil, ErrNumber
		}
		dst = append(dst, c)
	}
	if len(dst) == start {
		return nil, ErrNumber
	}
	return dst, nil
}
