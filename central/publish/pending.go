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

	"portcullis/durable"
)

// A release that waits for approval is written but for its signatures. Beside
// the state there is a folder for people, outside of what is served:
//
//	pending/<list>/release.json   the manifest
//	pending/<list>/report.json    why it waits, and what it changes
//	pending/<list>/<n>.bulk.json.draft   the approval, as far as it is signed
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
		if err := w.putPending(name, data); err != nil {
			return err
		}
	}
	return w.writeState(pendingFile, s)
}

func (p *Publisher) putPending(name string, data []byte) error {
	if err := p.folder.put("out", data); err != nil {
		return err
	}
	if err := os.Rename(p.folder.state("out"), p.pendingFile(name)); err != nil {
		return err
	}
	return durable.SyncFolder(p.pendingFile(""))
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
	if err := os.Remove(p.folder.state(pendingFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.RemoveAll(p.pendingFile("")); err != nil {
		return err
	}
	p.sweepLeaves()
	return nil
}
