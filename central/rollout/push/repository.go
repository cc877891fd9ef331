package push

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"portcullis/protocol"
)

// A Repository is what was published, as of one timestamp: it says what a
// device needs, and has it.
type Repository interface {
	// Newest returns the newest release of a list.
	Newest(ctx context.Context, list string) (Release, error)
	// Needed returns the files that a device needs which holds this, in the
	// order in which they are sent: the timestamp comes last.
	Needed(ctx context.Context, list string, held protocol.Held) ([]File, error)
	// Open opens a file by its name in the repository.
	Open(name string) (io.ReadSeekCloser, error)
}

// A Release is one of a list.
type Release struct {
	Sequence uint64    `json:"sequence"`
	Root     string    `json:"root"`
	Records  uint64    `json:"records"`
	Issued   time.Time `json:"issued"`
}

// A File is one of a repository.
type File struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// TimestampFile is the one file of a repository that changes.
const TimestampFile = "timestamp.json"

// A Folder is a repository in a folder. It believes what it reads, which the
// device will not.
type Folder struct {
	path      string
	timestamp []byte
}

// OpenFolder opens a repository as of a timestamp that was kept, or, when that
// is nil, as of the one that is there now.
func OpenFolder(path string, timestamp []byte) (Folder, error) {
	if timestamp == nil {
		var err error
		if timestamp, err = os.ReadFile(filepath.Join(path, TimestampFile)); err != nil {
			return Folder{}, fmt.Errorf("open repository: %w", err)
		}
	}
	return Folder{path: path, timestamp: timestamp}, nil
}

// Timestamp returns what the folder is read as of.
func (f Folder) Timestamp() []byte { return f.timestamp }

// signed is the part of metadata that leads to a release.
type signed struct {
	Signed struct {
		Meta map[string]struct {
			Version int64 `json:"version"`
		} `json:"meta"`
		Targets map[string]struct {
			Hashes map[string]string `json:"hashes"`
		} `json:"targets"`
	} `json:"signed"`
}

// manifest is the part of a release's manifest that tells of its files.
type manifest struct {
	Release
	Files []File `json:"files"`
}

// state is what a timestamp leads to.
type state struct {
	metadata []string // names of files, in the order in which they build on one another
	name     string   // of the manifest's file
	manifest manifest
}

// Newest returns the newest release of a list.
func (f Folder) Newest(_ context.Context, list string) (Release, error) {
	s, err := f.read(list)
	return s.manifest.Release, err
}

// Needed returns every file that the newest release names, and all metadata.
func (f Folder) Needed(_ context.Context, list string, _ protocol.Held) ([]File, error) {
	s, err := f.read(list)
	if err != nil {
		return nil, err
	}
	var all []File
	for _, file := range s.manifest.Files {
		all = append(all, File{list + "/" + file.Name, file.Size})
	}
	for _, name := range append([]string{s.name}, s.metadata...) {
		info, err := os.Stat(f.file(name))
		if err != nil {
			return nil, fmt.Errorf("read repository: %w", err)
		}
		all = append(all, File{name, info.Size()})
	}
	return append(all, File{TimestampFile, int64(len(f.timestamp))}), nil
}

// Open opens a file of the folder.
func (f Folder) Open(name string) (io.ReadSeekCloser, error) {
	if name == TimestampFile {
		return struct {
			io.ReadSeeker
			io.Closer
		}{bytes.NewReader(f.timestamp), io.NopCloser(nil)}, nil
	}
	return os.Open(f.file(name))
}

func (f Folder) file(name string) string { return filepath.Join(f.path, filepath.FromSlash(name)) }

// read follows the timestamp to the manifest of a list.
func (f Folder) read(list string) (s state, err error) {
	if s, err = f.follow(list); err != nil {
		return s, fmt.Errorf("read repository for list %s: %w", list, err)
	}
	return s, nil
}

func (f Folder) follow(list string) (s state, err error) {
	var timestamp, snapshot, listed signed
	if err := json.Unmarshal(f.timestamp, &timestamp); err != nil {
		return s, err
	}
	if s.metadata, err = f.roots(); err != nil {
		return s, err
	}
	name := versioned(timestamp, "snapshot.json")
	if err := f.parse(name, &snapshot); err != nil {
		return s, err
	}
	s.metadata = append(s.metadata, name)
	for _, role := range []string{"targets.json", "list.json", "bulk.json"} {
		if _, ok := snapshot.Signed.Meta[role]; ok {
			s.metadata = append(s.metadata, versioned(snapshot, role))
		}
	}
	if err := f.parse(versioned(snapshot, "list.json"), &listed); err != nil {
		return s, err
	}
	hash := listed.Signed.Targets[list+"/release.json"].Hashes["sha256"]
	if hash == "" {
		return s, errors.New("it has no release of it")
	}
	s.name = list + "/" + hash + ".release.json"
	return s, f.parse(s.name, &s.manifest)
}

func versioned(s signed, name string) string {
	return strconv.FormatInt(s.Signed.Meta[name].Version, 10) + "." + name
}

func (f Folder) parse(name string, v any) error {
	data, err := os.ReadFile(f.file(name))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

var rootName = regexp.MustCompile(`^[1-9][0-9]*\.root\.json$`)

// roots returns the names of all root metadata, oldest first.
func (f Folder) roots() (names []string, err error) {
	entries, err := os.ReadDir(f.path)
	for _, e := range entries {
		if rootName.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	version := func(name string) int {
		n, _ := strconv.Atoi(name[:strings.IndexByte(name, '.')])
		return n
	}
	slices.SortFunc(names, func(a, b string) int { return version(a) - version(b) })
	return names, err
}
