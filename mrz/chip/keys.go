package chip

import (
	"crypto/sha1"
	"fmt"
	"log/slog"
	"math/bits"
)

// Keys are the keys of Basic Access Control, of two-key triple DES, and the
// seed that they come from. They print as nothing.
type Keys struct{ Seed, Encryption, MAC [16]byte }

// String says what they are and no more.
func (Keys) String() string { return "[keys]" }

// Format prints String whatever the verb.
func (k Keys) Format(s fmt.State, _ rune) { fmt.Fprint(s, k.String()) }

// LogValue logs String.
func (k Keys) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText writes String, for encoders that a log may use.
func (k Keys) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Wipe overwrites the keys.
func (k *Keys) Wipe() { *k = Keys{} }

// The counters that the two keys are derived with.
const (
	forEncryption = 1
	forMAC        = 2
)

// Keys derives the keys of Basic Access Control (Doc 9303-11): the seed is the
// first half of the SHA-1 of the MRZ_information, a key that of seed and
// counter, with the odd parity that DES wants.
func (i Information) Keys() (k Keys) {
	digest := sha1.Sum(i.cells)
	copy(k.Seed[:], digest[:])
	k.Encryption, k.MAC = derive(k.Seed, forEncryption), derive(k.Seed, forMAC)
	return k
}

func derive(seed [16]byte, counter byte) (key [16]byte) {
	digest := sha1.Sum(append(seed[:], 0, 0, 0, counter))
	copy(key[:], digest[:])
	for i, b := range key {
		key[i] = b&^1 | byte(1-bits.OnesCount8(b&^1)%2)
	}
	return key
}
