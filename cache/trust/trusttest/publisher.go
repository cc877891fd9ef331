// Package trusttest is a publisher of trust metadata for tests: a few keys in
// memory, and the files that a device fetches, real signatures and all. It is
// for the ends of tests, and publishes nothing that is meant to be trusted.
//
//	p := trusttest.New(t)
//	p.Put("list", "border/release.json", manifest)
//	p.Publish()
//	m, err := trust.Refresh(ctx, p.Options(shelf), p)
//
// A test that needs a publisher who does wrong edits Root, Timestamp, Snapshot
// or Targets between two steps, signs with the keys it likes ([Sign]), and puts
// the bytes where a device looks ([Publisher.Set]).
package trusttest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"testing"
	"time"

	"portcullis/cache/trust"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Local is the name under which the keys stand that sign timestamps for a
// medium alone. TUF calls them keys of the timestamp role.
const Local = "local"

// quorum says how many keys a role has, and how many of them must sign.
type quorum struct{ threshold, keys int }

var quorums = map[string]quorum{
	metadata.ROOT: {3, 5}, metadata.TARGETS: {2, 3}, metadata.SNAPSHOT: {1, 1}, metadata.TIMESTAMP: {1, 1}, Local: {1, 1},
	"list": {1, 2}, "bulk": {2, 3}, "firmware": {2, 3},
}

// delegations are the roles below targets, and what each may name.
var delegations = []struct{ role, paths string }{
	{"list", "*/release.json"}, {"bulk", "*/approval.json"}, {"firmware", "firmware/*"},
}

// validity is how long each role's files are good for.
var validity = map[string]time.Duration{
	metadata.ROOT: 2 * 365 * 24 * time.Hour, metadata.TARGETS: 365 * 24 * time.Hour,
	metadata.SNAPSHOT: 30 * 24 * time.Hour, metadata.TIMESTAMP: 3 * 24 * time.Hour, Local: 35 * 24 * time.Hour,
	"list": 90 * 24 * time.Hour, "bulk": 90 * 24 * time.Hour, "firmware": 365 * 24 * time.Hour,
}

// Publisher is a publisher with its keys and what it has published. It is a
// trust.Source.
type Publisher struct {
	Now  time.Time        // what a publication says of its time
	Keys map[string][]Key // by role

	// What was signed last. A change counts with the next signature.
	Root      *metadata.Metadata[metadata.RootType]
	Timestamp *metadata.Metadata[metadata.TimestampType]
	Snapshot  *metadata.Metadata[metadata.SnapshotType]
	Targets   map[string]*metadata.Metadata[metadata.TargetsType]

	Asked []string // the names that were fetched, in order

	t         testing.TB
	made      int // keys so far
	threshold map[string]int
	files     map[string][]byte
	changed   map[string]bool // roles to be signed anew
}

// New returns a publisher that has published root, empty roles and a timestamp.
// Its keys are the same in each run.
func New(t testing.TB) *Publisher {
	p := &Publisher{
		Now:       time.Date(2026, time.November, 26, 8, 0, 0, 0, time.UTC),
		Keys:      map[string][]Key{},
		Root:      metadata.Root(),
		Timestamp: metadata.Timestamp(),
		Snapshot:  metadata.Snapshot(),
		Targets:   map[string]*metadata.Metadata[metadata.TargetsType]{},
		t:         t,
		threshold: map[string]int{},
		files:     map[string][]byte{},
		changed:   map[string]bool{},
	}
	p.Root.Signed.ConsistentSnapshot = true
	for _, role := range []string{metadata.ROOT, metadata.TARGETS, metadata.SNAPSHOT, metadata.TIMESTAMP, Local, "list", "bulk", "firmware"} {
		p.threshold[role] = quorums[role].threshold
		p.makeKeys(role)
	}
	p.Root.Signed.Version, p.Timestamp.Signed.Version, p.Snapshot.Signed.Version = 0, 0, 0
	p.addTargets(metadata.TARGETS)
	for _, d := range delegations {
		p.addTargets(d.role)
	}
	p.SignRoot()
	p.Publish()
	return p
}

func (p *Publisher) addTargets(role string) {
	p.Targets[role] = metadata.Targets()
	p.Targets[role].Signed.Version = 0
	p.changed[role] = true
}

func (p *Publisher) makeKeys(role string) {
	p.Keys[role] = nil
	for range quorums[role].keys {
		p.made++
		p.Keys[role] = append(p.Keys[role], newKey(p.t, p.made))
	}
}

// Options returns what a device is made with that trusts the publisher's first
// root.
func (p *Publisher) Options(shelf string) trust.Options {
	return trust.Options{Root: p.File("1.root.json"), Shelf: shelf, Built: time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)}
}

// Fetch returns a published file, and notes that it was asked for.
func (p *Publisher) Fetch(_ context.Context, name string, max int64) ([]byte, error) {
	p.Asked = append(p.Asked, name)
	data, has := p.files[name]
	if !has {
		return nil, fs.ErrNotExist
	}
	return data[:min(int64(len(data)), max+1)], nil
}

// File returns a published file, or fails the test.
func (p *Publisher) File(name string) []byte {
	p.t.Helper()
	data, has := p.files[name]
	if !has {
		p.t.Fatalf("%s was not published", name)
	}
	return data
}

// Files returns the published files as they are now, by name.
func (p *Publisher) Files() map[string][]byte { return maps.Clone(p.files) }

// Set puts a file where devices look, or takes it away when data is nil.
func (p *Publisher) Set(name string, data []byte) {
	if data == nil {
		delete(p.files, name)
		return
	}
	p.files[name] = data
}

// Reset puts back all files as they once were: see Files.
func (p *Publisher) Reset(files map[string][]byte) { p.files = maps.Clone(files) }

// WriteFolder writes what is published into a folder, as a medium has it.
func (p *Publisher) WriteFolder(dir string) {
	p.t.Helper()
	for name, data := range p.files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
}

// TargetFile returns the name of the file of a target with some content.
func TargetFile(target string, data []byte) string {
	hash := sha256.Sum256(data)
	dir, base := path.Split(target)
	return dir + hex.EncodeToString(hash[:]) + "." + base
}

func name(version int64, role string) string { return fmt.Sprintf("%d.%s.json", version, role) }
