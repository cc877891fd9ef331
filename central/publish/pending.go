package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"portcullis/cache/feed"
	"portcullis/central/keys"
	"portcullis/central/roles"
)

// A release that waits for approval is written but for its signatures. Beside
// the state there is a folder for people, outside of what is served:
//
//	pending/<list>/release.json   the manifest
//	pending/<list>/report.json    why it waits, and what it changes
const pendingDir = "pending"

func (p *Publisher) pendingFile(name string) string {
	return filepath.Join(p.Dir, pendingDir, p.List, name)
}

// hold has a release wait.
func (w *work) hold(s *state, r *Report) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(w.pendingFile(""), 0o755); err != nil {
		return err
	}
	for name, data := range map[string][]byte{"release.json": s.Manifest, "report.json": append(text, '\n')} {
		if err := w.folder.put("out", data); err != nil {
			return err
		}
		if err := os.Rename(w.folder.state("out"), w.pendingFile(name)); err != nil {
			return err
		}
	}
	if err := syncDir(w.pendingFile("")); err != nil {
		return err
	}
	return w.writeState(pendingFile, s)
}

// readPending returns the state of the release that waits, or nil.
func (p *Publisher) readPending() (*state, error) { return p.readState(pendingFile) }

// ErrNonePending means that no release waits for approval.
var ErrNonePending = errors.New("no release is pending")

// Pending returns the report on the release that waits for approval; the error
// is ErrNonePending when none does.
func (p *Publisher) Pending() (Report, error) {
	s, err := p.readPending()
	var r Report
	if err == nil && s == nil {
		err = ErrNonePending
	}
	if err == nil {
		var data []byte
		if data, err = os.ReadFile(p.pendingFile("report.json")); err == nil {
			err = json.Unmarshal(data, &r)
		}
	}
	if err != nil {
		return Report{}, fmt.Errorf("publish: list %s: %w", p.List, err)
	}
	return r, nil
}

// Approve publishes the release that waits. The ring holds as many keys of the
// role bulk as it takes, and those that the publisher needs.
func (p *Publisher) Approve(ctx context.Context, now time.Time, ring *keys.Ring) (r Result, err error) {
	err = p.locked(ctx, now, func(w *work) error {
		s, err := w.waiting()
		if err != nil {
			return err
		}
		approval := roles.Change{Role: roles.Bulk, Put: map[string][]byte{feed.ApprovalPath(w.List): s.Manifest}}
		if err := w.sign(s, ring, pendingFile, approval); err != nil {
			return err
		}
		r, err = w.approved(s)
		return err
	})
	return r, err
}

// waiting returns what waits, if it still follows on the newest release.
func (w *work) waiting() (*state, error) {
	s, err := w.readPending()
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return nil, ErrNonePending
	case s.Position.Sequence != w.last.Sequence+1:
		return nil, fmt.Errorf("release %d is pending, and %d is the newest: reject it", s.Position.Sequence, w.last.Sequence)
	}
	return s, nil
}

// approved clears away what waited.
func (w *work) approved(s *state) (Result, error) {
	var m feed.Manifest
	if err := json.Unmarshal(s.Manifest, &m); err != nil {
		return Result{}, err
	}
	return Result{Manifest: m, Made: true}, w.dropPending()
}

// Reject drops the release that waits. Its files go when they are pruned.
func (p *Publisher) Reject(ctx context.Context, now time.Time) error {
	return p.locked(ctx, now, func(w *work) error {
		if s, err := w.readPending(); err != nil || s == nil {
			return errors.Join(err, ErrNonePending)
		}
		return w.dropPending()
	})
}

func (p *Publisher) dropPending() error {
	for _, path := range []string{p.folder.state(pendingFile), p.pendingFile("release.json"), p.pendingFile("report.json")} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	p.sweepLeaves()
	return nil
}
