package keys

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"portcullis/durable"
)

// The labels of what is derived from the device secret.
const (
	storeLabel = "portcullis store seal"
	listLabel  = "portcullis list keys"
)

// errNone means that the device has no secret yet. It is an error of its own:
// whatever else is not found is no reason to make one.
var errNone = errors.New("there is no device key")

const (
	deviceName = "device"
	suffix     = ".key"
)

// A Ring is the keys of one device, in a folder. It keeps the device secret in
// memory from its first use on, until it is wiped: a passphrase may be told
// only once. Several processes may use one folder, and the folder decides: what
// another has erased or made is so here, too.
type Ring struct {
	dir      string
	provider Provider

	mu     sync.Mutex // guards what follows
	secret *Secret    // nil: not opened yet
	sealed []byte     // what it was opened from
}

// NewRing returns the keys in a folder, which is made when a key is. The
// provider is the one that seals the device secret, now or once there is one.
func NewRing(dir string, p Provider) *Ring { return &Ring{dir: dir, provider: p} }

// Seal returns the key that the device seals its store with. A device that
// never had a secret gets one.
func (r *Ring) Seal() ([Size]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.open()
	if errors.Is(err, errNone) {
		err = r.locked(func() error { return r.makeFirst() })
	}
	if err != nil {
		return [Size]byte{}, fmt.Errorf("open device key: %w", err)
	}
	return r.derive(storeLabel), nil
}

// Make makes a device secret, also after the last one was erased. ErrExists
// means that there is one.
func (r *Ring) Make() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.locked(func() error {
		e, err := r.envelope()
		switch {
		case errors.Is(err, errNone):
			return r.makeFirst()
		case err != nil:
			return err
		case !e.Erased:
			return ErrExists
		case e.Params != nil:
			return errors.New("the last one is not erased wholly: erase again, or remove device.key")
		}
		return r.makeSecret(os.Rename)
	})
	if err != nil {
		return fmt.Errorf("make device key: %w", err)
	}
	return nil
}

// Wipe overwrites what the Ring holds in memory. It reads the folder again when
// it is next asked.
func (r *Ring) Wipe() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wipe()
}

func (r *Ring) wipe() {
	if r.secret != nil {
		clear(r.secret[:])
	}
	r.secret, r.sealed = nil, nil
}

func (r *Ring) path(name string) string { return filepath.Join(r.dir, name+suffix) }

// locked does something while no other process changes keys.
func (r *Ring) locked(do func() error) error {
	if _, err := os.Stat(r.dir); errors.Is(err, fs.ErrNotExist) {
		if err := makeFolder(r.dir); err != nil {
			return err
		}
	}
	unlock, err := lockFolder(r.dir)
	if err != nil {
		return err
	}
	defer unlock()
	return do()
}

func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := inherit(dir, filepath.Dir(dir)); err != nil {
		return err
	}
	return durable.SyncFolder(filepath.Dir(dir))
}

// envelope reads device.key.
func (r *Ring) envelope() (envelope, error) {
	file, err := readFile(r.path(deviceName))
	if errors.Is(err, fs.ErrNotExist) {
		return envelope{}, errNone
	}
	if err != nil {
		return envelope{}, err
	}
	return parseEnvelope(file)
}

// open takes the device secret out of device.key, unless it is out.
func (r *Ring) open() error {
	e, err := r.envelope()
	if err == nil && r.secret != nil && bytes.Equal(e.Sealed, r.sealed) {
		return nil
	}
	r.wipe()
	switch {
	case err != nil:
		return err
	case e.Erased:
		return ErrErased
	case e.Provider != r.provider.Kind():
		return fmt.Errorf("%w: by %q, not %q", ErrOtherProvider, e.Provider, r.provider.Kind())
	}
	key, err := r.provider.Unseal(e.Params)
	if err != nil {
		return err
	}
	defer clear(key[:])
	secret, err := e.open(key)
	if err != nil {
		return err
	}
	r.secret, r.sealed = &secret, e.Sealed
	return nil
}

// makeFirst makes the first device secret, unless another process has just done
// so. It makes none where one was lost: what is sealed under it would be lost with
// it.
func (r *Ring) makeFirst() error {
	if err := r.open(); !errors.Is(err, errNone) {
		return err
	}
	lists, err := r.lists()
	if err != nil {
		return err
	}
	kept, err := filepath.Glob(r.keptPath("*"))
	if err != nil || len(kept) > 0 || slices.ContainsFunc(lists, func(l ListStatus) bool { return l.Sealed }) {
		return errors.Join(err, ErrLost)
	}
	return r.makeSecret(os.Link) // a link never replaces what came up meanwhile
}

// makeSecret makes a secret. When it cannot be kept, the provider's part of it
// is given up again.
func (r *Ring) makeSecret(place func(from, to string) error) error {
	key, params, err := r.provider.Make()
	if err != nil {
		return err
	}
	defer clear(key[:])
	var secret Secret
	rand.Read(secret[:])
	e, err := sealEnvelope(r.provider.Kind(), params, key, secret)
	if err != nil {
		return err
	}
	file, err := e.file()
	if err == nil {
		err = writeFile(r.path(deviceName), file, place)
	}
	if err != nil {
		return errors.Join(err, r.provider.Erase(params))
	}
	r.secret, r.sealed = &secret, e.Sealed
	return nil
}

// derive returns a key that is made of the device secret, which must be out.
func (r *Ring) derive(label string) Secret {
	key, err := hkdf.Key(sha256.New, r.secret[:], nil, label, Size)
	if err != nil {
		panic(err) // only for what is too long
	}
	defer clear(key)
	return Secret(key)
}
