package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"portcullis/cache/feed"
	"portcullis/central/roles"
)

const unnamedFile = "unnamed.json"

// keptMetadata is how many of the newest versions of the list role and of the
// snapshot stay. Roots and all else stay for ever: they are few.
const keptMetadata = 100

var (
	prunable = regexp.MustCompile(`^([1-9][0-9]*(-[1-9][0-9]*)?-(snapshot|tree|delta|history|archive)-[0-9a-f]{12}\.(bin|json)|[0-9a-f]{64}\.release\.json)$`)
	archives = regexp.MustCompile(`^[1-9][0-9]*-[1-9][0-9]*-archive-[0-9a-f]{12}\.json$`)
	metadata = regexp.MustCompile(`^([1-9][0-9]*)\.(list|snapshot)\.json$`)
)

// Prune removes files of the list that neither the newest release names, nor
// the one before, nor one that waits, nor an archive of theirs, once that has been
// so for the time of grace; and old metadata. It returns the names of what it
// removed. Publications prune as well, a few times in the time of grace.
func (p *Publisher) Prune(ctx context.Context, now time.Time) (removed []string, err error) {
	err = p.locked(ctx, now, func(w *work) error {
		removed, err = w.prune(w.readUnnamed())
		return err
	})
	return removed, err
}

// unnamed is what is known of the files that nothing names.
type unnamed struct {
	Looked time.Time            `json:"looked"` // when the folder was gone through
	Since  map[string]time.Time `json:"since"`
}

// readUnnamed returns what is known; without it the time of grace begins anew.
func (w *work) readUnnamed() (u unnamed) {
	data, err := os.ReadFile(w.folder.state(unnamedFile))
	if err != nil || json.Unmarshal(data, &u) != nil {
		return unnamed{}
	}
	return u
}

// pruneInTime prunes when that was not done for a while: a folder may have a
// hundred thousand files.
func (w *work) pruneInTime() ([]string, error) {
	u := w.readUnnamed()
	if since := w.now.Sub(u.Looked); since >= 0 && since < w.Policy.Grace/8 {
		return w.pruneMetadata()
	}
	return w.prune(u)
}

// prune looks at the states that there are now.
func (w *work) prune(u unnamed) ([]string, error) {
	named, err := w.named()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(w.folder.path)
	if err != nil {
		return nil, err
	}
	var removed []string
	still := map[string]time.Time{}
	for _, e := range entries {
		name := e.Name()
		if !prunable.MatchString(name) || named[name] {
			continue
		}
		if at, known := u.Since[name]; !known || at.After(w.now) {
			still[name] = w.now
		} else if w.now.Sub(at) <= w.Policy.Grace {
			still[name] = at
		} else if err := os.Remove(w.folder.file(name)); err != nil {
			return removed, err
		} else {
			removed = append(removed, name)
		}
	}
	data, err := json.Marshal(unnamed{w.now, still})
	if err == nil {
		err = w.folder.put(unnamedFile, data)
	}
	if err != nil {
		return removed, err
	}
	old, err := w.pruneMetadata()
	return append(removed, old...), err
}

// named returns the files that must stay.
func (w *work) named() (map[string]bool, error) {
	named := map[string]bool{}
	for _, file := range []string{currentFile, nextFile, pendingFile} {
		s, err := w.readState(file)
		if err != nil {
			return nil, err
		}
		if s == nil {
			continue
		}
		for _, name := range append(s.Named, s.Before...) {
			named[name] = true
		}
	}
	if len(named) == 0 {
		return nil, errors.New("it is not known what the newest release names")
	}
	return named, w.nameArchived(named)
}

// nameArchived adds what archives name, and archives in them. An archive that
// cannot be read ends it: what it names must not go.
func (w *work) nameArchived(named map[string]bool) error {
	todo := slices.DeleteFunc(slices.Collect(maps.Keys(named)), func(name string) bool { return !archives.MatchString(name) })
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		files, err := w.archived(name)
		if err != nil {
			return err
		}
		for _, file := range files {
			if !named[file] && archives.MatchString(file) {
				todo = append(todo, file)
			}
			named[file] = true
		}
	}
	maps.DeleteFunc(w.inArchives, func(name string, _ []string) bool { return !named[name] })
	return nil
}

// archived returns the files that an archive names. They never change, and are
// kept in memory for a publisher that stays.
func (p *Publisher) archived(name string) (files []string, err error) {
	if files, known := p.inArchives[name]; known {
		return files, nil
	}
	data, err := os.ReadFile(p.folder.file(name))
	if err != nil {
		return nil, fmt.Errorf("read archive: %w", err)
	}
	steps, nested, err := feed.DecodeHistory(data)
	if err != nil {
		return nil, fmt.Errorf("read archive %s: %w", name, err)
	}
	files = names(feed.Manifest{}, steps, nested)
	p.inArchives[name] = files
	return files, nil
}

// manifestFile is the name of the file of a manifest in the folder of its list.
func manifestFile(list string, data []byte) string {
	return path.Base(roles.TargetFile(feed.ReleasePath(list), data))
}

func (w *work) pruneMetadata() (removed []string, err error) {
	entries, err := fs.ReadDir(os.DirFS(w.Dir), ".")
	if err != nil {
		return nil, err
	}
	newest := map[string]int{}
	each := func(f func(name, role string, version int)) {
		for _, e := range entries {
			if m := metadata.FindStringSubmatch(e.Name()); m != nil {
				version, _ := strconv.Atoi(m[1])
				f(e.Name(), m[2], version)
			}
		}
	}
	each(func(_, role string, version int) { newest[role] = max(newest[role], version) })
	each(func(name, role string, version int) {
		if version > newest[role]-keptMetadata || err != nil {
			return
		}
		if err = os.Remove(filepath.Join(w.Dir, name)); err == nil {
			removed = append(removed, name)
		}
	})
	if err != nil {
		err = fmt.Errorf("remove old metadata: %w", err)
	}
	return removed, err
}
