package roles_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"portcullis/central/keys"
	"portcullis/central/roles"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return noon.Add(d) }

const day = 24 * time.Hour

// A publisher has a repository, and a folder for each of its keys.
type publisher struct {
	*roles.Repository
	dir  string
	plan roles.Plan
	at   map[string][]string // the folders of each role
}

// sizes is how many keys each role has at first.
var sizes = map[string]int{
	roles.Root: 5, roles.Targets: 3, roles.List: 2, roles.Bulk: 2, roles.Firmware: 3,
	roles.Snapshot: 1, roles.Timestamp: 1, roles.Offline: 1,
}

// newPublisher makes a repository at noon.
func newPublisher(t testing.TB) *publisher {
	t.Helper()
	return publisherWith(t, firstKeys())
}

func publisherWith(t testing.TB, folders map[string][]string) *publisher {
	t.Helper()
	p := &publisher{dir: filepath.Join(t.TempDir(), "repo"), plan: roles.Defaults(), at: map[string][]string{}}
	for name := range sizes {
		role := p.plan[name]
		p.at[name] = slices.Clone(folders[name])
		for _, dir := range p.at[name] {
			role.Keys = append(role.Keys, ringOf(t, dir).Keys()...)
		}
		p.plan[name] = role
	}
	var err error
	p.Repository, err = roles.Init(roles.Dir(p.dir), p.plan, p.ring(t, roles.Root, roles.Targets, roles.List, roles.Snapshot, roles.Timestamp), noon)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// keyDir has the folders of the keys that all publishers begin with.
var keyDir string

// firstKeys makes those keys, once, and returns their folders by role.
var firstKeys = sync.OnceValue(func() map[string][]string { return keysIn(keyDir) })

func keysIn(parent string) map[string][]string {
	at := map[string][]string{}
	for name, n := range sizes {
		for i := range n {
			dir := filepath.Join(parent, fmt.Sprint(name, i))
			if _, err := keys.Folder(dir).NewRole(nil); err != nil {
				panic(err)
			}
			at[name] = append(at[name], dir)
		}
	}
	return at
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		updateForEver(dir, strings.Split(os.Getenv(childKeys), ":"))
	}
	var err error
	if keyDir, err = os.MkdirTemp("", "roles"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(keyDir)
	os.Exit(code)
}

func newKey(t testing.TB) (string, keys.Public) {
	t.Helper()
	dir := t.TempDir()
	key, err := keys.Folder(dir).NewRole(nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir, key
}

// ring holds all keys of these roles.
func (p *publisher) ring(t testing.TB, names ...string) *keys.Ring {
	t.Helper()
	var places []string
	for _, name := range names {
		places = append(places, p.at[name]...)
	}
	return ringOf(t, places...)
}

func ringOf(t testing.TB, places ...string) *keys.Ring {
	t.Helper()
	ring, err := keys.Open(nil, places...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ring.Close() })
	return ring
}

func (p *publisher) online(t testing.TB) *keys.Ring {
	t.Helper()
	return p.ring(t, roles.List, roles.Snapshot, roles.Timestamp)
}

func (p *publisher) file(name string) string { return filepath.Join(p.dir, name) }

func (p *publisher) update(t testing.TB, at time.Time, says string) {
	t.Helper()
	if err := p.Update(at, p.online(t), says1(says)); err != nil {
		t.Fatal(err)
	}
}

// says1 is a change by which the list sltd holds this.
func says1(text string) roles.Change {
	return roles.Change{Role: roles.List, Put: map[string][]byte{"sltd/release.json": []byte(text)}}
}

// A device follows a repository by go-tuf's own client, in the order of the
// specification, and keeps what it believes.
type device struct {
	root, timestamp, snapshot []byte
	local                     bool // it is shown a stick
	is                        *trustedmetadata.TrustedMetadata
}

func newDevice(t testing.TB, dir string) *device {
	t.Helper()
	root, err := os.ReadFile(filepath.Join(dir, "1.root.json"))
	if err != nil {
		t.Fatal(err)
	}
	return &device{root: root}
}

// follow brings a device up to date, with a clock at that time.
func (d *device) follow(dir string, now time.Time) error {
	read := func(format string, args ...any) ([]byte, error) {
		return os.ReadFile(filepath.Join(dir, fmt.Sprintf(format, args...)))
	}
	is, err := trustedmetadata.New(d.root)
	if err != nil {
		return err
	}
	is.RefTime = now
	for root := d.root; err == nil; {
		d.root = root
		if root, err = read("%d.root.json", is.Root.Signed.Version+1); err == nil {
			before := fmt.Sprint(is.Root.Signed.Roles["timestamp"].KeyIDs, is.Root.Signed.Roles["snapshot"].KeyIDs)
			if _, err := is.UpdateRoot(root); err != nil {
				return err
			}
			if fmt.Sprint(is.Root.Signed.Roles["timestamp"].KeyIDs, is.Root.Signed.Roles["snapshot"].KeyIDs) != before {
				d.timestamp, d.snapshot = nil, nil
			}
		}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := d.timestampAndSnapshot(is, read); err != nil {
		return err
	}
	for _, role := range []string{"targets", "list", "bulk", "firmware"} {
		meta := is.Snapshot.Signed.Meta[role+".json"]
		if meta == nil {
			continue
		}
		by := "targets"
		if role == by {
			by = "root"
		}
		data, err := read("%d.%s.json", meta.Version, role)
		if err != nil {
			return err
		}
		if _, err := is.UpdateDelegatedTargets(data, role, by); err != nil {
			return fmt.Errorf("%s: %w", role, err)
		}
	}
	d.is = is
	return nil
}

func (d *device) timestampAndSnapshot(is *trustedmetadata.TrustedMetadata, read func(string, ...any) ([]byte, error)) error {
	if !d.local {
		for _, id := range is.Root.Signed.UnrecognizedFields["x-local-only"].([]any) {
			if err := is.Root.Signed.RevokeKey(id.(string), "timestamp"); err != nil {
				return err
			}
		}
	}
	if d.timestamp != nil {
		is.UpdateTimestamp(d.timestamp)
	}
	timestamp, err := read("timestamp.json")
	if err != nil {
		return err
	}
	if _, err := is.UpdateTimestamp(timestamp); err != nil && !errors.Is(err, &metadata.ErrEqualVersionNumber{}) {
		return fmt.Errorf("timestamp: %w", err)
	}
	if d.snapshot != nil {
		is.UpdateSnapshot(d.snapshot, true)
	}
	snapshot, err := read("%d.snapshot.json", is.Timestamp.Signed.Meta["snapshot.json"].Version)
	if err != nil {
		return err
	}
	if _, err := is.UpdateSnapshot(snapshot, false); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	d.timestamp, d.snapshot = timestamp, snapshot
	return nil
}

// mustSay follows the repository, and wants the list sltd to hold this.
func (d *device) mustSay(t testing.TB, dir string, now time.Time, want string) {
	t.Helper()
	if err := d.follow(dir, now); err != nil {
		t.Fatal(err)
	}
	if got := d.says(t, dir, "list", "sltd/release.json"); got != want {
		t.Fatalf("sltd holds %q, want %q", got, want)
	}
}

// says is what a target file holds, by what the device believes.
func (d *device) says(t testing.TB, dir, role, target string) string {
	t.Helper()
	doc := d.is.Targets[role]
	if doc == nil || doc.Signed.Targets[target] == nil {
		return ""
	}
	name := filepath.Join(dir, filepath.Dir(target), doc.Signed.Targets[target].Hashes["sha256"].String()+"."+filepath.Base(target))
	data, err := os.ReadFile(name)
	if err == nil {
		err = doc.Signed.Targets[target].VerifyLengthHashes(data)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
