package push

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/trust"
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

const firstRoot = "1.root.json"

// A Folder is a repository in a folder, read as a device will read it: from the
// first root on.
type Folder struct {
	path      string
	timestamp []byte

	mu    sync.Mutex // guards views
	views map[string]*view
}

// A view is what a device makes of the repository that asks for one list.
type view struct {
	release feed.Verified
	whole   feed.Verified // with its history, without archives
	signed  []File        // what leads to the manifest, which is the last
}

// OpenFolder opens a repository as of a timestamp that was kept, or, when that
// is nil, as of the one that is there now.
func OpenFolder(path string, timestamp []byte) (*Folder, error) {
	if timestamp == nil {
		var err error
		if timestamp, err = os.ReadFile(filepath.Join(path, TimestampFile)); err != nil {
			return nil, fmt.Errorf("open repository: %w", err)
		}
	}
	return &Folder{path: path, timestamp: timestamp, views: map[string]*view{}}, nil
}

// Timestamp returns what the folder is read as of.
func (f *Folder) Timestamp() []byte { return f.timestamp }

// Newest returns the newest release of a list.
func (f *Folder) Newest(ctx context.Context, list string) (Release, error) {
	v, err := f.view(ctx, list)
	if err != nil {
		return Release{}, err
	}
	m := v.release.Manifest()
	return Release{m.Sequence, m.Root.String(), m.Records, m.Issued}, nil
}

// Needed returns the steps of least bytes that lead from what is held to the
// newest release, and what is signed of it.
func (f *Folder) Needed(ctx context.Context, name string, held protocol.Held) ([]File, error) {
	v, err := f.view(ctx, name)
	if err != nil {
		return nil, err
	}
	m, from := v.release.Manifest(), feed.Position{Sequence: held.Release}
	if from.Root.UnmarshalText([]byte(held.Root)) != nil {
		from = feed.Position{}
	}
	release, files, err := f.learn(name, v, from)
	if err != nil {
		return nil, fmt.Errorf("read repository for list %s: %w", name, err)
	}
	way, ok := release.Way(from, m.Position(), nil)
	if !ok {
		return nil, fmt.Errorf("read repository for list %s: no files lead from release %d to %d", name, held.Release, m.Sequence)
	}
	for _, s := range way {
		files = append(files, File{name + "/" + s.Name, s.Size})
	}
	files = append(files, v.signed...)
	return append(files, File{TimestampFile, int64(len(f.timestamp))}), nil
}

// learn reads what a device will read that holds this, and returns the files.
func (f *Folder) learn(list string, v *view, held feed.Position) (release feed.Verified, files []File, err error) {
	release = v.release
	for {
		next, lacks := release.Lacks(held, nil)
		if !lacks {
			return release, files, nil
		}
		if next == release.Manifest().History {
			release = v.whole
		} else if release, err = f.with(release, list, next); err != nil {
			return release, nil, err
		}
		files = append(files, File{list + "/" + next.Name, next.Size})
	}
}

// with reads the history or an archive of a release.
func (f *Folder) with(v feed.Verified, list string, file feed.File) (feed.Verified, error) {
	data, err := os.ReadFile(f.file(list + "/" + file.Name))
	if err != nil {
		return v, err
	}
	return v.WithHistory(data)
}

// Open opens a file of the folder.
func (f *Folder) Open(name string) (io.ReadSeekCloser, error) {
	if name == TimestampFile {
		return struct {
			io.ReadSeeker
			io.Closer
		}{bytes.NewReader(f.timestamp), io.NopCloser(nil)}, nil
	}
	return os.Open(f.file(name))
}

func (f *Folder) file(name string) string { return filepath.Join(f.path, filepath.FromSlash(name)) }

// view returns what leads to a list. It is read once: nothing of it changes.
func (f *Folder) view(ctx context.Context, name string) (*view, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if v := f.views[name]; v != nil {
		return v, nil
	}
	v, err := f.read(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("read repository for list %s: %w", name, err)
	}
	f.views[name] = v
	return v, nil
}

func (f *Folder) read(ctx context.Context, name string) (*view, error) {
	root, err := os.ReadFile(f.file(firstRoot))
	if err != nil {
		return nil, err
	}
	shelf, err := os.MkdirTemp("", "portcullis-shelf-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(shelf)
	src := &asked{folder: f, files: []File{{firstRoot, int64(len(root))}}}
	m, err := trust.Refresh(ctx, trust.Options{Root: root, Shelf: shelf}, src)
	if err != nil {
		return nil, err
	}
	if approval := feed.ApprovalPath(name); slices.Contains(m.Targets(feed.BulkRole), approval) {
		if _, err := m.Fetch(ctx, src, feed.BulkRole, approval); err != nil {
			return nil, err
		}
	}
	target, err := m.Fetch(ctx, src, feed.ListRole, feed.ReleasePath(name))
	if err != nil {
		return nil, err
	}
	v := &view{}
	if v.release, err = feed.Verify(target, name, feed.Position{}); err != nil {
		return nil, err
	}
	v.signed, v.whole = src.files, v.release
	if h := v.release.Manifest().History; h != (feed.File{}) {
		if v.whole, err = f.with(v.release, name, h); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// asked is a source that notes what was taken from a folder, but the timestamp.
type asked struct {
	folder *Folder
	files  []File
}

// Fetch implements trust.Source.
func (a *asked) Fetch(_ context.Context, name string, most int64) ([]byte, error) {
	if name == TimestampFile {
		return a.folder.timestamp, nil
	}
	if !fs.ValidPath(name) || strings.HasPrefix(name, ".") {
		return nil, fs.ErrInvalid
	}
	f, err := os.Open(a.folder.file(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil {
		a.files = append(a.files, File{name, int64(len(data))})
	}
	return data, err
}
