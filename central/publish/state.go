package publish

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"portcullis/cache/feed"
	"portcullis/cache/list"
	"portcullis/durable"
)

// A state is what a publisher keeps of a release beside what is published:
//
//	.state/current.json         of the newest release
//	.state/next.json            of the one that is being published, and its manifest
//	.state/pending.json         of one that waits for approval
//	.state/<12 hex>.leaves      the leaf hashes of a release, by its root
//	.state/unnamed.json         since when files are named by nothing
//	.state/lock, .state/new-*   the lock, and files that are being written
//
// Nothing of it is needed: what is missing is made anew from the published files,
// which takes a reading of the whole list. Then a registry is compared as a whole,
// the levels of deltas are what their ends tell, and the gates count from then on.
type state struct {
	Position feed.Position     `json:"position"`
	Manifest []byte            `json:"manifest"` // as it is signed
	Origin   string            `json:"origin,omitempty"`
	Cursor   uint64            `json:"cursor,omitempty"` // of the registry of that origin
	Issuers  map[string]uint64 `json:"issuers"`          // records by issuing State
	Peak     feed.Peak         `json:"peak"`
	Lately   lately            `json:"lately,omitempty"` // what was published without approval
	Calendar calendar          `json:"calendar"`
	Named    []string          `json:"named"`  // files that the release names, but by way of archives
	Before   []string          `json:"before"` // files that the release before names
}

const (
	currentFile = "current.json"
	nextFile    = "next.json"
	pendingFile = "pending.json"
)

func leavesFile(root list.Hash) string { return root.String()[:12] + ".leaves" }

// readState returns a state, or nil when there is none that can be read.
func (p *Publisher) readState(name string) (*state, error) {
	data, err := os.ReadFile(p.folder.state(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := new(state)
	if json.Unmarshal(data, s) != nil {
		return nil, nil
	}
	return s, nil
}

func (p *Publisher) writeState(name string, s *state) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return p.folder.put(name, data)
}

// adopt makes the state in a file the current one.
func (p *Publisher) adopt(from string) error {
	if err := os.Rename(p.folder.state(from), p.folder.state(currentFile)); err != nil {
		return err
	}
	if err := durable.SyncFolder(p.folder.state("")); err != nil {
		return err
	}
	p.sweepLeaves()
	return nil
}

// sweepLeaves removes leaf hashes that no state has. What stays costs room alone.
func (p *Publisher) sweepLeaves() {
	var keep []string
	for _, name := range []string{currentFile, nextFile, pendingFile} {
		if s, err := p.readState(name); err == nil && s != nil {
			keep = append(keep, leavesFile(s.Position.Root))
		}
	}
	all, _ := filepath.Glob(p.folder.state("*.leaves"))
	for _, path := range all {
		if !slices.Contains(keep, filepath.Base(path)) {
			os.Remove(path)
		}
	}
}

func (p *Publisher) writeLeaves(root list.Hash, leaves []list.Hash) error {
	t, err := p.folder.create()
	if err != nil {
		return err
	}
	defer t.drop()
	if err := feed.WriteTree(t, leaves); err != nil {
		return err
	}
	if err := errors.Join(t.Flush(), t.file.Sync()); err != nil {
		return err
	}
	return t.rename(filepath.Join(stateDir, leavesFile(root)))
}

// loadState finds the state of the newest release, and makes it anew if need be.
// A registry is read from where that release was made.
func (w *work) loadState() error {
	err := w.findState()
	if err == nil {
		w.origin, w.cursor = w.state.Origin, w.state.Cursor
	}
	return err
}

func (w *work) findState() error {
	if w.last.Sequence == 0 {
		w.state = &state{}
		return nil
	}
	s, err := w.readState(currentFile)
	if err != nil {
		return err
	}
	if s != nil && s.Position == w.last.Position() && total(s.Issuers) == w.last.Records {
		data, err := os.ReadFile(w.folder.state(leavesFile(w.last.Root)))
		if err == nil {
			w.leaves, err = feed.ReadTree(data, w.last.Params, w.last.Root)
		}
		if err == nil {
			w.state = s
			return nil
		}
	}
	if s == nil || s.Position != w.last.Position() {
		s = w.forgotten()
	}
	return w.rebuild(s)
}

// forgotten is the state of the newest release as far as it stands in what is
// published.
func (w *work) forgotten() *state {
	s := &state{Position: w.last.Position(), Peak: w.view.approved, Calendar: newCalendar(w.last.Release, w.view.release)}
	s.Manifest, _ = w.last.Encode()
	s.Named = append(names(w.last, w.view.release.Steps(), w.view.release.Archives()), manifestFile(w.List, s.Manifest))
	for _, step := range w.view.release.Steps() {
		if step.To.Sequence > w.view.approved.Sequence && step.Records > s.Peak.Records {
			s.Peak = feed.Peak{Sequence: step.To.Sequence, Records: step.Records}
		}
	}
	return s
}

// rebuild reads the whole list for its leaf hashes and counts.
func (w *work) rebuild(s *state) error {
	c := newCensus(w.last.Params)
	for r, err := range w.records(list.Change{}) {
		if err != nil {
			return err
		}
		c.add(r)
	}
	leaves, err := c.end()
	if err != nil {
		return err
	}
	root, err := list.Root(leaves)
	if err != nil || root != w.last.Root {
		return errors.Join(ErrDamaged, err)
	}
	w.leaves, s.Issuers, w.state = leaves, c.issuers, s
	if err := w.writeLeaves(root, leaves); err != nil {
		return err
	}
	return w.writeState(currentFile, s)
}

func total(counts map[string]uint64) (n uint64) {
	for _, c := range counts {
		n += c
	}
	return n
}
