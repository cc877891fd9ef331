// Package keys keeps a publisher's keys in a folder of files:
//
//	release.key  what signs releases: a private ed25519 key, PKCS #8 in PEM
//	release.pub  its public half, which every device gets, as [feed.FormatKey] has it
//	<list>.key   what makes digests of a list's numbers: 32 bytes; every device
//	             that holds the list gets it
//
// Private files can be read by their owner alone, no file is ever overwritten,
// and a key that others can read is not used.
package keys

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// A Folder is the path of a folder of keys.
type Folder string

// The names of the files of the key that signs releases.
const (
	SignerFile = "release.key"
	PublicFile = "release.pub"
)

const pemType = "PRIVATE KEY"

// ErrOpen means that others than its owner can read a private key.
var ErrOpen = errors.New("others can read the private key: chmod it to 600")

// NewSigner makes a key that signs releases.
func (dir Folder) NewSigner() (ed25519.PublicKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("keys: make signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("keys: make signing key: %w", err)
	}
	// The public half comes first: where an old one is left, devices trust that
	// one, and no other private key may come to stand beside it.
	text := fmt.Sprintf("# The public key %s of a publisher of document lists.\n%s\n", feed.KeyID(public), feed.FormatKey(public))
	if err := dir.create(PublicFile, 0o644, []byte(text)); err != nil {
		return nil, err
	}
	return public, dir.create(SignerFile, 0o600, pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}))
}

// NewList makes the key of a list's digests.
func (dir Folder) NewList(name string) (list.Key, error) {
	if !feed.ValidListName(name) || name == "release" || name == "device" {
		return list.Key{}, fmt.Errorf("keys: make list key: %q is no name for a list", name)
	}
	secret := make([]byte, list.KeySize)
	rand.Read(secret)
	if err := dir.create(name+".key", 0o600, secret); err != nil {
		return list.Key{}, err
	}
	return list.NewKey(secret)
}

// Signer returns the key that signs releases.
func (dir Folder) Signer() (ed25519.PrivateKey, error) {
	data, err := dir.readPrivate(SignerFile)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != pemType {
		return nil, fmt.Errorf("keys: read %s: not a private key in PEM", SignerFile)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	signer, ok := key.(ed25519.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("keys: read %s: not an ed25519 key", SignerFile)
	}
	return signer, nil
}

// Public returns what devices check signatures with.
func (dir Folder) Public() (ed25519.PublicKey, error) {
	text, err := os.ReadFile(filepath.Join(string(dir), PublicFile))
	if err != nil {
		return nil, fmt.Errorf("keys: read public key: %w", err)
	}
	return feed.ParseKey(string(text))
}

// List returns the key of a list's digests.
func (dir Folder) List(name string) (list.Key, error) {
	secret, err := dir.readPrivate(name + ".key")
	if err != nil {
		return list.Key{}, err
	}
	return list.NewKey(secret)
}

func (dir Folder) readPrivate(name string) ([]byte, error) {
	path := filepath.Join(string(dir), name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("keys: read %s: %w", name, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("keys: read %s: %w", path, ErrOpen)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("keys: read %s: %w", name, err)
	}
	return data, nil
}

// create makes a file that is whole or not there, whenever power fails, and
// that never replaces another.
func (dir Folder) create(name string, mode fs.FileMode, data []byte) error {
	if err := os.MkdirAll(string(dir), 0o700); err != nil {
		return fmt.Errorf("keys: make %s: %w", name, err)
	}
	f, err := os.CreateTemp(string(dir), ".new-*")
	if err != nil {
		return fmt.Errorf("keys: make %s: %w", name, err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err = f.Write(data); err == nil {
		err = errors.Join(f.Chmod(mode), f.Sync())
	}
	if err == nil {
		err = os.Link(f.Name(), filepath.Join(string(dir), name)) // which fails where a file is
	}
	if err != nil {
		return fmt.Errorf("keys: make %s: %w", name, err)
	}
	d, err := os.Open(string(dir))
	if err != nil {
		return fmt.Errorf("keys: make %s: %w", name, err)
	}
	defer d.Close()
	return d.Sync()
}
