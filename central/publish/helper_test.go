package publish_test

import (
	"context"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/central/publish"
)

const keyID = "0123456789abcdef"

var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func publisher(t testing.TB, dir string) *publish.Publisher {
	t.Helper()
	p, err := publish.New(dir, "sltd", feedtest.Key(1), keyID)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func release(t testing.TB, p *publish.Publisher, at time.Time, records []list.Record) publish.Release {
	t.Helper()
	r, err := p.Publish(at, records)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// read is what a device makes of the folder of a list, against what it holds.
func read(t testing.TB, dir string, held feed.Position) feed.Verified {
	t.Helper()
	envelope, err := os.ReadFile(filepath.Join(dir, "sltd", "latest.json"))
	if err != nil {
		t.Fatal(err)
	}
	key := feedtest.Key(1).Public().(ed25519.PublicKey)
	v, err := feed.Verify(envelope, feed.Trust{List: "sltd", Keys: []ed25519.PublicKey{key}}, held)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// follow applies a file of the newest release to a device.
func follow(t testing.TB, dir string, device *feedtest.Store, kind feed.Kind) {
	t.Helper()
	v := read(t, dir, device.Position("sltd"))
	file, ok := v.Manifest().File(kind)
	if !ok {
		t.Fatalf("release %d has no %s", v.Manifest().Sequence, kind)
	}
	f, err := os.Open(filepath.Join(dir, "sltd", file.Name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := v.Content(kind, f)
	if err != nil {
		t.Fatal(err)
	}
	if err := device.Apply(context.Background(), c); err != nil {
		t.Fatal(err)
	}
}

func mustHold(t testing.TB, device *feedtest.Store, sequence uint64, want []list.Record) {
	t.Helper()
	want = slices.SortedFunc(slices.Values(want), list.Compare)
	if got := device.Position("sltd").Sequence; got != sequence || !slices.Equal(device.Records("sltd"), want) {
		t.Fatalf("the device holds %d records of release %d, want %d of %d", len(device.Records("sltd")), got, len(want), sequence)
	}
}

// folderBytes is what all files of a folder hold, by name.
func folderBytes(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(data)
	}
	return all
}
