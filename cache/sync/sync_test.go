package sync_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/sync"
)

func TestDeviceFollowsBySnapshotAndDelta(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	if d.Status() != (sync.Status{}) {
		t.Errorf("before anything was tried the status is %+v", d.Status())
	}
	one := p.Release(t, records)
	d.server.publish(one)
	d.mustSucceed(t)
	d.mustHold(t, one, records)
	mustEqual(t, "requests", d.server.asked(), []string{"timestamp.json", name(one, feed.Snapshot)})
	if at, published := d.store.CheckedAt("sltd"), d.server.repository.Now; !at.Equal(published) || !d.Status().Published.Equal(published) {
		t.Errorf("the list was checked at %s, and the publisher spoke at %s", at, published)
	}

	since := d.Status().Since
	d.mustSucceed(t) // there is nothing new
	mustEqual(t, "requests", d.server.asked(), []string{"timestamp.json"})
	if !d.Status().Since.Equal(since) || d.Status().LastSuccess.Equal(since) {
		t.Errorf("after another success the status is %+v", d.Status())
	}

	two := p.Release(t, records[100:])
	d.server.publish(two)
	d.mustSucceed(t)
	d.mustHold(t, two, records[100:])
	mustEqual(t, "requests", d.server.asked(), []string{"timestamp.json", name(two, feed.Delta)})

	p.Release(t, records[200:])
	four := p.Release(t, records[300:])
	d.server.publish(four) // whose delta stands on a release that the device never had
	d.mustSucceed(t)
	d.mustHold(t, four, records[300:])
	mustEqual(t, "requests", d.server.asked(), []string{"timestamp.json", name(four, feed.Snapshot)})
	mustEqual(t, "applied", d.store.Applied("sltd"), []feed.Kind{feed.Snapshot, feed.Delta, feed.Snapshot})
}

func TestProgressIsToldWhileAFileComes(t *testing.T) {
	d := newDevice(t, nil)
	one := publisher().Release(t, records)
	d.server.publish(one)
	d.mustSucceed(t)
	size := int64(len(one.Files[name(one, feed.Snapshot)]))
	last, steps := int64(0), 0
	for _, s := range d.states {
		if s.Progress == (sync.Progress{}) {
			continue
		}
		steps++
		if p := s.Progress; p.Kind != feed.Snapshot || p.Sequence != 1 || p.Total != size || p.Done <= last || s.Code != sync.Unknown {
			t.Errorf("progress %+v after %d", s, last)
		}
		last = s.Progress.Done
	}
	if last != size || steps < 3 {
		t.Errorf("%d steps, the last at %d of %d bytes", steps, last, size)
	}
}

func TestFolderIsASourceLikeAServer(t *testing.T) {
	stick := filepath.Join(t.TempDir(), "stick")
	p := publisher()
	one := p.Release(t, records)
	for _, address := range []string{stick, "file://" + stick} {
		d := newDevice(t, func(c *sync.Config) { c.Source = newSource(t, address) })
		if _, err := os.Stat(stick); err != nil {
			d.mustFail(t, sync.FetchFailed) // the stick is not there yet
			writeRelease(t, stick, one)
		}
		d.mustSucceed(t)
		d.mustHold(t, one, records)
	}
}

func TestFolderWithBadFiles(t *testing.T) {
	one := publisher().Release(t, records)
	snapshot := one.Files[name(one, feed.Snapshot)]
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, snapshot, 0o600); err != nil {
		t.Fatal(err)
	}
	for why, c := range map[string]struct {
		spoil func(path string) error
		want  sync.Code
	}{
		"no file":    {os.Remove, sync.FetchFailed},
		"truncated":  {func(path string) error { return os.Truncate(path, 100) }, sync.FileMismatch},
		"longer":     {func(path string) error { return os.Truncate(path, int64(len(snapshot))+1) }, sync.FileMismatch},
		"a folder":   {func(path string) error { return replace(path, os.Mkdir(path+"x", 0o700)) }, sync.FetchFailed},
		"a pipe":     {func(path string) error { return replace(path, syscall.Mkfifo(path+"x", 0o600)) }, sync.FetchFailed},
		"a link out": {func(path string) error { return replace(path, os.Symlink(outside, path+"x")) }, sync.FetchFailed},
	} {
		t.Run(why, func(t *testing.T) {
			stick := t.TempDir()
			writeRelease(t, stick, one)
			d := newDevice(t, func(c *sync.Config) { c.Source = sync.Dir(stick) })
			if err := c.spoil(filepath.Join(stick, "sltd", name(one, feed.Snapshot))); err != nil {
				t.Fatal(err)
			}
			d.mustFail(t, c.want)
		})
	}
}

// replace puts what was made at path+"x" in the place of path.
func replace(path string, err error) error {
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	return os.Rename(path+"x", path)
}

// writeRelease writes a repository with a release into a folder.
func writeRelease(t *testing.T, dir string, r feedtest.Release) {
	t.Helper()
	repository := feedtest.NewRepository(t)
	repository.Release(r)
	repository.WriteFolder(dir)
}

func TestAddressesThatAreNoneAreRefusedWithoutTellingThem(t *testing.T) {
	for _, address := range []string{"", "http://user:secret@host:port/", "ftp://user:secret@host/", "file://secret/lists", "file://"} {
		if s, err := sync.NewSource(address); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, %v", address, s, err)
		}
	}
}

func TestConfigurationsThatCannotWorkAreRefused(t *testing.T) {
	good := sync.Config{List: "sltd", Root: []byte("{}"), Source: sync.HTTP(&url.URL{}, nil), Store: &feedtest.Store{}, Spool: "x", Shelf: "y"}
	if _, err := sync.New(good); err != nil {
		t.Fatal(err)
	}
	for why, change := range map[string]func(*sync.Config){
		"no list":           func(c *sync.Config) { c.List = "" },
		"a path for a list": func(c *sync.Config) { c.List = "../x" },
		"no root":           func(c *sync.Config) { c.Root = nil },
		"no shelf":          func(c *sync.Config) { c.Shelf = "" },
		"no store":          func(c *sync.Config) { c.Store = nil },
		"no spool":          func(c *sync.Config) { c.Spool = "" },
		"negative interval": func(c *sync.Config) { c.Interval = -1 },
	} {
		c := good
		change(&c)
		if _, err := sync.New(c); err == nil {
			t.Errorf("%s: accepted", why)
		}
	}
}
