package keys

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/secure-systems-lab/go-securesystemslib/encrypted"
)

const (
	privateSuffix = ".pem"
	publicSuffix  = ".pub"
	// What cosign calls a key that scrypt and NaCl's secretbox keep.
	sealedType = "ENCRYPTED SIGSTORE PRIVATE KEY"
)

// A Passphrase asks for what opens or seals the private key in a file. It is
// not kept.
type Passphrase func(file string) ([]byte, error)

// ErrPassphrase means that a private key is sealed, and that what was given
// does not open it.
var ErrPassphrase = errors.New("the passphrase does not open it")

// NewRole makes a key for a role: a public file, and a private one that is
// sealed if ask is not nil. Both are named for the first digits of the key's ID,
// so that a folder can hold a key beside the one that it replaces.
func (dir Folder) NewRole(ask Passphrase) (Public, error) {
	key, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Public{}, fmt.Errorf("keys: make role key: %w", err)
	}
	public, err := NewPublic(key)
	if err != nil {
		return Public{}, err
	}
	text, err := public.PEM()
	if err != nil {
		return Public{}, err
	}
	block, err := seal(private, filepath.Join(string(dir), public.Short()+privateSuffix), ask)
	if err != nil {
		return Public{}, err
	}
	// The private half comes first: a public one without it could be given to a
	// role that then has a key that nobody holds.
	if err := dir.create(public.Short()+privateSuffix, 0o600, pem.EncodeToMemory(block)); err != nil {
		return Public{}, err
	}
	return public, dir.create(public.Short()+publicSuffix, 0o644, text)
}

func seal(private crypto.PrivateKey, file string, ask Passphrase) (*pem.Block, error) {
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("keys: make role key: %w", err)
	}
	if ask == nil {
		return &pem.Block{Type: pemType, Bytes: der}, nil
	}
	passphrase, err := ask(file)
	if err != nil {
		return nil, fmt.Errorf("keys: make role key: %w", err)
	}
	if len(passphrase) == 0 {
		return nil, errors.New("keys: make role key: the passphrase is empty")
	}
	sealed, err := encrypted.EncryptWithCustomKDFParameters(der, passphrase, encrypted.OWASP)
	if err != nil {
		return nil, fmt.Errorf("keys: make role key: %w", err)
	}
	return &pem.Block{Type: sealedType, Bytes: sealed}, nil
}

// role returns the private key of a file, whose public half must be this one.
func (dir Folder) role(public Public, ask Passphrase) (crypto.Signer, error) {
	name := public.Short() + privateSuffix
	data, err := dir.readPrivate(name)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("keys: read %s: not a private key in PEM", name)
	}
	der := block.Bytes
	if block.Type == sealedType {
		if der, err = open(der, filepath.Join(string(dir), name), ask); err != nil {
			return nil, fmt.Errorf("keys: read %s: %w", name, err)
		}
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return nil, fmt.Errorf("keys: read %s: not a private key", name)
	}
	if own, err := NewPublic(signer.Public()); err != nil || own.ID != public.ID {
		return nil, fmt.Errorf("keys: read %s: not the private half of %s", name, public.Short()+publicSuffix)
	}
	return signer, nil
}

func open(sealed []byte, file string, ask Passphrase) ([]byte, error) {
	if ask == nil {
		return nil, fmt.Errorf("%w: there is none", ErrPassphrase)
	}
	passphrase, err := ask(file)
	if err != nil {
		return nil, err
	}
	der, err := encrypted.Decrypt(sealed, passphrase)
	if err != nil {
		return nil, ErrPassphrase
	}
	return der, nil
}
