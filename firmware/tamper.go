package firmware

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"portcullis/durable"
)

// A TamperFile is where it stands that a gate was tampered with. It is there for
// as long as that has not been cleared, and says since when.
type TamperFile string

// Tampered says whether the file is there.
func (f TamperFile) Tampered() (bool, error) {
	_, err := os.Lstat(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// SetTampered makes the file, or removes it. It is on the disk, or gone from it,
// when SetTampered returns.
func (f TamperFile) SetTampered(is bool) error {
	if is {
		err := durable.Create(string(f), []byte(time.Now().UTC().Format(time.RFC3339)+"\n"), 0o600)
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	if err := os.Remove(string(f)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return durable.SyncFolder(filepath.Dir(string(f)))
}
