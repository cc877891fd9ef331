package cache_test

import (
	"bytes"
	"cmp"
	"context"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/cache/feed"
)

// tear does to a copy of a killed store what a card does that loses its cache:
// the newest files lose their ends. A kill alone keeps the page cache. Then the
// store may be refused, or hold an older release, or give no answer; what it
// answers is what the release says that it holds, and a snapshot mends it.
func (s *soak) tear() {
	t := s.t
	t.Helper()
	dir := filepath.Join(t.TempDir(), "torn")
	defer os.RemoveAll(dir)
	copySparse(t, s.dir, dir)
	files := newestFiles(t, dir)
	for _, name := range files[:min(len(files), 1+s.rnd.IntN(4))] {
		tearFile(t, s.rnd, name)
	}
	s.torn.count++
	store, err := openQuietly(dir)
	if err != nil {
		s.torn.refused++
		return
	}
	defer store.Close()
	if held := store.Position("sltd").Sequence; held > s.acknowledged+1 {
		t.Fatalf("release %d is held, and the last was %d", held, s.acknowledged)
	}
	s.m.mustAnswer(t, store, false)
	resumed := store.Resume(context.Background())
	s.m.mustAnswer(t, store, false)
	if r, err := store.Verify(context.Background(), "sltd"); err == nil && r.Sound() && resumed == nil {
		s.torn.whole++
	} else {
		s.torn.partial++
	}
	apply(t, store, s.m.next(s.m.publisher(t, s.acknowledged+1))[feed.Snapshot])
	s.m.mustBeWhole(t, store)
}

// newestFiles returns the files that Badger writes to, the last written first.
func newestFiles(t testing.TB, dir string) (names []string) {
	t.Helper()
	written := map[string]time.Time{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if ext := filepath.Ext(name); err == nil && (ext == ".mem" || ext == ".sst" || d.Name() == "MANIFEST") {
			names, written[name] = append(names, name), info.ModTime()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(written[b].Compare(written[a]), cmp.Compare(a, b)) })
	return names
}

// tearFile cuts the end of a file off, or makes zeros of it.
func tearFile(t testing.TB, rnd *rand.Rand, name string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	end := len(bytes.TrimRight(data, "\x00"))
	at := max(0, end-1-rnd.IntN(max(1, min(end, 16<<10))))
	if err = os.Truncate(name, int64(at)); err == nil && rnd.IntN(2) == 0 {
		err = os.Truncate(name, int64(len(data)))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// copySparse copies a folder with its times, and leaves the holes of Badger's
// files holes: there are hundred times more of them than data.
func copySparse(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, name)
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		return copySparseFile(name, filepath.Join(to, rel))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func copySparseFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	dst, err := os.Create(to)
	if err != nil {
		return err
	}
	defer dst.Close()
	for at := int64(0); ; {
		begin, err := unix.Seek(int(src.Fd()), at, unix.SEEK_DATA)
		if err == unix.ENXIO { // no more data
			break
		}
		if err != nil {
			return err
		}
		if at, err = unix.Seek(int(src.Fd()), begin, unix.SEEK_HOLE); err != nil {
			return err
		}
		part := make([]byte, at-begin)
		if _, err := src.ReadAt(part, begin); err != nil {
			return err
		}
		if _, err := dst.WriteAt(part, begin); err != nil {
			return err
		}
	}
	if err := dst.Truncate(info.Size()); err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}
