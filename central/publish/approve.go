package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"portcullis/cache/feed"
	"portcullis/central/keys"
	"portcullis/central/roles"
)

// An Approval tells how far the approval of a release is.
type Approval struct {
	Result
	Signed  []string // the IDs of the keys that have signed
	Waiting []string // of those that have not
	Need    int      // how many it takes
}

// Approve adds the signatures of those keys of the role bulk that the ring
// holds to the approval of the release that waits. With the last that it takes,
// the release is published, if the ring of the publisher has the keys for that;
// otherwise its next publication does so. People may so sign one after the other,
// each with nothing but a key of their own.
func (p *Publisher) Approve(ctx context.Context, now time.Time, ring *keys.Ring) (a Approval, err error) {
	err = p.locked(ctx, now, func(w *work) error {
		s, err := w.waiting()
		if err != nil {
			return err
		}
		d, err := w.signApproval(s, ring)
		if err != nil {
			return err
		}
		if a, err = w.reviewApproval(s, d); err != nil || len(a.Signed) < a.Need {
			return err
		}
		err = w.publishApproved(s, d)
		if errors.Is(err, roles.ErrThreshold) {
			return nil // the publisher's own keys are elsewhere
		}
		if err == nil {
			a.Made, a.Manifest = true, w.last
		}
		return err
	})
	return a, err
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

// draftOf returns the approval as far as it is signed; ok is false when there
// is none.
func (w *work) draftOf() (d roles.Draft, ok bool, err error) {
	found, _ := filepath.Glob(w.pendingFile("*.draft"))
	if len(found) == 0 {
		return roles.Draft{}, false, nil
	}
	data, err := os.ReadFile(found[0])
	return roles.Draft{Name: filepath.Base(found[0]), Data: data}, true, err
}

// signApproval proposes the approval, unless that was done, and signs it.
func (w *work) signApproval(s *state, ring *keys.Ring) (roles.Draft, error) {
	d, ok, err := w.draftOf()
	if err != nil {
		return d, err
	}
	if !ok {
		change := roles.Change{Role: roles.Bulk, Put: map[string][]byte{feed.ApprovalPath(w.List): s.Manifest}}
		if d, err = w.repo.Propose(w.now, change); err != nil {
			return d, err
		}
	}
	if _, err := w.reviewApproval(s, d); err != nil {
		return d, err
	}
	signed, err := w.repo.Sign(ring, d)
	if err != nil {
		return d, err
	}
	return signed[0], w.putPending(signed[0].Name, signed[0].Data)
}

// ErrSmuggled means that a draft approves of something else than the release
// that waits.
var ErrSmuggled = errors.New("the draft of the approval is of something else: reject the release, and publish it anew")

// reviewApproval sees to it that a draft approves of what waits, and of nothing
// that was not approved before.
func (w *work) reviewApproval(s *state, d roles.Draft) (a Approval, err error) {
	reviews, err := w.repo.Review(d)
	if err != nil {
		return a, err
	}
	sum := sha256.Sum256(s.Manifest)
	want := hex.EncodeToString(sum[:])
	for path, hash := range reviews[0].Targets {
		if path == feed.ApprovalPath(w.List) {
			if hash != want {
				return a, ErrSmuggled
			}
			want = ""
		} else if w.view.approvals[path] != hash {
			return a, ErrSmuggled
		}
	}
	if want != "" || reviews[0].Role != roles.Bulk || len(reviews[0].Quorums) != 1 {
		return a, ErrSmuggled
	}
	q := reviews[0].Quorums[0]
	a.Signed, a.Waiting, a.Need, a.Manifest = q.Signed, q.Waiting, q.Need, w.last
	return a, nil
}

// publishApproved makes an approved release what devices see, together with its
// approval.
func (w *work) publishApproved(s *state, approval roles.Draft) error {
	repo, err := roles.Open(w.repository(s), w.Root)
	if err != nil {
		return err
	}
	change := roles.Change{Role: roles.List, Put: map[string][]byte{feed.ReleasePath(w.List): s.Manifest}}
	release, err := repo.Propose(w.now, change)
	if err != nil {
		return err
	}
	signed, err := repo.Sign(w.Ring, release)
	if err != nil {
		return err
	}
	if err := repo.Publish(w.now, w.Ring, approval, signed[0]); err != nil {
		return err
	}
	if err := json.Unmarshal(s.Manifest, &w.last); err != nil {
		return err
	}
	return errors.Join(w.adopt(pendingFile), w.dropPending())
}

// settlePending publishes what has been approved meanwhile; the error is
// ErrPending when something waits.
func (w *work) settlePending() error {
	s, err := w.readPending()
	if err != nil || s == nil {
		return err
	}
	d, ok, err := w.draftOf()
	if err != nil {
		return err
	}
	if !ok || s.Position.Sequence != w.last.Sequence+1 {
		return ErrPending
	}
	a, err := w.reviewApproval(s, d)
	if err != nil {
		return err
	}
	if len(a.Signed) < a.Need {
		return fmt.Errorf("%w: %d of %d have signed", ErrPending, len(a.Signed), a.Need)
	}
	if err := w.publishApproved(s, d); err != nil {
		return err
	}
	return w.again()
}

// again looks at the repository anew, after something was published.
func (w *work) again() (err error) {
	w.close()
	w.base, w.baseStep, w.close = nil, feed.Step{}, func() {}
	if w.view, err = w.Publisher.view(w.ctx, nil); err != nil {
		return err
	}
	w.last = w.view.release.Manifest()
	w.leaves = nil
	return w.loadState()
}
