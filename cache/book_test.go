package cache_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"portcullis/cache"
	"portcullis/cache/feed"
)

// Badger says of a key whose block is damaged that it is not there. Of the head
// of a list that would mean that there is no release, and cost its folder.
func TestABookWhoseKeysAreDamagedIsNotTakenForAnEmptyOne(t *testing.T) {
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := &publisher{t: t}
	apply(t, s, p.release(randomRecords(1, 10))[feed.Snapshot])
	s.Close()
	tables, err := filepath.Glob(filepath.Join(dir, "book", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(tables, err)
	}
	for _, name := range tables {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		data = bytes.Replace(data, []byte("/head"), []byte("/heae"), 1) // a bit, of the block and not of the index
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := cache.Open(dir, options()); !errors.Is(err, cache.ErrStoreDamaged) {
		t.Errorf("opened: %v, want %v", err, cache.ErrStoreDamaged)
		if err == nil {
			s.Close()
		}
	}
	if _, err := os.Stat(generation(dir, 1)); err != nil {
		t.Errorf("the generation is gone: %v", err)
	}
}
