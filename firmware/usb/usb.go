// Package usb finds lists on sticks, where no network reaches a device. A stick
// is whatever is mounted below some folders; one with a folder portcullis/, or
// with a timestamp.json at its root, holds a repository. Nothing on it is
// trusted, no link on it is followed and nothing is opened here: whoever is
// handed the folder checks it as it checks a server. That a stick is pulled is
// no fault.
package usb

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// Folder and Timestamp are what a stick with a repository has at its root.
const (
	Folder    = "portcullis"
	Timestamp = "timestamp.json"
)

// Repository returns the folder of the repository on a stick, or ok false when
// there is none.
func Repository(stick string) (folder string, ok bool) {
	folder = filepath.Join(stick, Folder)
	if info, err := os.Lstat(folder); err == nil && info.IsDir() {
		return folder, true
	}
	info, err := os.Lstat(filepath.Join(stick, Timestamp))
	return stick, err == nil && info.Mode().IsRegular()
}

// Every is how often a Watcher looks.
const Every = 3 * time.Second

// A Watcher hands over the repository of every stick that comes, once, and again
// when the stick was away or holds something else.
type Watcher struct {
	Paths []string // folders below which sticks are mounted, such as /media
	// Found is handed the folder of a repository. It may take long, and must
	// bear that the stick is pulled meanwhile.
	Found func(ctx context.Context, folder string) error
	Log   *slog.Logger

	seen map[string]mark // by folder
}

// A mark tells whether a folder holds what it held before.
type mark [sha256.Size]byte

// Run looks for sticks until ctx is done.
func (w *Watcher) Run(ctx context.Context) error {
	w.seen = map[string]mark{}
	ticks := time.NewTicker(Every)
	defer ticks.Stop()
	for {
		w.look(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
	}
}

// look hands over what is new. What is away is forgotten.
func (w *Watcher) look(ctx context.Context) {
	there := map[string]mark{}
	for _, path := range w.Paths {
		for _, folder := range repositories(path) {
			there[folder] = markOf(folder)
		}
	}
	for folder, m := range there {
		if before, ok := w.seen[folder]; ok && before == m || ctx.Err() != nil {
			continue
		}
		w.Log.Info("a stick with lists was found", "folder", folder)
		if err := w.Found(ctx, folder); err != nil && ctx.Err() == nil {
			w.Log.Warn("the lists of a stick were not used", "folder", folder, "error", err)
		}
	}
	w.seen = there
}

// maxEntries bounds what is looked at in one folder.
const maxEntries = 256

// repositories returns those on the sticks below a folder. A stick may be
// mounted in a folder of whoever is logged in.
func repositories(path string) (found []string) {
	for _, stick := range folders(path) {
		if folder, ok := Repository(stick); ok {
			found = append(found, folder)
			continue
		}
		for _, inner := range folders(stick) {
			if folder, ok := Repository(inner); ok {
				found = append(found, folder)
			}
		}
	}
	return found
}

// folders returns the folders in a folder, and no links to some. One that cannot
// be read has none.
func folders(path string) (all []string) {
	for _, e := range entries(path) {
		if e.IsDir() {
			all = append(all, filepath.Join(path, e.Name()))
		}
	}
	return all
}

func entries(path string) []os.DirEntry {
	d, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer d.Close()
	some, _ := d.ReadDir(maxEntries)
	return some
}

// markOf is made of what a folder and the folders in it hold, by name, size and
// time.
func markOf(folder string) mark {
	h := sha256.New()
	for _, dir := range append([]string{folder}, folders(folder)...) {
		for _, e := range entries(dir) {
			if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
				fmt.Fprintf(h, "%q %d %d\n", e.Name(), info.Size(), info.ModTime().UnixNano())
			}
		}
		io.WriteString(h, "\n")
	}
	return mark(h.Sum(nil))
}
