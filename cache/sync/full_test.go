package sync_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"portcullis/cache"
	"portcullis/cache/list"
	"portcullis/cache/sync"
)

// mountSmall puts a small file system on a new folder, or on one that is there.
func mountSmall(t *testing.T, dir, size string) {
	t.Helper()
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size)
	}
	switch {
	case err == nil:
		t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	case os.Getenv("PORTCULLIS_REQUIRE") != "":
		t.Fatalf("needs the right to mount a small file system: %v", err)
	default:
		t.Skipf("needs the right to mount a small file system: %v", err)
	}
}

func remount(t *testing.T, dir string, flags uintptr) {
	t.Helper()
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_REMOUNT|flags, ""); err != nil {
		t.Fatal(err)
	}
}

// fill leaves so many bytes free on the file system of a folder; the function
// that it returns gives the room back.
func fill(t *testing.T, dir string, leave int64) (empty func()) {
	t.Helper()
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if size := int64(stat.Bavail)*int64(stat.Bsize) - leave; size > 0 {
		if err := unix.Fallocate(int(f.Fd()), 0, 0, size); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// mustServe looks a document up that no release lists.
func mustServe(t *testing.T, s *cache.Store) {
	t.Helper()
	a, err := s.Lookup(cache.Query{Number: "AB12345", Class: list.Passport, Issuer: "UTO"})
	if err != nil || a.Lists[0].Err != nil {
		t.Fatalf("a look-up: %v, %+v", err, a)
	}
}

// mustFollow brings a device to the newest release.
func (c *course) mustFollow(t *testing.T, client *sync.Client, s *cache.Store) {
	t.Helper()
	if err := client.Once(t.Context()); err != nil && sync.CodeOf(err) != sync.Expired {
		t.Fatal(err)
	}
	if held := c.mustBeWhole(t, s, 0); held != c.newest().Sequence {
		t.Fatalf("it holds release %d of %d", held, c.newest().Sequence)
	}
}

// mustRefuse tries to, for want of something that the device has.
func (c *course) mustRefuse(t *testing.T, client *sync.Client, s *cache.Store, want ...sync.Code) {
	t.Helper()
	held := s.Position("sltd").Sequence
	err := client.Once(t.Context())
	code := sync.CodeOf(err)
	for _, w := range want {
		if code == w {
			if got := client.Status(); got.Code != code || got.Detail == "" {
				t.Errorf("after %v the status is %+v", err, got)
			}
			c.mustBeWhole(t, s, held)
			mustServe(t, s)
			return
		}
	}
	t.Fatalf("%v, want %v", err, want)
}

// A disk has so many bytes left that each part of an update is refused in its
// turn: what is signed, what is fetched, what is stored. The old list serves,
// the code says what to do, and room is all that it takes to go on.
func TestAFullDiskIsToldOfAndRecoversByItself(t *testing.T) {
	t.Parallel()
	h := home(t.TempDir())
	mountSmall(t, string(h), "400m")
	c, from := newCourse(t, 30_000), string(newHome(t))
	offer := func() {
		c.next(2000)
		c.repository.WriteFolder(from)
	}
	offer()
	s := h.mustOpen(t)
	client := h.mustClient(t, s, sync.Dir(from), c.repository.Root())
	fits := false
	for i, leave := range []int64{0, 4 << 10, 8 << 10, 12 << 10, 16 << 10, 24 << 10, 40 << 10, 64 << 10, 128 << 10, 1 << 20, 16 << 20, 63 << 20, 65 << 20, 110 << 20, 140 << 20, 200 << 20} {
		t.Run(fmt.Sprint(leave>>10, " kB"), func(t *testing.T) {
			if i > 0 {
				offer()
			}
			before := s.Position("sltd").Sequence
			empty := fill(t, string(h), leave)
			err := client.Once(t.Context())
			code := sync.CodeOf(err)
			full := code == sync.NoSpace && errors.Is(err, syscall.ENOSPC)
			if fits = code == sync.Current || code == sync.Expired; !full && !fits {
				t.Errorf("%v, want %s", err, sync.NoSpace)
			}
			if full && (client.Status().Code != sync.NoSpace || before > 0 && s.Position("sltd").Sequence != before) {
				t.Errorf("after %v the status is %+v, and release %d is held", err, client.Status(), s.Position("sltd").Sequence)
			}
			if before > 0 {
				c.mustBeWhole(t, s, before)
				mustServe(t, s)
			}
			mustLeaveNothing(t, h)
			empty()
			c.mustFollow(t, client, s)
			mustServe(t, s)
		})
	}
	if !fits {
		t.Error("nothing ever fitted: the ladder is too short")
	}
}

// mustLeaveNothing expects that an attempt which failed for want of room has not
// kept what it half wrote.
func mustLeaveNothing(t *testing.T, h home) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(string(h), "s*", "sltd", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range left {
		if base := filepath.Base(name); strings.HasSuffix(base, ".tmp") || strings.HasPrefix(base, "peak.json-") {
			t.Errorf("%s is left", base)
		}
	}
}

// The shelf alone is full, or read-only, and the spool alone: whoever makes room
// there need do nothing else.
func TestAShelfOrASpoolThatCannotBeWritten(t *testing.T) {
	for where, folder := range map[string]func(home) string{"shelf": home.shelf, "spool": home.spool} {
		t.Run(where, func(t *testing.T) {
			c, h, from := newCourse(t, 30_000), newHome(t), string(newHome(t))
			mountSmall(t, folder(h), "2m")
			offer := func() {
				c.next(2000)
				c.repository.WriteFolder(from)
			}
			offer()
			s := h.mustOpen(t)
			client := h.mustClient(t, s, sync.Dir(from), c.repository.Root())
			empty := fill(t, folder(h), 0)
			if code := sync.CodeOf(client.Once(t.Context())); code != sync.NoSpace {
				t.Errorf("nothing is held, and there is no room: %s", code)
			}
			empty()
			c.mustFollow(t, client, s)

			for _, leave := range []int64{0, 4 << 10, 12 << 10} {
				offer()
				empty := fill(t, folder(h), leave)
				c.mustRefuse(t, client, s, sync.NoSpace)
				empty()
				c.mustFollow(t, client, s)
			}
			offer()
			remount(t, folder(h), unix.MS_RDONLY)
			c.mustRefuse(t, client, s, sync.SpoolFailed)
			remount(t, folder(h), 0)
			c.mustFollow(t, client, s)
		})
	}
}

// A full shelf must not hide by how much a list may shrink: what was not noted
// when a release was applied is noted with the next look.
func TestAPeakThatCouldNotBeNotedIsNotedLater(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	d.server.publish(p.Release(t, records[:10_000]))
	d.mustSucceed(t)
	d.server.publish(p.Release(t, records))
	peak := filepath.Join(d.shelf, "sltd", "peak.json")
	old, err := os.ReadFile(peak)
	if err != nil {
		t.Fatal(err)
	}
	d.mustSucceed(t)
	if err := os.WriteFile(peak, old, 0o600); err != nil { // as a power cut before it would leave it
		t.Fatal(err)
	}
	d.mustSucceed(t)
	d.server.publish(p.Release(t, records[:10_000]))
	d.mustFail(t, sync.Shrunk)
}
