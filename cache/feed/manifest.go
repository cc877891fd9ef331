package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"portcullis/cache/list"
)

// A Manifest is what a publisher says of one release of one list.
type Manifest struct {
	Format   int         `json:"format"` // of the release: 2
	List     string      `json:"list"`
	Sequence uint64      `json:"sequence"` // grows by one with every release
	Issued   time.Time   `json:"issued"`
	KeyID    string      `json:"key_id"` // of the list key that the digests are made with
	Params   list.Params `json:"params"`
	Records  uint64      `json:"records"`
	Root     list.Hash   `json:"root"` // of the list with this release applied
	Base     Position    `json:"base"` // that the delta applies to; zero when there is no delta
	Added    uint64      `json:"added"`
	Removed  uint64      `json:"removed"`
	Files    []File      `json:"files"`
}

// Position is a state of a list: which release, and what it hashes to. The
// zero Position is a list that never was.
type Position struct {
	Sequence uint64    `json:"sequence"`
	Root     list.Hash `json:"root"`
}

// A File is one of the files of a release.
type File struct {
	Kind   Kind   `json:"kind"`
	Name   string `json:"name"` // relative to the envelope; never the same for other content
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Kind is what a file of a release holds.
type Kind string

// The kinds of file.
const (
	Snapshot Kind = "snapshot"
	Delta    Kind = "delta"
)

// ManifestFormat is the format that this package writes, and the newest that
// it reads.
const ManifestFormat = 2

// Position returns the state that the list is in with the release applied.
func (m Manifest) Position() Position { return Position{Sequence: m.Sequence, Root: m.Root} }

// File returns the file of a kind, and whether the release has one.
func (m Manifest) File(kind Kind) (File, bool) {
	for _, f := range m.Files {
		if f.Kind == kind {
			return f, true
		}
	}
	return File{}, false
}

var (
	listName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	fileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
	sha256ID = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// ValidListName reports whether a list may have this name: it stands in
// addresses, file names and metrics.
func ValidListName(name string) bool { return listName.MatchString(name) }

// check tells what is wrong with a manifest whoever signed it.
func (m Manifest) check() error {
	switch {
	case m.Format != ManifestFormat:
		return fmt.Errorf("format %d, and this program reads format %d", m.Format, ManifestFormat)
	case !ValidListName(m.List):
		return errors.New("the list has no proper name")
	case m.Sequence == 0:
		return errors.New("sequence 0")
	case m.Issued.IsZero():
		return errors.New("no time of issue")
	case m.Base.Sequence >= m.Sequence:
		return fmt.Errorf("release %d stands on release %d", m.Sequence, m.Base.Sequence)
	}
	for _, f := range m.Files {
		if !fileName.MatchString(f.Name) || !sha256ID.MatchString(f.SHA256) || f.Size <= 0 {
			return fmt.Errorf("the %q file has no proper name, size or hash", f.Kind)
		}
	}
	return m.Params.Check()
}

// parseManifest reads a manifest. Members that it does not know are left
// aside, so that a later publisher may say more. The format is looked at
// first: of a newer one, no other member need mean what it means here.
func parseManifest(data []byte) (Manifest, error) {
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(data, &head); err == nil && head.Format > ManifestFormat {
		return Manifest{}, fmt.Errorf("%w: format %d, and this one reads format %d", ErrFormat, head.Format, ManifestFormat)
	}
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return Manifest{}, fmt.Errorf("%w: the manifest is not the JSON that it should be", ErrMalformed)
	}
	if err := m.check(); err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return m, nil
}
