package keys

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sigstore/sigstore/pkg/signature"
)

// A Ring is the role keys that someone has at hand: in folders of files, and
// in tokens. It is for one goroutine at a time.
type Ring struct {
	held   map[string]held
	opened map[string]signature.Signer
	close  []func() error
}

// A held key can be opened when it is needed, and not before: whoever signs a
// timestamp is not asked for the passphrase of another key.
type held struct {
	public Public
	open   func() (crypto.Signer, error)
}

// ErrNoKey means that a ring does not hold a key.
var ErrNoKey = errors.New("the key is not at hand")

// Open returns the ring of all role keys in these places: folders, or tokens as
// "pkcs11:..." names them.
func Open(ask Passphrase, places ...string) (*Ring, error) {
	r := &Ring{held: map[string]held{}, opened: map[string]signature.Signer{}}
	for _, place := range places {
		add := r.addFolder
		if strings.HasPrefix(place, tokenScheme) {
			add = r.addToken
		}
		if err := add(place, ask); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	return r, nil
}

func (r *Ring) addFolder(place string, ask Passphrase) error {
	if _, err := os.ReadDir(place); err != nil {
		return fmt.Errorf("keys: open folder: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(place, "*"+publicSuffix))
	if err != nil {
		return fmt.Errorf("keys: open folder %s: %w", place, err)
	}
	for _, file := range files {
		private := strings.TrimSuffix(file, publicSuffix) + privateSuffix
		if _, err := os.Lstat(private); err != nil {
			continue // a public key of someone else
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("keys: open folder: %w", err)
		}
		public, err := ParsePublic(text)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		r.held[public.ID] = held{public, func() (crypto.Signer, error) { return Folder(place).role(public, ask) }}
	}
	return nil
}

// Keys returns the public halves of all keys of the ring.
func (r *Ring) Keys() (all []Public) {
	for _, id := range slices.Sorted(maps.Keys(r.held)) {
		all = append(all, r.held[id].public)
	}
	return all
}

// Signer returns what signs with a key; the error is [ErrNoKey] when the ring
// does not hold it.
func (r *Ring) Signer(id string) (signature.Signer, error) {
	if s, ok := r.opened[id]; ok {
		return s, nil
	}
	h, ok := r.held[id]
	if !ok {
		return nil, fmt.Errorf("keys: find key %.16s: %w", id, ErrNoKey)
	}
	key, err := h.open()
	if err != nil {
		return nil, err
	}
	r.opened[id] = signer{key, h.public.Key}
	return r.opened[id], nil
}

// Close ends what the ring has open in tokens.
func (r *Ring) Close() error {
	var all []error
	for _, end := range slices.Backward(r.close) {
		all = append(all, end())
	}
	r.close = nil
	return errors.Join(all...)
}

// A signer makes go-tuf's kind of signer of Go's.
type signer struct {
	key    crypto.Signer
	public crypto.PublicKey
}

// PublicKey returns the public half.
func (s signer) PublicKey(...signature.PublicKeyOption) (crypto.PublicKey, error) {
	return s.public, nil
}

// SignMessage signs a message, or its SHA-256 where the kind of key wants that.
func (s signer) SignMessage(message io.Reader, _ ...signature.SignOption) ([]byte, error) {
	var all bytes.Buffer
	if _, err := all.ReadFrom(message); err != nil {
		return nil, err
	}
	if _, ok := s.public.(ed25519.PublicKey); ok {
		return s.key.Sign(nil, all.Bytes(), crypto.Hash(0))
	}
	h := crypto.SHA256.New()
	h.Write(all.Bytes())
	return s.key.Sign(rand.Reader, h.Sum(nil), crypto.SHA256)
}
