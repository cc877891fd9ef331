package keys

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Passphrase seals the device secret with a passphrase that somebody or
// something tells at every start.
type Passphrase struct {
	Ask func() ([]byte, error) // its answer is overwritten after use

	cost cost // that of new keys, for tests
}

type passphraseParams struct {
	Salt []byte `json:"salt"`
	Cost cost   `json:"argon2id"`
}

// leastPassphrase is the shortest passphrase that is taken for a new key, in
// bytes. Length is no strength; this only stops the worst.
const leastPassphrase = 12

// Kind implements Provider.
func (Passphrase) Kind() string { return KindPassphrase }

// Make implements Provider.
func (p Passphrase) Make() (Secret, json.RawMessage, error) {
	if p.cost == (cost{}) {
		p.cost = passphraseCost
	}
	params := passphraseParams{Salt: newSalt(), Cost: p.cost}
	key, err := p.stretch(params, leastPassphrase)
	if err != nil {
		return Secret{}, nil, err
	}
	text, err := json.Marshal(params)
	return key, text, err
}

// Unseal implements Provider.
func (p Passphrase) Unseal(text json.RawMessage) (Secret, error) {
	var params passphraseParams
	if err := parseParams(text, &params); err != nil {
		return Secret{}, err
	}
	return p.stretch(params, 1)
}

func (p Passphrase) stretch(params passphraseParams, least int) (Secret, error) {
	if err := params.Cost.check(); err != nil { // before anybody is asked
		return Secret{}, err
	}
	phrase, err := p.Ask()
	if err != nil { // no longer an error of a file: those are of the folder of keys
		return Secret{}, fmt.Errorf("ask for the passphrase: %v", err)
	}
	defer clear(phrase)
	if len(phrase) < least {
		return Secret{}, fmt.Errorf("ask for the passphrase: it has %d characters, and %d are the least", len(phrase), least)
	}
	return stretch(phrase, params.Salt, params.Cost)
}

// Erase implements Provider. Of the key there is nothing outside of the file
// but what people remember.
func (Passphrase) Erase(json.RawMessage) error { return nil }

// Credential is the name of the passphrase among the credentials that systemd
// hands a service.
const Credential = "portcullis-passphrase"

// maxPassphrase bounds a passphrase, in bytes.
const maxPassphrase = 1024

// PassphraseFrom returns what reads a passphrase from a file, without the line's
// end. The file may be a pipe or a descriptor such as /dev/fd/3; without a path
// it is the credential of that name that systemd hands the service.
func PassphraseFrom(path string) func() ([]byte, error) {
	return func() ([]byte, error) {
		name := path
		if name == "" {
			dir := os.Getenv("CREDENTIALS_DIRECTORY")
			if dir == "" {
				return nil, errors.New("no file is named, and there is no credential " + Credential)
			}
			name = filepath.Join(dir, Credential)
		}
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		phrase, err := io.ReadAll(io.LimitReader(f, maxPassphrase+1))
		if err == nil && len(phrase) > maxPassphrase {
			err = fmt.Errorf("it is longer than %d bytes", maxPassphrase)
		}
		return bytes.TrimRight(phrase, "\r\n"), err
	}
}

// parseParams reads what a provider has put into device.key.
func parseParams(text json.RawMessage, params any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(params); err != nil {
		return fmt.Errorf("%w: its params are not those of its provider", ErrDamaged)
	}
	return nil
}
