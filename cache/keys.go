package cache

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/chacha20poly1305"

	"portcullis/cache/list"
)

// Keys holds the secrets of a store.
type Keys interface {
	// Seal returns the key that this device seals its store with.
	Seal() ([chacha20poly1305.KeySize]byte, error)
	// List returns the key of a list's digests; the error is fs.ErrNotExist
	// when the device was never given it.
	List(name string) (list.Key, error)
}

// KeyFolder is a folder of key files: device.key, made when it is first needed
// and different on every device, and <list>.key, which the device is given.
// Each file holds the bytes of one key and nothing else.
type KeyFolder string

// Seal implements Keys.
func (dir KeyFolder) Seal() ([chacha20poly1305.KeySize]byte, error) {
	path := filepath.Join(string(dir), "device.key")
	secret, err := readKey(path, chacha20poly1305.KeySize)
	if errors.Is(err, fs.ErrNotExist) {
		secret, err = makeKey(path, chacha20poly1305.KeySize)
	}
	if err != nil {
		return [chacha20poly1305.KeySize]byte{}, err
	}
	return [chacha20poly1305.KeySize]byte(secret), nil
}

// List implements Keys.
func (dir KeyFolder) List(name string) (list.Key, error) {
	secret, err := readKey(filepath.Join(string(dir), name+".key"), list.KeySize)
	if err != nil {
		return list.Key{}, err
	}
	return list.NewKey(secret)
}

func readKey(path string, size int) ([]byte, error) {
	secret, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cache: read key: %w", err)
	}
	if len(secret) != size {
		return nil, fmt.Errorf("cache: key file %s has %d bytes, want %d", path, len(secret), size)
	}
	return secret, nil
}

// makeKey makes a key file that is whole or not there, whenever power fails.
func makeKey(path string, size int) ([]byte, error) {
	secret := make([]byte, size)
	rand.Read(secret)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("cache: make key: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return nil, fmt.Errorf("cache: make key: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if _, err := f.Write(secret); err != nil {
		return nil, fmt.Errorf("cache: make key: %w", err)
	}
	if err := f.Sync(); err != nil {
		return nil, fmt.Errorf("cache: make key: %w", err)
	}
	// A link, unlike a rename, never replaces a key that came up meanwhile.
	if err := os.Link(f.Name(), path); err != nil {
		return nil, fmt.Errorf("cache: make key: %w", err)
	}
	return secret, syncFolder(filepath.Dir(path))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("cache: sync folder: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("cache: sync folder: %w", err)
	}
	return nil
}
