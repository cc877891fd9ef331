package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"portcullis/cache/list"
)

// A Release is one state of a list, and what its publisher says of it.
type Release struct {
	List     string      `json:"list"`
	Sequence uint64      `json:"sequence"` // grows by one with every release
	Issued   time.Time   `json:"issued"`
	KeyID    string      `json:"key_id"` // of the list key that the digests are made with
	Params   list.Params `json:"params"`
	Records  uint64      `json:"records"`
	Root     list.Hash   `json:"root"` // of the list with this release applied
}

// Position returns the state that the list is in with the release applied.
func (r Release) Position() Position { return Position{Sequence: r.Sequence, Root: r.Root} }

// Position is a state of a list: which release, and what it hashes to. The
// zero Position is a list that never was.
type Position struct {
	Sequence uint64    `json:"sequence"`
	Root     list.Hash `json:"root"`
}

// A Manifest is what is signed of a release: the state, and the files that lead
// to it.
type Manifest struct {
	Format int `json:"format"` // of the release: 3
	Release
	Steps   []Step `json:"steps"`            // from the releases just before, and of the newest snapshot
	History File   `json:"history,omitzero"` // of all other steps that are kept, some by way of archives
}

// A File is one of the files of a release.
type File struct {
	Name   string `json:"name"` // in the folder of the list; never the same for other content
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// ManifestFormat is the format that this package writes, and the newest that
// it reads.
const ManifestFormat = 3

// MaxManifest bounds a manifest or a history, in bytes: no honest one comes
// near it.
const MaxManifest = 1 << 20

var (
	listName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	fileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
	sha256ID = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// ValidListName reports whether a list may have this name: it stands in
// addresses, file names and metrics.
func ValidListName(name string) bool { return listName.MatchString(name) }

// Encode returns the bytes of a manifest that are signed. The same manifest
// gives the same bytes.
func (m Manifest) Encode() ([]byte, error) {
	m.Format = ManifestFormat
	m.Issued = m.Issued.UTC().Truncate(time.Second)
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("feed: encode release %d: %w", m.Sequence, err)
	}
	return json.Marshal(m)
}

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
	}
	if m.History != (File{}) {
		if err := m.History.check(MaxManifest); err != nil {
			return err
		}
	}
	for _, s := range m.Steps {
		if err := s.check(m.Release); err != nil {
			return err
		}
	}
	return m.Params.Check()
}

// maxFile is more than the snapshot of the largest list has, in bytes.
const maxFile = 1 << 36

func (f File) check(most int64) error {
	if !fileName.MatchString(f.Name) || !sha256ID.MatchString(f.SHA256) || f.Size <= 0 || f.Size > most {
		return fmt.Errorf("the file %q has no proper name, size or hash", f.Name)
	}
	return nil
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
