package feed

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"portcullis/cache/list"
)

// An Archive is a file of the form of a history, of a time that is over: it has
// deltas between the releases of that time, and the archives of shorter ones.
type Archive struct {
	From uint64 `json:"from"` // the first release that a step leads from
	To   uint64 `json:"to"`   // the release that the last steps lead to
	File
}

// MaxArchive bounds an archive in bytes: no honest one comes near it.
const MaxArchive = 1 << 23

// The bounds of what a device keeps in memory of histories and archives, and of
// what it reads of them for one release: a history, an archive of a month, of a
// day and of an hour are four files.
const (
	maxSteps    = 20_000
	maxArchives = 1000
	maxNesting  = 3
	maxReads    = 8
)

// named is an archive that is known, or the history: the archive of all.
type named struct {
	Archive
	depth int // 0 of the history
	read  bool
}

// history is what a history or an archive holds.
type history struct {
	Steps    []Step    `json:"steps"`
	Archives []Archive `json:"archives,omitempty"`
}

// EncodeHistory returns the bytes of a history or of an archive.
func EncodeHistory(steps []Step, archives ...Archive) ([]byte, error) {
	return json.Marshal(history{steps, archives})
}

// DecodeHistory returns what a history or an archive names, whoever made it.
func DecodeHistory(data []byte) ([]Step, []Archive, error) {
	var h history
	if json.Unmarshal(data, &h) != nil {
		return nil, nil, fmt.Errorf("feed: read history: %w", ErrMalformed)
	}
	return h.Steps, h.Archives, nil
}

// WithHistory returns the release with what its history, or an archive that is
// known, names: the data must be one of those.
func (v Verified) WithHistory(data []byte) (Verified, error) {
	more, err := v.withHistory(data)
	if err != nil {
		return Verified{}, fmt.Errorf("feed: history of release %d: %w", v.manifest.Sequence, err)
	}
	return more, nil
}

func (v Verified) withHistory(data []byte) (Verified, error) {
	sum := sha256.Sum256(data)
	id := hex.EncodeToString(sum[:])
	i := slices.IndexFunc(v.files, func(n named) bool { return n.SHA256 == id && n.Size == int64(len(data)) })
	if i < 0 {
		return v, ErrFile
	}
	of := v.files[i]
	if of.read {
		return v, nil
	}
	steps, archives, err := DecodeHistory(data)
	if err != nil {
		return v, ErrMalformed
	}
	if len(v.steps)+len(steps) > maxSteps || len(v.files)+len(archives) > maxArchives {
		return v, fmt.Errorf("%w: it names too many files", ErrMalformed)
	}
	v.steps, v.files, v.reads = slices.Clone(v.steps), slices.Clone(v.files), v.reads+1
	v.files[i].read = true
	for _, s := range steps {
		if err := errors.Join(s.check(v.manifest.Release), of.holds(s)); err != nil {
			return v, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		v.steps = append(v.steps, s)
	}
	for _, a := range archives {
		if err := of.nests(a); err != nil {
			return v, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		if !v.knows(a) {
			v.files = append(v.files, named{Archive: a, depth: of.depth + 1})
		}
	}
	return v, nil
}

// knows reports whether a file is known that is the same: it is read once.
func (v Verified) knows(a Archive) bool {
	return slices.ContainsFunc(v.files, func(n named) bool { return n.SHA256 == a.SHA256 })
}

// holds tells what is wrong with a step of an archive: it has none but of the
// releases that it says.
func (n named) holds(s Step) error {
	if n.depth > 0 && (s.From.Sequence < n.From || s.To.Sequence > n.To) {
		return fmt.Errorf("the archive of releases %d to %d has a step from %d to %d", n.From, n.To, s.From.Sequence, s.To.Sequence)
	}
	return nil
}

// nests tells what is wrong with an archive in another.
func (n named) nests(a Archive) error {
	if n.depth == maxNesting || a.From == 0 || a.From >= a.To || a.From < n.From || a.To > n.To {
		return fmt.Errorf("the archive of releases %d to %d has one of %d to %d at depth %d", n.From, n.To, a.From, a.To, n.depth+1)
	}
	return a.check(MaxArchive)
}

// Archives returns the archives that are known.
func (v Verified) Archives() (all []Archive) {
	for _, n := range v.files {
		if n.depth > 0 {
			all = append(all, n.Archive)
		}
	}
	return all
}

// Lacks returns the file that is to be read next, if it may lead on from what is
// held by fewer bytes than the steps that are known: those lead nowhere, or to a
// snapshot although something is held.
func (v Verified) Lacks(held Position, without func(Step) bool) (File, bool) {
	way, found := v.Way(held, v.manifest.Position(), without)
	if found && (held == Position{} || len(way) == 0 || way[0].Kind() == Delta) {
		return File{}, false
	}
	f, ok := v.Unread(held)
	if !ok || found && way.Bytes() <= f.Size {
		return File{}, false
	}
	return f, true
}

// Unread returns the file that is to be read next for steps that lead from a
// position, or to it: the history, and then the archive of the shortest time
// that it lies in. ok is false when nothing is left to read.
func (v Verified) Unread(at Position) (f File, ok bool) {
	if v.reads >= maxReads {
		return File{}, false
	}
	var found []named
	for _, n := range v.files {
		of := n.depth == 0 || at.Root != list.Hash{} && n.From <= at.Sequence && at.Sequence < n.To
		if of && !n.read {
			found = append(found, n)
		}
	}
	if len(found) == 0 {
		return File{}, false
	}
	return slices.MinFunc(found, func(a, b named) int { return cmp.Compare(a.To-a.From, b.To-b.From) }).File, true
}
