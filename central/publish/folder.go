package publish

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"portcullis/cache/feed"
	"portcullis/durable"
)

const (
	timestampFile = "timestamp.json"
	stateDir      = ".state"
	lockFile      = "lock"
	tempPrefix    = "new-"
)

// A folder is where the files of one list lie.
type folder struct {
	path string
	step func(name string) // hears of each file before it is written and after
}

func (f folder) file(name string) string  { return filepath.Join(f.path, name) }
func (f folder) state(name string) string { return filepath.Join(f.path, stateDir, name) }

// lock makes the folder if need be, keeps other publishers out of it, and
// removes what a crash left half-made.
func (f folder) lock() (unlock func(), err error) {
	if err := os.MkdirAll(f.file(stateDir), 0o755); err != nil {
		return nil, err
	}
	if err := os.Chmod(f.file(stateDir), 0o700); err != nil {
		return nil, err
	}
	lock, err := durable.Hold(f.state(lockFile), 0o600)
	if errors.Is(err, durable.ErrHeld) {
		return nil, ErrBusy
	}
	if err != nil {
		return nil, err
	}
	left, _ := filepath.Glob(f.state(tempPrefix + "*"))
	for _, path := range left {
		os.RemoveAll(path)
	}
	return func() { lock.Close() }, nil
}

// add makes a file of the list that has its hash in its name, which so names no
// other content. The pattern has one %s for the hash.
func (f folder) add(pattern string, data []byte) (feed.File, error) {
	t, err := f.create()
	if err != nil {
		return feed.File{}, err
	}
	defer t.drop()
	if _, err := t.Write(data); err != nil {
		return feed.File{}, err
	}
	return t.place(pattern)
}

// put makes a file of the state, or another in its place.
func (f folder) put(name string, data []byte) error {
	t, err := f.create()
	if err != nil {
		return err
	}
	defer t.drop()
	if _, err := t.Write(data); err != nil {
		return err
	}
	if err := errors.Join(t.Flush(), t.file.Sync()); err != nil {
		return err
	}
	return t.rename(filepath.Join(stateDir, name))
}

// A temp is a file that is being written, and that nobody sees before it is
// whole and on the disk.
type temp struct {
	*bufio.Writer
	folder folder
	file   *os.File
	hash   hash.Hash
}

func (f folder) create() (*temp, error) {
	file, err := os.CreateTemp(f.file(stateDir), tempPrefix+"*")
	if err != nil {
		return nil, err
	}
	t := &temp{folder: f, file: file, hash: sha256.New()}
	t.Writer = bufio.NewWriterSize(file, 1<<16)
	return t, nil
}

// drop ends a file that was not placed.
func (t *temp) drop() {
	t.file.Close()
	os.Remove(t.file.Name()) // which fails once it is renamed
}

// place gives the file its name, and tells what it holds.
func (t *temp) place(pattern string) (feed.File, error) {
	if err := t.Flush(); err != nil {
		return feed.File{}, err
	}
	if _, err := t.file.Seek(0, io.SeekStart); err != nil {
		return feed.File{}, err
	}
	size, err := io.Copy(t.hash, t.file)
	if err != nil {
		return feed.File{}, err
	}
	sum := hex.EncodeToString(t.hash.Sum(nil))
	out := feed.File{Name: fmt.Sprintf(pattern, sum[:12]), Size: size, SHA256: sum}
	if err := errors.Join(t.file.Chmod(0o644), t.file.Sync()); err != nil {
		return feed.File{}, err
	}
	return out, t.rename(out.Name)
}

func (t *temp) rename(name string) error {
	t.folder.tell(name)
	if err := os.Rename(t.file.Name(), t.folder.file(name)); err != nil {
		return err
	}
	if err := durable.SyncFolder(filepath.Dir(t.folder.file(name))); err != nil {
		return err
	}
	t.folder.tell(name)
	return nil
}

func (f folder) tell(name string) {
	if f.step != nil {
		f.step(name)
	}
}

// A source hands a device the files of a repository.
type source struct {
	dir     string
	instead map[string][]byte // of what lies there
}

// Fetch returns a file.
func (s source) Fetch(_ context.Context, name string, max int64) ([]byte, error) {
	if data, ok := s.instead[name]; ok {
		return data, nil
	}
	if !fs.ValidPath(name) {
		return nil, fs.ErrNotExist
	}
	f, err := os.Open(filepath.Join(s.dir, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var data bytes.Buffer
	_, err = data.ReadFrom(io.LimitReader(f, max+1))
	return data.Bytes(), err
}
