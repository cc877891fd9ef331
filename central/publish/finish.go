package publish

import (
	"errors"
	"fmt"
	"slices"

	"portcullis/cache/feed"
	"portcullis/central/roles"
)

// publish makes the draft the newest release, or has it wait for approval.
func (w *work) publish() (Result, error) {
	if w.next == nil {
		r, err := w.renew()
		return r, errors.Join(err, w.note())
	}
	d := w.next
	report := w.judge(d)
	m, err := w.manifest(d)
	if err != nil {
		return Result{}, err
	}
	if err := w.writeLeaves(m.Root, d.leaves); err != nil {
		return Result{}, err
	}
	r := Result{Manifest: m, Made: true, Added: total(d.tally.Added), Removed: total(d.tally.Removed), NoDelta: d.noDelta, Pending: report}
	d.state.Peak = peak(d.state.Peak, m.Release, report != nil)
	if report != nil {
		r.Manifest, r.Made = w.last, false
		if err := w.hold(d.state, report); err != nil {
			return Result{}, err
		}
		_, err := w.renew() // what devices hold is still the newest
		return r, err
	}
	if err := w.writeState(nextFile, d.state); err != nil {
		return Result{}, err
	}
	if err := w.sign(d.state, nextFile); err != nil {
		return Result{}, err
	}
	_, r.NotPruned = w.pruneInTime()
	return r, nil
}

// renew signs a new timestamp.
func (w *work) renew() (Result, error) {
	repo, err := roles.Open(w.repository(w.state), w.Root)
	if err == nil {
		err = repo.Refresh(w.now, w.Ring)
	}
	return Result{Manifest: w.last}, err
}

// note keeps how far a registry was read that says what is published already.
func (w *work) note() error {
	if w.last.Sequence == 0 || w.origin == w.state.Origin && w.cursor == w.state.Cursor {
		return nil
	}
	w.state.Origin, w.state.Cursor = w.origin, w.cursor
	return w.writeState(currentFile, w.state)
}

// manifest completes a draft: with its manifest, and a history of what the
// manifest does not name.
func (w *work) manifest(d *draft) (feed.Manifest, error) {
	m := feed.Manifest{Format: feed.ManifestFormat, Release: d.release}
	if len(d.steps) > 0 {
		m.Steps = append(m.Steps, d.steps[0])
	}
	m.Steps = append(append(m.Steps, d.snapshot), d.recent...)
	rest := slices.DeleteFunc(slices.Clone(d.kept), func(s feed.Step) bool { return slices.Contains(m.Steps, s) })
	if len(rest) > 0 {
		data, err := feed.EncodeHistory(rest, d.archives...)
		if err == nil {
			m.History, err = w.folder.add(fmt.Sprintf("%d-history-%%s.json", m.Sequence), data)
		}
		if err != nil {
			return m, err
		}
	}
	data, err := m.Encode()
	d.state.Manifest, d.state.Position = data, m.Position()
	d.state.Named = append(names(m, append(rest, m.Steps...), d.archives), manifestFile(w.List, data))
	d.state.Calendar.keepOnly(d.state.Named)
	return m, err
}

// names returns the files that a release names, but for those that its archives
// name.
func names(m feed.Manifest, steps []feed.Step, archives []feed.Archive) (all []string) {
	if m.History != (feed.File{}) {
		all = append(all, m.History.Name)
	}
	for _, a := range archives {
		all = append(all, a.Name)
	}
	for _, s := range steps {
		all = append(all, s.Name)
		if s.Tree != (feed.File{}) {
			all = append(all, s.Tree.Name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// sign makes a release, whose files are written and whose state lies in a file,
// what devices see.
func (w *work) sign(s *state, from string) error {
	change := roles.Change{Role: roles.List, Put: map[string][]byte{feed.ReleasePath(w.List): s.Manifest}}
	repo, err := roles.Open(w.repository(s), w.Root)
	if err == nil {
		err = repo.Update(w.now, w.Ring, change)
	}
	if err != nil {
		return err
	}
	return w.adopt(from)
}
