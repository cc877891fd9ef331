package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"time"

	"portcullis/cache/feed"
	"portcullis/central/roles"
)

// newestReleases returns what tells the newest release of each list in a
// repository, as it is signed. That is looked up anew when a timestamp was: the
// question is asked for each page, and its answer is behind many signatures.
func newestReleases(dir string) func() map[string]uint64 {
	var mu sync.Mutex
	var at time.Time
	var newest map[string]uint64
	return func() map[string]uint64 {
		mu.Lock()
		defer mu.Unlock()
		info, err := os.Stat(filepath.Join(dir, "timestamp.json"))
		if err == nil && !info.ModTime().Equal(at) {
			if found, err := readNewest(dir); err == nil {
				newest, at = found, info.ModTime()
			}
		}
		return newest
	}
}

// readNewest reads the newest releases. A list has a folder of its name.
func readNewest(dir string) (map[string]uint64, error) {
	repository, err := roles.Open(roles.Dir(dir), nil)
	if err != nil {
		return nil, err
	}
	folders, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	newest := map[string]uint64{}
	for _, f := range folders {
		if !f.IsDir() || !feed.ValidListName(f.Name()) {
			continue
		}
		data, err := repository.Target(roles.List, feed.ReleasePath(f.Name()))
		if err != nil {
			continue // none yet, or a folder of something else
		}
		var m feed.Manifest
		if json.Unmarshal(data, &m) == nil {
			newest[f.Name()] = m.Sequence
		}
	}
	return newest, nil
}
