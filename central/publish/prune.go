package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
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
	prunable = regexp.MustCompile(`^([1-9][0-9]*(-[1-9][0-9]*)?-(snapshot|tree|delta|history)-[0-9a-f]{12}\.(bin|json)|[0-9a-f]{64}\.release\.json)$`)
	metadata = regexp.MustCompile(`^([1-9][0-9]*)\.(list|snapshot)\.json$`)
)

// Prune removes files of the list that neither the newest release names, nor
// the one before, nor one that waits, once that has been so for the time of
// grace; and old metadata. It returns the names of what it removed. Each
// publication prunes as well.
func (p *Publisher) Prune(ctx context.Context, now time.Time) (removed []string, err error) {
	err = p.locked(ctx, now, func(w *work) error {
		removed, err = w.prune()
		return err
	})
	return removed, err
}

// prune looks at the states that there are now.
func (w *work) prune() ([]string, error) {
	named, err := w.named()
	if err != nil {
		return nil, err
	}
	since := map[string]time.Time{}
	if data, err := os.ReadFile(w.folder.state(unnamedFile)); err == nil {
		_ = json.Unmarshal(data, &since) // without it the time of grace begins anew
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
		if at, known := since[name]; !known || at.After(w.now) {
			still[name] = w.now
		} else if w.now.Sub(at) <= w.Policy.Grace {
			still[name] = at
		} else if err := os.Remove(w.folder.file(name)); err != nil {
			return removed, err
		} else {
			removed = append(removed, name)
		}
	}
	data, err := json.Marshal(still)
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
	return named, nil
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
