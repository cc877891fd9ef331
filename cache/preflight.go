package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
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
func preflight(b badger.Options) error {
	folder, err := os.Open(b.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer folder.Close()
	how := unix.LOCK_EX
	if b.ReadOnly {
		how = unix.LOCK_SH
	}
	if err := lock(folder, how); err != nil {
		return err
	}
	defer unix.Flock(int(folder.Fd()), unix.LOCK_UN) // so that Badger can take it, whoever has a copy of folder
	if !b.ReadOnly {
		if err := mend(b); err != nil {
			return err
		}
	}
	tables, _, err := tablesOf(b)
	if err != nil {
		return badgerError(err)
	}
	checks := options.NoVerification // the seals suffice, and reading all would take minutes
	if filepath.Base(b.Dir) == bookFolder {
		checks = options.OnTableRead // a key that is not found there is believed
	}
	for id := range tables {
		if err := openTable(table.NewFilename(id, b.Dir), checks); err != nil {
			return fmt.Errorf("%w: table %d: %w", ErrStoreDamaged, id, err)
		}
	}
	return nil
}

// lockWait is how long a lock may outlive its holder: a process that is being
// started has a copy of all that is open until it runs another program.
const lockWait = time.Second

// lock takes a folder's lock, or returns ErrHeld.
func lock(folder *os.File, how int) error {
	for end := time.Now().Add(lockWait); unix.Flock(int(folder.Fd()), how|unix.LOCK_NB) != nil; time.Sleep(lockWait / 100) {
		if time.Now().After(end) {
			return ErrHeld
		}
	}
	return nil
}

// tablesOf returns the tables that belong to the store. Others may lie beside
// them, half written, where a process was killed; Badger deletes those. It also
// returns where the manifest ends, but for what was torn off in the writing.
func tablesOf(b badger.Options) (tables map[uint64]badger.TableManifest, end int64, err error) {
	f, err := os.Open(filepath.Join(b.Dir, badger.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	manifest, end, err := badger.ReplayManifestFile(f, b.ExternalMagicVersion, b)
	return manifest.Tables, end, err
}

func openTable(name string, checks options.ChecksumVerificationMode) (err error) {
	defer func() {
		if recover() != nil { // what it says may quote the table
			err = errors.New("its index cannot be read")
		}
	}()
	file, err := z.OpenMmapFile(name, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	t, err := table.OpenTable(file, table.Options{ReadOnly: true, ChkMode: checks})
	if err != nil {
		return err
	}
	return t.Close(-1)
}
