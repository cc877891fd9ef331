package trust_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"portcullis/cache/trust"
	"portcullis/cache/trust/trusttest"
)

// lying returns what lies on a shelf.
func lying(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// lay makes a shelf of files.
func lay(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// damaged returns a file cut short, ended in zeros, and with a bit flipped: at
// each so-manieth byte, and near the ends.
func damaged(data []byte, each int) (forms [][]byte) {
	for at := range data {
		if near := at < 3 || at > len(data)-3; !near && at%each != 0 {
			continue
		}
		flipped := slices.Clone(data)
		flipped[at] ^= 1 << (at % 8)
		zeroed := append(slices.Clone(data[:at]), make([]byte, len(data)-at)...)
		forms = append(forms, data[:at], flipped, zeroed)
	}
	return append(forms, append(slices.Clone(data), data...), []byte("null"), []byte("{}"))
}

// TestADamagedShelfIsAMissAndIsMended damages each file of the shelf in each
// way, with and without a publisher who has news.
func TestADamagedShelfIsAMissAndIsMended(t *testing.T) {
	p := published(t)
	p.Rotate("root")
	p.Rotate("list") // of another version than the root
	d := newDevice(t, p)
	d.refreshes(p)
	held := p.File("timestamp.json")
	whole := lying(t, d.Shelf)
	p.Publish()
	news := p.File("timestamp.json")
	if len(whole) != 7 {
		t.Fatalf("%d files lie on the shelf: %v", len(whole), slices.Sorted(maps.Keys(whole)))
	}
	each := 97
	if os.Getenv(everyByte) != "" {
		each = 1
	}
	for name, data := range whole {
		lay(t, d.Shelf, whole)
		for i, form := range damaged(data, each) {
			lay1(t, d.Shelf, name, form)
			if m, err := trust.Load(d.Options); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatalf("%s: %v", name, err)
			} else if err == nil && m.Versions()["list"] != 3 {
				t.Fatalf("%s: held are %v", name, m.Versions())
			}
			if i%20 > 1 {
				continue
			}
			p.Set("timestamp.json", [][]byte{held, news}[i%2])
			d.mends(p)
			lay(t, d.Shelf, whole)
		}
	}
}

// everyByte is set to have the test above try each byte of each file, which takes
// minutes.
const everyByte = "TRUST_TEST_EVERY_BYTE"

func lay1(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestAFileThatCannotBeReadIsAMiss(t *testing.T) {
	p := published(t)
	p.Rotate("root")
	d := newDevice(t, p)
	d.refreshes(p)
	for name, data := range lying(t, d.Shelf) {
		if strings.HasPrefix(name, "timestamp.") {
			continue // a folder there cannot be renamed over: see below
		}
		if err := os.Remove(filepath.Join(d.Shelf, name)); err != nil {
			t.Fatal(err)
		}
		d.refreshes(p)
		if name != "2.root.json" && len(data) > 0 {
			d.holds(p, "list", manifest, "one")
		}
	}
}

func TestAShelfThatCannotBeWrittenIsAnErrorAndKeepsWhatItHas(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	d.refreshes(p)
	p.Put("list", manifest, []byte("two"))
	p.Publish()
	blocked := filepath.Join(d.Shelf, "3.list.json.tmp")
	if err := os.Mkdir(blocked, 0o755); err != nil {
		t.Fatal(err)
	}
	var path *fs.PathError
	if err := d.refuses(p); !errors.As(err, &path) {
		t.Errorf("%v", err)
	}
	d.holds(p, "list", manifest, "one")
	d.Shelf = filepath.Join(d.Shelf, "2.list.json") // a file
	if err := d.refuses(p); !errors.As(err, &path) {
		t.Errorf("%v", err)
	}
}

func TestTheShelfDoesNotGrow(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	for range 5 {
		all(p)
		d.refreshes(p)
	}
	if got := lying(t, d.Shelf); len(got) != 6 {
		t.Errorf("there lie %v", slices.Sorted(maps.Keys(got)))
	}
	lay1(t, d.Shelf, "notes.txt", []byte("of somebody else"))
	lay1(t, d.Shelf, "9.list.json.tmp", []byte("half"))
	all(p)
	d.refreshes(p)
	got := lying(t, d.Shelf)
	if _, kept := got["notes.txt"]; !kept || len(got) != 7 {
		t.Errorf("there lie %v", slices.Sorted(maps.Keys(got)))
	}
}

var errPower = errors.New("the power is gone")

// A powerCut is a disk that loses power at a step. A file's content is durable
// once it is written, and what was renamed and removed once the folder is
// synced: of what came after, any part may be lost.
type powerCut struct {
	t    testing.TB
	disk trust.Disk
	at   int // the step that does not end
	step int
	// since the folder was synced last
	before  map[string][]byte
	pending []trust.Op
}

func (c *powerCut) do(o trust.Op) error {
	c.step++
	if c.step > c.at {
		return errPower
	}
	if c.step == c.at {
		if o.Kind != "sync" {
			o.Data = o.Data[:len(o.Data)/2]
			c.pending = append(c.pending, o)
		}
		return errPower
	}
	if o.Kind == "sync" {
		c.pending = nil
		c.before = lying(c.t, c.disk.Dir)
		return nil
	}
	c.pending = append(c.pending, o)
	return unsynced(c.disk.Dir).Step(o)
}

// outcomes are the shelves that may be found afterwards: with all subsets of
// what was pending.
func (c *powerCut) outcomes() (all []map[string][]byte) {
	const free = 4 // more than a write and its rename are removals, which go together
	for subset := range 1 << min(len(c.pending), free) {
		files := maps.Clone(c.before)
		for i, o := range c.pending {
			if subset>>min(i, free-1)&1 == 0 {
				continue
			}
			switch o.Kind {
			case "write":
				files[o.Name] = o.Data
			case "rename":
				if data, has := files[o.Name]; has {
					files[o.To] = data
					delete(files, o.Name)
				}
			case "remove":
				delete(files, o.Name)
			}
		}
		all = append(all, files)
	}
	return all
}

// TestPowerLossAtAnyStepLeavesOneOfTwoSets goes from one publication to the next,
// and loses power at each step on the way.
func TestPowerLossAtAnyStepLeavesOneOfTwoSets(t *testing.T) {
	for name, change := range map[string]func(*trusttest.Publisher){
		"all roles":             all,
		"new keys of root":      func(p *trusttest.Publisher) { p.Rotate("root"); all(p) },
		"new keys of timestamp": func(p *trusttest.Publisher) { p.Rotate("timestamp"); all(p) },
	} {
		t.Run(name, func(t *testing.T) {
			p := published(t)
			d := newDevice(t, p)
			d.refreshes(p)
			start := lying(t, d.Shelf)
			sets := []int64{p.Timestamp.Signed.Version}
			change(p)
			sets = append(sets, p.Timestamp.Signed.Version)
			if name == "new keys of timestamp" {
				sets = append(sets, 0) // what was held is dropped before the new set is there
			}
			seen := map[string]bool{}
			for at := 1; ; at++ {
				lay(t, d.Shelf, start)
				cut := &powerCut{t: t, at: at, before: start, disk: trust.Disk{Dir: d.Shelf}}
				cut.disk.Step = cut.do
				_, err := trust.RefreshOn(context.Background(), cut.disk, d.Options, p)
				if cut.step < at {
					if err != nil || at < 10 {
						t.Fatalf("after %d steps: %v", at, err)
					}
					t.Logf("%d shelves after %d steps", len(seen), at-1)
					return
				}
				for _, files := range cut.outcomes() {
					if what := fmt.Sprintf("%q", files); !seen[what] {
						seen[what] = true
						lay(t, d.Shelf, files)
						d.holdsOneOf(p, sets)
					}
				}
			}
		})
	}
}

// holdsOneOf expects that one of some versions is held, or with version 0 none,
// and that a refresh brings what is published.
func (d device) holdsOneOf(p *trusttest.Publisher, versions []int64) {
	d.t.Helper()
	m, err := trust.Load(d.Options)
	version := int64(0)
	if err == nil {
		version = m.Versions()["timestamp"]
	} else if !errors.Is(err, fs.ErrNotExist) {
		d.t.Error(err)
	}
	if !slices.Contains(versions, version) {
		d.t.Errorf("held is %d, and not one of %d; there lie %v", version, versions, slices.Sorted(maps.Keys(lying(d.t, d.Shelf))))
	}
	d.mends(p)
}

// mends expects that a refresh brings what is published.
func (d device) mends(p *trusttest.Publisher) {
	d.t.Helper()
	m, err := trust.RefreshOn(context.Background(), unsynced(d.Shelf), d.Options, p)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := m.Fetch(context.Background(), p, "list", manifest); err != nil {
		d.t.Error(err)
	}
}
