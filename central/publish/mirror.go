package publish

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A Bucket is where a repository is copied to, for devices to fetch: of package
// s3, or anything like it.
type Bucket interface {
	Shelf
	// Create makes a file that never changes. It may be there, with that content.
	Create(name string, r io.Reader, size int64) error
	// Replace makes a file, or another in its place.
	Replace(name string, data []byte) error
	// Remove removes a file.
	Remove(name string) error
}

// A Shelf is what is looked at of a bucket.
type Shelf interface {
	// Get returns a file; the error is fs.ErrNotExist when there is none.
	Get(name string) ([]byte, error)
	// List returns the names of all files that begin so.
	List(begin string) ([]string, error)
}

// The ways in which a bucket is not a copy of the folder.
var (
	// ErrBehind means that the bucket has a newer state: its publisher lost the
	// folder, or went back to a copy of it.
	ErrBehind = errors.New("the bucket has a newer state than the folder: copy the bucket into the folder first")
	// ErrForeign means that the bucket is another publisher's.
	ErrForeign = errors.New("the bucket has a repository with another root")
)

// Mirror makes a bucket a copy of what devices fetch of a repository. A publisher
// works in a folder, because it reads parts of what it has published, and has
// files of its own beside; so a bucket cannot take the folder's place.
//
// What never changes comes first and the timestamp after it, so that devices
// find a whole release at every moment; a crash leaves the state before, and the
// next time goes on. Then what was pruned here is removed there, which is after
// the same time of grace. A rule of the store by age would remove roots and
// snapshots that are in use.
func Mirror(dir string, to Bucket) error {
	// All that it leads to is there already, also while others publish.
	timestamp, err := os.ReadFile(filepath.Join(dir, timestampFile))
	if err == nil {
		err = mirror(dir, to, timestamp)
	}
	if err != nil {
		return fmt.Errorf("publish: copy %s to bucket: %w", dir, err)
	}
	return nil
}

func mirror(dir string, to Bucket, timestamp []byte) error {
	same, err := compare(dir, to, timestamp)
	if err != nil || same {
		return err
	}
	missing, old, err := differences(dir, to)
	if err != nil {
		return err
	}
	for _, name := range missing {
		if err := upload(to, dir, name); err != nil {
			return err
		}
	}
	if err := to.Replace(timestampFile, timestamp); err != nil {
		return err
	}
	for _, name := range old {
		if err := to.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

// compare reports whether the bucket has this state, and refuses to put it over
// one that does not lead to it.
func compare(dir string, to Shelf, timestamp []byte) (same bool, err error) {
	there, err := to.Get(timestampFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case bytes.Equal(there, timestamp):
		return true, nil
	case versionOf(there) >= versionOf(timestamp):
		return false, ErrBehind
	}
	ours, err := os.ReadFile(filepath.Join(dir, firstRoot))
	if err != nil {
		return false, err
	}
	theirs, err := to.Get(firstRoot)
	if err == nil && !bytes.Equal(ours, theirs) {
		err = ErrForeign
	}
	return false, err
}

const firstRoot = "1.root.json"

// differences returns what devices fetch and the bucket has not, roots last; and
// what the bucket has of files that are pruned, and the folder has no more.
func differences(dir string, to Shelf) (missing, old []string, err error) {
	there, err := to.List("")
	if err != nil {
		return nil, nil, err
	}
	has := make(map[string]bool, len(there))
	for _, name := range there {
		has[name] = true
		if !prunable.MatchString(path.Base(name)) && !metadata.MatchString(name) || !served.MatchString("/"+name) {
			continue // none of ours, or one that stays for ever
		}
		_, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			old = append(old, name)
		} else if err != nil {
			return nil, nil, err
		}
	}
	missing, err = absent(dir, has)
	return missing, old, err
}

func absent(dir string, has map[string]bool) (names []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		name = filepath.ToSlash(name)
		if served.MatchString("/"+name) && name != timestampFile && !has[name] {
			names = append(names, name)
		}
		return err
	})
	slices.SortStableFunc(names, func(a, b string) int {
		return strings.Compare(rootName.FindString(a), rootName.FindString(b))
	})
	return names, err
}

func upload(to Bucket, dir, name string) error {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // pruned a moment ago
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return to.Create(name, f, info.Size())
}

// versionOf returns the version of a timestamp, 0 when it has none.
func versionOf(timestamp []byte) int64 {
	var doc struct {
		Signed struct {
			Version int64 `json:"version"`
		} `json:"signed"`
	}
	_ = json.Unmarshal(timestamp, &doc)
	return doc.Signed.Version
}
