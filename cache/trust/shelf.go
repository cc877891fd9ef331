package trust

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// A shelf is the folder of what was verified.
type shelf struct {
	dir    string
	disk   disk
	limits Limits
}

func newShelf(o Options) shelf { return shelf{dir: o.Shelf, disk: folder(o.Shelf), limits: o.Limits} }

// ours matches what a shelf writes, so that sweeping takes nothing else away.
var ours = regexp.MustCompile(`^([0-9]+\.[a-z0-9-]+|timestamp\.[0-9a-f]{16})\.json(\.tmp)?$`)

// roots matches the files that are kept: a root is needed for as long as a
// device may start from one before it.
var roots = regexp.MustCompile(`^[0-9]+\.root\.json$`)

func versioned(version int64, role string) string { return fmt.Sprintf("%d.%s.json", version, role) }

func timestampName(r root) string { return metadata.TIMESTAMP + "." + r.keys() + ".json" }

func (s shelf) read(name string, max int64) ([]byte, error) {
	f, err := os.Open(filepath.Join(s.dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, max+1))
	if err == nil && int64(len(data)) > max {
		err = ErrTooLong
	}
	return data, err
}

// write puts a file on the shelf so that after a power cut it is there whole,
// or as it was before.
func (s shelf) write(name string, data []byte) error {
	beside := name + ".tmp"
	err := s.disk.write(beside, data)
	if err == nil {
		err = s.disk.rename(beside, name)
	}
	if err == nil {
		err = s.disk.sync()
	}
	if err != nil {
		return fmt.Errorf("shelve %s: %w: %w", name, ErrShelf, err)
	}
	return nil
}

// sweep removes what the held set does not need. What stays behind costs room
// and nothing else, so errors do not count.
func (s shelf) sweep(keep map[string]bool) {
	entries, _ := os.ReadDir(s.dir)
	for _, e := range entries {
		if ours.MatchString(e.Name()) && !roots.MatchString(e.Name()) && !keep[e.Name()] {
			_ = s.disk.remove(e.Name())
		}
	}
}

// dropOthers removes timestamps that were taken under other keys. They must be
// gone before keys that were in use once can come back.
func (s shelf) dropOthers(held string) error {
	names, err := fs.Glob(os.DirFS(s.dir), metadata.TIMESTAMP+".*.json")
	if err != nil {
		return err
	}
	dropped := false
	for _, name := range names {
		if name == held {
			continue
		}
		if err := s.disk.remove(name); err != nil {
			return fmt.Errorf("drop %s: %w: %w", name, ErrShelf, err)
		}
		dropped = true
	}
	if !dropped {
		return nil
	}
	if err := s.disk.sync(); err != nil {
		return fmt.Errorf("drop timestamps: %w: %w", ErrShelf, err)
	}
	return nil
}
