package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/list"
	"portcullis/cache/trust"
	"portcullis/central/keys"
	"portcullis/central/publish"
	"portcullis/central/roles"
)

// listName is what the list of the bench is called.
const listName = "bench"

// A central is a publisher of the list: a repository, and all keys of its roles
// in one folder.
type central struct{ dir, keys string }

func beginCentral(dir, keyFolder string, now time.Time) (central, error) {
	c := central{dir, keyFolder}
	return c, roles.Small(roles.Dir(c.dir), c.keys, now)
}

// root returns the root that a device is given.
func (c central) root() ([]byte, error) { return os.ReadFile(filepath.Join(c.dir, "1.root.json")) }

// publisher returns the publisher of the list whose digests are made with a key.
func (c central) publisher(key list.Key, policy publish.Policy) (*publish.Publisher, error) {
	var places []string
	for _, role := range []string{roles.List, roles.Snapshot, roles.Timestamp} {
		places = append(places, filepath.Join(c.keys, role))
	}
	ring, err := keys.Open(nil, places...)
	if err != nil {
		return nil, err
	}
	return publish.New(publish.Options{Dir: c.dir, List: listName, KeyID: key.ID(), Ring: ring, Policy: policy})
}

// anyChange is the policy of a publisher with whom no change needs the approval
// of two: on a small list, the deltas of the bench would.
func anyChange() publish.Policy {
	p := publish.DefaultPolicy()
	p.GateRecords = math.MaxUint64
	return p
}

// deltasOnly is the policy of one who makes a snapshot with the first release
// alone.
func deltasOnly() publish.Policy {
	p := anyChange()
	p.SnapshotShare, p.SnapshotAge = math.MaxFloat64, math.MaxInt64
	return p
}

var errNoDelta = errors.New("a release came about otherwise than by a delta")

// publishDelta makes the release that a change leads to by a delta.
func publishDelta(ctx context.Context, p *publish.Publisher, now time.Time, c list.Change) (publish.Result, error) {
	r, err := p.Publish(ctx, now, c)
	if err == nil && (!r.Made || r.NoDelta != "") {
		err = fmt.Errorf("%w: %s", errNoDelta, r.NoDelta)
	}
	return r, err
}

// A folderSource gives package trust the files of a repository on the disk.
type folderSource string

// Fetch implements trust.Source.
func (f folderSource) Fetch(_ context.Context, name string, most int64) ([]byte, error) {
	file, err := os.Open(filepath.Join(string(f), filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, most+1))
}

// newest returns the newest release with all its steps, as a device has it that
// believes nothing but the root, and what is verified lies on its shelf.
func (f folderSource) newest(ctx context.Context, shelf string, held feed.Position) (v feed.Verified, err error) {
	root, err := central{dir: string(f)}.root()
	if err != nil {
		return v, err
	}
	m, err := trust.Refresh(ctx, trust.Options{Root: root, Shelf: shelf}, f)
	if err != nil {
		return v, err
	}
	target, err := m.Fetch(ctx, f, feed.ListRole, feed.ReleasePath(listName))
	if err != nil {
		return v, err
	}
	if v, err = feed.Verify(target, listName, held); err != nil {
		return v, err
	}
	history := v.Manifest().History
	if history == (feed.File{}) {
		return v, nil
	}
	data, err := f.Fetch(ctx, listName+"/"+history.Name, history.Size)
	if err != nil {
		return v, err
	}
	return v.WithHistory(data)
}
