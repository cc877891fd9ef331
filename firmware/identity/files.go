package identity

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"portcullis/durable"
)

const (
	recordFile   = "identity.json"
	farewellFile = "identity.farewell"
)

func (i *Identity) path(name string) string { return filepath.Join(i.Dir, name) }

// writeFile writes a file that is whole or as it was, whenever power fails. It
// belongs to the owner of the folder: a technician's command must not lock the
// appliance out.
func writeFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".identity-") // which erasing destroys
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if info, err := os.Stat(dir); err == nil && os.Geteuid() == 0 {
		owner := info.Sys().(*syscall.Stat_t)
		if err := os.Chown(f.Name(), int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return durable.SyncFolder(dir)
}

// Farewell leaves the private key to be found after the device secret is
// destroyed, so that an order to erase can be reported though power fails
// meanwhile. By then it opens nothing on the device, and central gives a device
// that it has ordered to erase itself nothing else.
func (i *Identity) Farewell() error {
	h, err := i.current()
	if err != nil {
		return err
	}
	secret, err := i.Vault.Kept(h.Key)
	if err != nil {
		if i.Leaving() {
			return nil
		}
		return fmt.Errorf("take leave: %w", err)
	}
	defer clear(secret[:])
	if err := writeFile(i.path(farewellFile), secret[:]); err != nil {
		return fmt.Errorf("take leave: %w", err)
	}
	return nil
}

// Leaving reports whether a farewell was left that is not forgotten.
func (i *Identity) Leaving() bool {
	_, err := os.Lstat(i.path(farewellFile))
	return err == nil
}

// Forget ends the identity of a device that was erased: what a farewell has
// left is overwritten and removed, and nothing is kept in memory.
func (i *Identity) Forget() error {
	i.mu.Lock()
	i.use(nil)
	i.mu.Unlock()
	return Forget(i.Dir)
}

// Forget destroys what a farewell has left in a folder of keys.
func Forget(dir string) error {
	path := filepath.Join(dir, farewellFile)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("forget identity: %w", err)
	}
	_, err = f.Write(make([]byte, 32))
	if err = errors.Join(err, f.Sync(), f.Close(), os.Remove(path), durable.SyncFolder(dir)); err != nil {
		return fmt.Errorf("forget identity: %w", err)
	}
	return nil
}
