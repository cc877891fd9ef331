package trust_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"portcullis/cache/trust"
	"portcullis/cache/trust/trusttest"
)

// FuzzRefresh changes one file of a publication, or of the shelf, and expects that
// what was not signed is not believed: the list is the one that was held, or the
// one that is published, and a good publisher mends all.
func FuzzRefresh(f *testing.F) {
	p := published(f)
	d := newDevice(f, p)
	d.refreshes(p)
	shelf := lying(f, d.Shelf)
	p.Put("list", manifest, []byte("two"))
	p.Rotate("root")
	all(p)
	files := p.Files()
	names := append(metadataFiles(p), trusttest.TargetFile(manifest, []byte("two")))
	for i := range names {
		f.Add(uint8(i), uint16(10), uint16(3), []byte("x"), false)
		f.Add(uint8(i), uint16(0), uint16(60000), []byte(`{"signed":{"_type":"targets","targets":{"a":null}}}`), false)
		f.Add(uint8(i), uint16(200), uint16(0), []byte(`,"Version":9`), true)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, file uint8, at, cut uint16, put []byte, onShelf bool) {
		p.Reset(files)
		d := device{t: t, Options: trust.Options{Root: files["1.root.json"], Shelf: filepath.Join(dir, "shelf")}}
		lay(t, d.Shelf, shelf)
		name := names[int(file)%len(names)]
		if onShelf {
			spoil(t, d.Shelf, int(file), func(data []byte) []byte { return mutated(data, at, cut, put) })
		} else {
			p.Set(name, mutated(files[name], at, cut, put))
		}
		if m, err := trust.RefreshOn(context.Background(), unsynced(d.Shelf), d.Options, p); err == nil {
			target, err := m.Fetch(context.Background(), p, "list", manifest)
			if err == nil && string(target.Bytes()) != "two" {
				t.Fatalf("%s: the list is %q", name, target.Bytes())
			}
		}
		p.Reset(files)
		if _, err := trust.RefreshOn(context.Background(), unsynced(d.Shelf), d.Options, p); err != nil {
			t.Fatal(err)
		}
		d.holds(p, "list", manifest, "two")
	})
}

// unsynced is the real disk without waiting for it, for tests that write much.
func unsynced(dir string) trust.Disk {
	disk := trust.Disk{Dir: dir}
	disk.Step = func(o trust.Op) error {
		switch o.Kind {
		case "write":
			return os.WriteFile(filepath.Join(dir, o.Name), o.Data, 0o644)
		case "sync":
			return nil
		}
		return disk.Do(o)
	}
	return disk
}

// mutated puts some bytes in the place of others.
func mutated(data []byte, at, cut uint16, put []byte) []byte {
	from := min(int(at), len(data))
	to := min(from+int(cut), len(data))
	return slices.Concat([]byte{}, data[:from], put, data[to:])
}

func spoil(t *testing.T, dir string, number int, change func([]byte) []byte) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, entries[number%len(entries)].Name())
	data, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, change(data), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
