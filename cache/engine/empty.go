package engine

import (
	"os"
	"path/filepath"
	"slices"
)

// DropEmpty removes the logs without a byte from a folder that nobody has open.
// Badger v4.9.6 makes a log empty before it gives it its size, and empties it
// before it removes it; an empty one, which is what a kill in between leaves, keeps
// it from opening the folder ever again. Nothing was written to it.
func DropEmpty(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || info.Size() > 0 || !slices.Contains([]string{".mem", ".vlog"}, filepath.Ext(f.Name())) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}
