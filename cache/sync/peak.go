package sync

import (
	"encoding/json"
	"os"
	"path/filepath"

	"portcullis/cache/feed"
	"portcullis/durable"
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
	return durable.Replace(filepath.Join(dir, peakFile), data, 0o600)
}
