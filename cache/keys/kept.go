package keys

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// keptHeader is the first line of the file of a kept secret, without the hash.
const keptHeader = "portcullis kept secret 1"

const (
	keptLabel  = "portcullis kept secrets"
	keptSuffix = ".kept"
)

// Keep keeps a secret of another part of the device, such as the private key
// that it shows who it is with. It lies sealed under the device secret, and
// dies with it. A device that never had a secret gets one.
func (r *Ring) Keep(name string, secret [Size]byte) error {
	if err := r.keep(name, secret); err != nil {
		return fmt.Errorf("keep secret %s: %w", name, err)
	}
	return nil
}

func (r *Ring) keep(name string, secret Secret) error {
	if !validName(name) {
		return errors.New("no secret can have that name")
	}
	if _, err := r.Seal(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.locked(func() error {
		if err := r.open(); err != nil { // erased meanwhile
			return err
		}
		key := r.derive(keptLabel)
		defer clear(key[:])
		file, err := composeFile(keptHeader, sealedList{seal(key, secret, keptContext(name))}, 0)
		if err != nil {
			return err
		}
		return writeFile(r.keptPath(name), file, os.Rename)
	})
}

// Kept returns a secret that was kept; the error is fs.ErrNotExist when there
// is none of that name.
func (r *Ring) Kept(name string) ([Size]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	secret, err := r.kept(name)
	if err != nil {
		return Secret{}, fmt.Errorf("open secret %s: %w", name, err)
	}
	return secret, nil
}

func (r *Ring) kept(name string) (Secret, error) {
	if e, err := r.envelope(); err == nil && e.Erased {
		return Secret{}, ErrErased
	}
	if !validName(name) {
		return Secret{}, errors.New("no secret has that name")
	}
	file, err := readFile(r.keptPath(name))
	if err != nil {
		return Secret{}, err
	}
	var l sealedList
	if err := parseFile(file, keptHeader, &l); err != nil {
		return Secret{}, err
	}
	if err := r.open(); errors.Is(err, errNone) {
		return Secret{}, ErrLost
	} else if err != nil {
		return Secret{}, err
	}
	key := r.derive(keptLabel)
	defer clear(key[:])
	secret, ok := unseal(key, l.Sealed, keptContext(name))
	if !ok {
		return Secret{}, fmt.Errorf("%w: it was sealed under another device key, or by another name", ErrDamaged)
	}
	return secret, nil
}

// Drop destroys a secret that was kept. That there is none is no error.
func (r *Ring) Drop(name string) error {
	if !validName(name) {
		return errors.New("drop secret: no secret has that name")
	}
	if err := r.locked(func() error { return shred(r.keptPath(name)) }); err != nil {
		return fmt.Errorf("drop secret %s: %w", name, err)
	}
	return nil
}

func (r *Ring) keptPath(name string) string {
	return strings.TrimSuffix(r.path(name), suffix) + keptSuffix
}

func keptContext(name string) []byte { return []byte(keptHeader + "\x00" + name) }
