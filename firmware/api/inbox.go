package api

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"portcullis/protocol"
)

// partsFolder holds what has come of files that are not whole.
const partsFolder = ".parts"

// maxFiles bounds the files of an inbox.
const maxFiles = 1024

// An inbox is what was brought for one list.
type inbox struct {
	dir, list string
	limits    Limits

	mu      sync.Mutex      // guards what follows, and which files there are
	writing map[string]bool // files that a request writes to
	reading bool            // an install reads it: nothing is changed
}

// take makes a request the only one that writes to a file.
func (b *inbox) take(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.reading:
		return busy("The list is being installed from what is there.")
	case b.writing[name]:
		return busy("Another request writes to the file.")
	}
	b.writing[name] = true
	return nil
}

func (b *inbox) release(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.writing, name)
}

// clear removes all that is not in use.
func (b *inbox) clear() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reading || len(b.writing) > 0 {
		return busy("The files are in use.")
	}
	return os.RemoveAll(b.dir)
}

// read keeps everybody from changing the files until done is called, which
// removes them if that is wanted.
func (b *inbox) read() (done func(remove bool) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = true
	return func(remove bool) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.reading = false
		if !remove {
			return nil
		}
		return os.RemoveAll(b.dir)
	}
}

func (b *inbox) path(name string) string { return filepath.Join(b.dir, filepath.FromSlash(name)) }

// partPath is where a file lies until it is whole.
func (b *inbox) partPath(name string, size int64) string {
	return filepath.Join(b.dir, partsFolder, strings.ReplaceAll(name, "/", "+")+"."+strconv.FormatInt(size, 10))
}

// part tells how much of a file is there, and where.
func (b *inbox) part(name string) (protocol.Part, string, error) {
	p := protocol.Part{Name: name, Size: -1}
	path := b.path(name)
	if info, err := os.Stat(path); err == nil {
		p.Size, p.Have = info.Size(), info.Size()
		return p, path, nil
	}
	prefix := strings.ReplaceAll(name, "/", "+") + "."
	entries, err := os.ReadDir(filepath.Join(b.dir, partsFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p, "", err
	}
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), prefix)
		size, err := strconv.ParseInt(digits, 10, 64)
		if !ok || err != nil {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return p, "", err
		}
		p.Size, p.Have = size, info.Size()
		return p, b.partPath(name, size), nil
	}
	return p, "", nil
}

// begin makes an empty file for the parts of another, if there is room for it.
func (b *inbox) begin(name string, size int64) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	used, files, err := b.usage()
	if err == nil && (used+size > b.limits.Inbox || files >= maxFiles) {
		if err = b.forsake(); err == nil {
			used, files, err = b.usage()
		}
	}
	switch {
	case err != nil:
		return "", err
	case used+size > b.limits.Inbox || files >= maxFiles:
		return "", tooLarge("That is more than a device takes for one list.")
	}
	for _, dir := range []string{filepath.Dir(b.path(name)), filepath.Join(b.dir, partsFolder)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", err
		}
	}
	if err := b.makeSure(size); err != nil {
		return "", err
	}
	path := b.partPath(name, size)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", err
	}
	return path, f.Close()
}

// abandoned is how long nothing has come to a file of which nobody will use what
// is there: its tool was cut off, or brings something newer now.
const abandoned = time.Hour

// forsake removes files that are abandoned, which would keep others out for ever.
func (b *inbox) forsake() error {
	return filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return skipGone(err)
		}
		info, err := d.Info()
		if err != nil || time.Since(info.ModTime()).Abs() < abandoned {
			return skipGone(err)
		}
		return skipGone(os.Remove(path))
	})
}

// makeSure tells whether the disk has room for so much more than is promised to
// the files that are not whole.
func (b *inbox) makeSure(size int64) error {
	missing, err := b.missing()
	if err != nil {
		return err
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(b.dir, &disk); err != nil {
		return err
	}
	if int64(disk.Bavail)*int64(disk.Bsize) < missing+size+b.limits.Reserve {
		return noSpace()
	}
	return nil
}

// usage is what the files take, those that are not whole as if they were.
func (b *inbox) usage() (bytes int64, files int, err error) {
	err = filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return skipGone(err)
		}
		info, err := d.Info()
		if err != nil {
			return skipGone(err)
		}
		size := info.Size()
		if filepath.Base(filepath.Dir(path)) == partsFolder {
			size = promised(path)
		}
		bytes, files = bytes+size, files+1
		return nil
	})
	return bytes, files, err
}

// missing is how much has yet to come of the files that are not whole.
func (b *inbox) missing() (bytes int64, err error) {
	dir := filepath.Join(b.dir, partsFolder)
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			bytes += max(0, promised(e.Name())-info.Size())
		}
	}
	return bytes, skipGone(err)
}

// promised is the size that a file will have, by its name.
func promised(path string) int64 {
	size, _ := strconv.ParseInt(strings.TrimPrefix(filepath.Ext(path), "."), 10, 64)
	return size
}

// skipGone makes nothing of a file that is not there any more.
func skipGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
