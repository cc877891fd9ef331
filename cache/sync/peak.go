package sync

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"portcullis/cache/feed"
)

const peakFile = "peak.json"

// readPeak returns the peak of a list that a folder keeps; one that cannot be
// read is that of a list which never was.
func readPeak(dir string) (p feed.Peak) {
	data, err := os.ReadFile(filepath.Join(dir, peakFile))
	if err != nil || json.Unmarshal(data, &p) != nil {
		return feed.Peak{}
	}
	return p
}

// writePeak makes a peak durable.
func writePeak(dir string, p feed.Peak) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, peakFile+"-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which fails once it is renamed
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, peakFile)); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
