package roles

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"portcullis/central/keys"
)

// Offline writes to a stick all metadata that devices need, the target files,
// and a timestamp that the ring's offline key signs. Devices accept that
// timestamp from a stick alone. Nothing is written to the repository, which may
// be a copy. What the target files refer to is not written.
func (r *Repository) Offline(now time.Time, ring *keys.Ring, stick Folder) error {
	if err := r.offline(now.UTC(), ring, stick); err != nil {
		return fmt.Errorf("export repository: %w", err)
	}
	return nil
}

func (r *Repository) offline(now time.Time, ring *keys.Ring, stick Folder) error {
	is, err := load(r.folder, r.anchor)
	if err != nil {
		return err
	}
	if is.unfinished {
		return errors.New("a crash left a change unfinished: refresh the repository first")
	}
	if last := published(is.timestamp.Signed.UnrecognizedFields); now.Before(last) {
		return fmt.Errorf("%w: it is %s, the timestamp is of %s", ErrClock, stamp(now), stamp(last))
	}
	doc := newTimestamp(is.root(), Offline, now, is.timestamp, is.timestamp.Signed.Meta["snapshot.json"])
	if err := signAs(doc, Offline, is.root(), nil, ring); err != nil {
		return err
	}
	timestamp, err := doc.ToBytes(false)
	if err != nil {
		return err
	}
	whole := overlay{r.folder, map[string][]byte{timestampFile: timestamp}}
	if err := try(whole, r.anchor, now, true); err != nil {
		return fmt.Errorf("%w: %w", ErrSelfTest, err)
	}
	unlock, err := stick.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	for _, name := range append(is.files(), timestampFile) {
		if err := copyFile(whole, stick, name); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// files names all immutable files of a state, the target files first.
func (s *state) files() (names []string) {
	for role, doc := range s.targets {
		for target, file := range doc.Signed.Targets {
			names = append(names, consistent(target, file.Hashes["sha256"].String()))
		}
		names = append(names, fileName(role, doc.Signed.Version))
	}
	slices.SortFunc(names, func(a, b string) int { // those in folders first
		return strings.Compare(fmt.Sprint(!strings.Contains(a, "/"), a), fmt.Sprint(!strings.Contains(b, "/"), b))
	})
	names = append(names, fileName(Snapshot, s.snapshot.Signed.Version))
	for version := int64(1); version <= s.root().Signed.Version; version++ {
		names = append(names, fileName(Root, version))
	}
	return names
}

func copyFile(from, to Folder, name string) error {
	data, err := from.Get(name)
	if err != nil {
		return err
	}
	return writeTo(to, write{name, data})
}
