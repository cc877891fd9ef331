package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/ristretto/v2/z"
	"golang.org/x/sys/unix"
)

// ErrStoreDamaged means that files of the store are damaged beyond what Badger
// can open.
var ErrStoreDamaged = errors.New("the list store is damaged")

// preflight opens each of Badger's tables once, as Badger will. Badger does so
// in goroutines of its own, where the panic that a damaged table causes would
// end the process, at every start anew. A folder that another process holds is
// left alone: its tables come and go.
func preflight(dir string, readOnly bool) error {
	folder, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer folder.Close() // which ends the lock, so that Badger can take it
	how := unix.LOCK_EX
	if readOnly {
		how = unix.LOCK_SH
	}
	if err := unix.Flock(int(folder.Fd()), how|unix.LOCK_NB); err != nil {
		return ErrHeld
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := openTable(name); err != nil {
			return fmt.Errorf("%w: file %s: %w", ErrStoreDamaged, filepath.Base(name), err)
		}
	}
	return nil
}

func openTable(name string) (err error) {
	defer func() {
		if recover() != nil { // what it says may quote the table
			err = errors.New("its index cannot be read")
		}
	}()
	file, err := z.OpenMmapFile(name, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	t, err := table.OpenTable(file, table.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	return t.Close(-1)
}
