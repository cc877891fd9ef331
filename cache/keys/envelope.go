package keys

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"
)

// The first lines of key files, without the hash.
const (
	deviceHeader = "portcullis device key 1"
	listHeader   = "portcullis list key 1"
)

// maxFile bounds a key file, in bytes.
const maxFile = 4096

// sealedSize is the length of a sealed secret.
const sealedSize = chacha20poly1305.NonceSizeX + Size + chacha20poly1305.Overhead

// An envelope is what device.key says.
type envelope struct {
	Provider string          `json:"provider"`
	Erased   bool            `json:"erased,omitempty"`
	Params   json.RawMessage `json:"params,omitempty"`
	Sealed   []byte          `json:"sealed,omitempty"`
}

// parseEnvelope reads device.key. The error is always ErrDamaged.
func parseEnvelope(file []byte) (envelope, error) {
	var e envelope
	if err := parseFile(file, deviceHeader, &e); err != nil {
		return envelope{}, err
	}
	if e.Erased && e.Sealed == nil || !e.Erased && e.Params != nil && len(e.Sealed) == sealedSize {
		return e, nil
	}
	return envelope{}, fmt.Errorf("%w: it holds no sealed key", ErrDamaged)
}

// sealEnvelope seals a device secret under a provider's key.
func sealEnvelope(provider string, params json.RawMessage, key, secret Secret) (envelope, error) {
	var tight bytes.Buffer // as encoding/json writes it into the file
	if err := json.Compact(&tight, params); err != nil {
		return envelope{}, err
	}
	e := envelope{Provider: provider, Params: tight.Bytes()}
	e.Sealed = seal(key, secret, e.context())
	return e, nil
}

// open returns the secret.
func (e envelope) open(key Secret) (Secret, error) {
	secret, ok := unseal(key, e.Sealed, e.context())
	if !ok {
		return Secret{}, errWrongKey(e.Provider)
	}
	return secret, nil
}

func (e envelope) context() []byte {
	return bytes.Join([][]byte{[]byte(deviceHeader), []byte(e.Provider), e.Params}, []byte{0})
}

func (e envelope) file() ([]byte, error) { return composeFile(deviceHeader, e, 0) }

// A sealedList is what the file of a list's key says.
type sealedList struct {
	Sealed []byte `json:"sealed"`
}

func sealList(name string, key, secret Secret) ([]byte, error) {
	return composeFile(listHeader, sealedList{seal(key, secret, listContext(name))}, 0)
}

func openList(name string, key Secret, file []byte) (Secret, error) {
	var l sealedList
	if err := parseFile(file, listHeader, &l); err != nil {
		return Secret{}, err
	}
	secret, ok := unseal(key, l.Sealed, listContext(name))
	if !ok {
		return Secret{}, fmt.Errorf("%w: it was sealed under another device key, or for another list", ErrDamaged)
	}
	return secret, nil
}

func listContext(name string) []byte { return []byte(listHeader + "\x00" + name) }

// composeFile writes a key file of at least so many bytes: what is longer than
// the rest is blanks.
func composeFile(header string, body any, size int) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	first := len(header) + 1 + hex.EncodedLen(sha256.Size) + 1
	text = append(text, bytes.Repeat([]byte(" "), max(0, size-first-len(text)-1))...)
	text = append(text, '\n')
	return append(fmt.Appendf(nil, "%s %x\n", header, sha256.Sum256(text)), text...), nil
}

func parseFile(file []byte, header string, body any) error {
	if len(file) > maxFile {
		return fmt.Errorf("%w: it is too long for a key", ErrDamaged)
	}
	first, text, whole := bytes.Cut(file, []byte("\n"))
	if !bytes.HasPrefix(first, []byte(header+" ")) {
		return fmt.Errorf("%w: it does not begin with %q", ErrDamaged, header)
	}
	if !whole || !bytes.Equal(first[len(header)+1:], fmt.Appendf(nil, "%x", sha256.Sum256(text))) {
		return fmt.Errorf("%w: it is not what was written", ErrDamaged)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(body); err != nil {
		return fmt.Errorf("%w: it says what this version does not know", ErrDamaged)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: it says more than one thing", ErrDamaged)
	}
	return nil
}

func seal(key, secret Secret, context []byte) []byte {
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		panic(err) // the key has the right size
	}
	nonce := make([]byte, chacha20poly1305.NonceSizeX, sealedSize)
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, secret[:], context)
}

func unseal(key Secret, sealed, context []byte) (Secret, bool) {
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		panic(err) // the key has the right size
	}
	if len(sealed) != sealedSize {
		return Secret{}, false
	}
	nonce, text := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	plain, err := aead.Open(nil, nonce, text, context)
	if err != nil {
		return Secret{}, false
	}
	defer clear(plain)
	return Secret(plain), true
}
