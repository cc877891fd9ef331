package trusttest

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// A Key signs metadata.
type Key struct {
	ID     string
	Public *metadata.Key
	signer signature.Signer
}

// newKey returns the key of a number.
func newKey(t testing.TB, number int) Key {
	t.Helper()
	seed := sha256.Sum256(fmt.Appendf(nil, "a key for tests %d", number))
	private := ed25519.NewKeyFromSeed(seed[:])
	signer, err := signature.LoadSigner(private, crypto.Hash(0))
	if err != nil {
		t.Fatal(err)
	}
	public, err := metadata.KeyFromPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	id, err := public.ID()
	if err != nil {
		t.Fatal(err)
	}
	return Key{ID: id, Public: public, signer: signer}
}

// NewKey returns a key that no role has.
func (p *Publisher) NewKey() Key {
	p.made++
	return newKey(p.t, p.made)
}

// Sign returns metadata as bytes, signed with the given keys and no others.
func Sign[T metadata.Roles](t testing.TB, m *metadata.Metadata[T], keys ...Key) []byte {
	t.Helper()
	m.ClearSignatures()
	for _, key := range keys {
		if _, err := m.Sign(key.signer); err != nil {
			t.Fatal(err)
		}
	}
	data, err := m.ToBytes(false)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func ids(keys []Key) (ids []string) {
	for _, key := range keys {
		ids = append(ids, key.ID)
	}
	return ids
}
