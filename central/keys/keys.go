// Package keys keeps a publisher's keys in folders of files:
//
//	<id>.pem    what signs for a role: a private key, PKCS #8 in PEM, or sealed
//	<id>.pub    its public half
//	<list>.key  what makes digests of a list's numbers: 32 bytes; every device
//	            that holds the list gets it
//
// Private files can be read by their owner alone, no file is ever overwritten,
// and a key that others can read is not used.
package keys

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"portcullis/cache/feed"
	"portcullis/cache/list"
	"portcullis/durable"
)

// A Folder is the path of a folder of keys.
type Folder string

const pemType = "PRIVATE KEY"

// ErrOpen means that others than its owner can read a private key.
var ErrOpen = errors.New("others can read the private key: chmod it to 600")

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
	if err := durable.Create(filepath.Join(string(dir), name), data, mode); err != nil {
		return fmt.Errorf("keys: make %s: %w", name, err)
	}
	return nil
}
