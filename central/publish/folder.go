package publish

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
)

const (
	latestFile = "latest.json"
	lockFile   = ".lock"
	tempPrefix = ".new-"
)

func releaseFile(sequence uint64) string { return fmt.Sprintf("%d.release.json", sequence) }

var releaseName = regexp.MustCompile(`^([1-9][0-9]*)\.release\.json$`)

// A folder is where the files of one list lie.
type folder struct {
	path string
	// put makes a file, or replaces it: see the function of that name.
	put func(dir, name string, data []byte) error
}

func (f folder) file(name string) string { return filepath.Join(f.path, name) }

// lock makes the folder if need be, keeps other publishers out of it, and
// removes what a crash left half-made.
func (f folder) lock() (unlock func(), err error) {
	if err := os.MkdirAll(f.path, 0o755); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(f.file(lockFile), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrBusy
		}
		return nil, err
	}
	left, _ := filepath.Glob(f.file(tempPrefix + "*"))
	for _, path := range left {
		os.Remove(path)
	}
	return func() { lock.Close() }, nil
}

// highest returns the highest number that a release of the folder has, or 0.
func (f folder) highest() (uint64, error) {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return 0, err
	}
	var highest uint64
	for _, e := range entries {
		if name := releaseName.FindStringSubmatch(e.Name()); name != nil {
			sequence, err := strconv.ParseUint(name[1], 10, 64)
			if err != nil {
				return 0, fmt.Errorf("%s: no release has that number", e.Name())
			}
			highest = max(highest, sequence)
		}
	}
	return highest, nil
}

// put makes a file that is whole or as it was before, and on the disk when put
// returns, whenever power fails.
func put(dir, name string, data []byte) error {
	f, err := os.CreateTemp(dir, tempPrefix+name+"-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which fails once it is renamed
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
