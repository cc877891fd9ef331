package journal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"

	"portcullis/durable"
)

// keySize is the length of a key in bytes.
const keySize = 32

// A Key makes pseudonyms of document numbers and vouches for the end of a log.
type Key struct{ secret [keySize]byte }

// Format prints a key as a placeholder under every verb.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, "log key") }

// Pseudonym returns what stands for a cleaned document number in the log.
func (k Key) Pseudonym(number string) string {
	return hex.EncodeToString(k.mac("number", number)[:16])
}

func (k Key) mac(use, text string) []byte {
	m := hmac.New(sha256.New, k.secret[:])
	fmt.Fprintf(m, "%s\n%s\n", use, text)
	return m.Sum(nil)
}

// NewKey makes a key in a file that only its owner can read. It replaces none.
func NewKey(path string) (Key, error) {
	var k Key
	rand.Read(k.secret[:])
	if err := durable.Create(path, k.secret[:], 0o600); err != nil {
		return Key{}, fmt.Errorf("make log key: %w", err)
	}
	return k, nil
}

// ReadKey reads a key that [NewKey] has made.
func ReadKey(path string) (Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Key{}, fmt.Errorf("read log key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Key{}, fmt.Errorf("read log key %s: others can read it: chmod it to 600", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Key{}, fmt.Errorf("read log key: %w", err)
	}
	if len(data) != keySize {
		return Key{}, fmt.Errorf("read log key %s: it has %d bytes and not %d", path, len(data), keySize)
	}
	return Key{[keySize]byte(data)}, nil
}
