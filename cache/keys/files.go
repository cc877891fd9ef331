package keys

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"portcullis/durable"
)

// unfinished begins the names of files that are being written.
const unfinished = ".key-"

// readFile reads a key file, or as much of it as shows that it is none.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// writeFile writes a key file that is whole or not there, whenever power fails.
// Place puts it under its name: os.Link where nothing may be replaced, or else
// os.Rename.
func writeFile(path string, data []byte, place func(from, to string) error) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, unfinished)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync()); err != nil {
		return err
	}
	if err := inherit(f.Name(), dir); err != nil {
		return err
	}
	if err := place(f.Name(), path); err != nil {
		return err
	}
	return durable.SyncFolder(dir)
}

// inherit gives what root makes to the owner of the folder that it lies in: a
// technician's command must not lock the appliance out.
func inherit(path, dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	var owner unix.Stat_t
	if err := unix.Stat(dir, &owner); err != nil {
		return fmt.Errorf("look at folder %s: %w", dir, err)
	}
	return os.Chown(path, int(owner.Uid), int(owner.Gid))
}

// overwrite replaces what a file says in place. It needs no room, unless what
// it writes is longer.
func overwrite(path string, data []byte) error {
	os.Chmod(path, 0o600) // a file that was made read-only is no safer than that
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// shred overwrites a file with zeros, and removes it. Flash memory may keep the
// old cells all the same. That there is no file is no error.
func shred(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() {
		// A file that cannot be overwritten is better removed than left.
		err = overwrite(path, make([]byte, min(info.Size(), 1<<20)))
	}
	return errors.Join(err, os.Remove(path), durable.SyncFolder(filepath.Dir(path)))
}

// lockFolder keeps other processes from changing keys until it is unlocked. It
// works in a folder that cannot be written, too.
func lockFolder(dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(d.Fd()), unix.LOCK_EX)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("lock folder %s: %w", dir, err)
	}
	return func() { d.Close() }, nil
}
