package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"portcullis/cache/list"
)

// List returns the key of a list's digests; the error is fs.ErrNotExist when the
// device was never given it. A key that lies there plain is taken in, if the
// folder can be written and there is a device secret.
func (r *Ring) List(name string) (list.Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	secret, err := r.list(name)
	if err != nil {
		return list.Key{}, fmt.Errorf("open key of list %s: %w", name, err)
	}
	defer clear(secret[:])
	return list.NewKey(secret[:])
}

// TakeIn seals the keys of lists that lie in the folder plain, and returns whose
// they were.
func (r *Ring) TakeIn() (taken []string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, err := r.lists()
	if err != nil {
		return nil, fmt.Errorf("take keys in: %w", err)
	}
	for _, l := range all {
		if err := r.takeIn(l.Name); err != nil {
			return taken, fmt.Errorf("take in key of list %s: %w", l.Name, err)
		}
		if !l.Sealed {
			taken = append(taken, l.Name)
		}
	}
	return taken, nil
}

func (r *Ring) list(name string) (Secret, error) {
	if e, err := r.envelope(); err == nil && e.Erased {
		return Secret{}, ErrErased
	}
	secret, sealed, err := r.readList(name)
	if err != nil {
		return Secret{}, err
	}
	if sealed {
		if _, err := os.Lstat(r.plainPath(name)); err == nil {
			r.locked(func() error { return r.dropLeftover(name) }) // or at another time
		}
		return secret, nil
	}
	// It stays plain where it cannot be taken in: Status tells.
	if err := r.takeIn(name); err == nil {
		secret, _, err = r.readList(name)
		return secret, err
	}
	// Whoever reads while another takes it in may see it half overwritten.
	err = r.locked(func() error {
		secret, _, err = r.readList(name)
		return err
	})
	return secret, err
}

// readList reads the key of a list, and reports whether it was sealed.
func (r *Ring) readList(name string) (secret Secret, sealed bool, err error) {
	if !validName(name) {
		return Secret{}, false, errors.New("no list has that name")
	}
	file, err := readFile(r.path(name))
	if err != nil {
		return Secret{}, false, err
	}
	defer clear(file)
	switch {
	case isSealed(file):
		secret, err = r.openList(name, file)
		return secret, true, err
	case len(file) == Size:
		return Secret(file), false, nil
	}
	return Secret{}, false, fmt.Errorf("%w: %s has %d bytes, and a plain key has %d", ErrDamaged, r.path(name), len(file), Size)
}

func isSealed(file []byte) bool { return bytes.HasPrefix(file, []byte("portcullis ")) }

func (r *Ring) openList(name string, file []byte) (Secret, error) {
	err := r.open()
	if errors.Is(err, errNone) {
		err = ErrLost // and not: the device was never given the list's key
	}
	if err != nil {
		return Secret{}, err
	}
	key := r.derive(listLabel)
	defer clear(key[:])
	return openList(name, key, file)
}

// plainPath is where a plain key lies from before it is replaced until it is
// overwritten, so that a crash between the two leaves it to be found.
func (r *Ring) plainPath(name string) string {
	return filepath.Join(r.dir, "."+name+suffix+".plain")
}

// takeIn puts a sealed key in place of a plain one, and then destroys that.
func (r *Ring) takeIn(name string) error {
	return r.locked(func() error {
		if err := r.open(); err != nil {
			return err
		}
		secret, sealed, err := r.readList(name)
		if err != nil {
			return err
		}
		defer clear(secret[:])
		if sealed { // by another process meanwhile, or before a crash
			return r.dropLeftover(name)
		}
		return r.replacePlain(name, secret)
	})
}

func (r *Ring) replacePlain(name string, secret Secret) error {
	if err := r.dropLeftover(name); err != nil {
		return err
	}
	key := r.derive(listLabel)
	defer clear(key[:])
	file, err := sealList(name, key, secret)
	if err != nil {
		return err
	}
	if err := os.Link(r.path(name), r.plainPath(name)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := writeFile(r.path(name), file, os.Rename); err != nil {
		return err
	}
	return shred(r.plainPath(name))
}

// dropLeftover destroys what a crash has left of an earlier plain key, unless it
// is the file that is about to be replaced.
func (r *Ring) dropLeftover(name string) error {
	left, err := os.Stat(r.plainPath(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if now, err := os.Stat(r.path(name)); err == nil && os.SameFile(left, now) {
		return nil
	}
	return shred(r.plainPath(name))
}

// validName reports whether a list can have a key file of that name.
func validName(name string) bool {
	return name != "" && name != deviceName && name[0] != '.' && !strings.ContainsAny(name, "/\x00")
}
