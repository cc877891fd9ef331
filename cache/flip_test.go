package cache_test

import (
	"context"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portcullis/cache/feed"
)

// flippedStore is a closed store of two releases of the model, the folder of it
// and the names of its files.
func flippedStore(t *testing.T, m *model) (dir string, files []string) {
	t.Helper()
	dir = storeFolder(t)
	s := openStore(t, dir)
	p := m.publisher(t, 0)
	apply(t, s, m.next(p)[feed.Snapshot])
	apply(t, s, m.next(p)[feed.Delta])
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, filesIn(t, dir)
}

func filesIn(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestAFileOfTheStoreThatIsCutOrFlippedIsNeverAWrongAnswer looks every number up
// in copies of a store of which one file is changed: what is answered is right,
// or the list has an error, or there is no store. A snapshot mends what opens.
func TestAFileOfTheStoreThatIsCutOrFlippedIsNeverAWrongAnswer(t *testing.T) {
	m := newModel(t)
	source, files := flippedStore(t, m)
	seed := uint64(time.Now().UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 0))
	ways := 7
	if os.Getenv(soakRounds) != "" {
		ways = 70
	}
	for _, file := range files {
		for way := range ways {
			dir := storeFolder(t)
			copySparse(t, source, dir)
			damageFile(t, rnd, filepath.Join(dir, file), way)
			s, err := openQuietly(dir)
			if err != nil {
				continue // refused: no answer at all
			}
			m.mustAnswer(t, s, false)
			if rnd.IntN(4) == 0 {
				apply(t, s, m.next(m.publisher(t, 2))[feed.Snapshot])
				m.mustBeWhole(t, s)
			}
			s.Close()
			os.RemoveAll(dir)
		}
		if t.Failed() {
			t.Fatalf("%s, seed %d", file, seed)
		}
	}
}

// TestAFileThatIsFlippedWhileTheStoreIsOpenIsNeverAWrongAnswer does so behind
// the back of a store that serves.
func TestAFileThatIsFlippedWhileTheStoreIsOpenIsNeverAWrongAnswer(t *testing.T) {
	m := newModel(t)
	source, _ := flippedStore(t, m)
	seed := uint64(time.Now().UnixNano())
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 10 {
		dir := storeFolder(t)
		copySparse(t, source, dir)
		s := openStore(t, dir)
		m.mustBeWhole(t, s)
		for _, file := range filesIn(t, dir) {
			if strings.HasSuffix(file, ".sst") {
				flipInPlace(t, rnd, filepath.Join(dir, file), 1+rnd.IntN(20))
			}
		}
		m.mustAnswer(t, s, false)
		if _, err := s.Verify(context.Background(), "sltd"); err != nil {
			t.Fatal(err)
		}
		m.mustAnswer(t, s, false)
		if s.Apply(context.Background(), m.next(m.publisher(t, 2))[feed.Snapshot]) == nil { // the book may be bad
			m.mustBeWhole(t, s)
		}
		m.mustAnswer(t, s, false)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		s.Close()
	}
}

// damageFile empties a file, halves it, cuts it anywhere, or turns one or more
// bits of what was written to it.
func damageFile(t *testing.T, rnd *rand.Rand, name string, way int) {
	t.Helper()
	written := int64(writtenBytes(t, name))
	var err error
	switch {
	case way == 0:
		err = os.Truncate(name, 0)
	case way == 1:
		err = os.Truncate(name, written/2)
	case way == 2 && written > 0:
		err = os.Truncate(name, rnd.Int64N(written))
	default:
		flipInPlace(t, rnd, name, 1+(way-3)*2)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// writtenBytes returns how long a file is without the zeros at its end.
func writtenBytes(t *testing.T, name string) int {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return len(strings.TrimRight(string(data), "\x00"))
}

// flipInPlace turns bits of a file anywhere in what was written to it.
func flipInPlace(t *testing.T, rnd *rand.Rand, name string, bits int) {
	t.Helper()
	written := writtenBytes(t, name)
	if written == 0 {
		return
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range bits {
		var b [1]byte
		at := rnd.Int64N(int64(written))
		if _, err := f.ReadAt(b[:], at); err != nil {
			t.Fatal(err)
		}
		b[0] ^= 1 << rnd.IntN(8)
		if _, err := f.WriteAt(b[:], at); err != nil {
			t.Fatal(err)
		}
	}
}
