package roles

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"portcullis/central/keys"
)

// Init makes the repository of a plan in an empty folder: its first root,
// targets, a list role without targets, snapshot and timestamp. The ring must
// hold as many keys of each of these roles as it takes; see [Begin] otherwise.
func Init(folder Folder, plan Plan, ring *keys.Ring, now time.Time) (*Repository, error) {
	r, drafts, err := Begin(folder, plan, now)
	if err != nil {
		return nil, err
	}
	if drafts, err = r.Sign(ring, drafts...); err != nil {
		return nil, err
	}
	return r, r.Publish(now, ring, drafts...)
}

// Begin makes the drafts of a plan's first root and targets, for people in
// different places to sign. With their publication the repository begins.
func Begin(folder Folder, plan Plan, now time.Time) (*Repository, []Draft, error) {
	r := &Repository{folder: folder}
	drafts, err := r.begin(plan, now.UTC())
	if err != nil {
		return nil, nil, fmt.Errorf("begin repository: %w", err)
	}
	return r, drafts, nil
}

func (r *Repository) begin(plan Plan, now time.Time) ([]Draft, error) {
	if err := plan.check(); err != nil {
		return nil, err
	}
	for _, name := range []string{timestampFile, fileName(Root, 1), fileName(Targets, 1)} {
		if taken, err := exists(r.folder, name); err != nil || taken {
			return nil, errors.Join(err, fmt.Errorf("%s: %w", name, fs.ErrExist))
		}
	}
	root, err := newRoot(plan, now)
	if err != nil {
		return nil, err
	}
	data, err := root.ToBytes(false)
	if err != nil {
		return nil, err
	}
	targets, err := newTargets(plan, now)
	if err != nil {
		return nil, err
	}
	second, err := newDraft(Targets, targets, nil)
	return []Draft{{fileName(Root, 1) + draftSuffix, data}, second}, err
}

// Await returns the repository in a folder where the first drafts may have yet
// to be published: until then it can sign and publish them, and nothing else.
func Await(folder Folder) *Repository { return &Repository{folder: folder} }

// loadOrNone reads a state, or the empty one where nothing was published yet, or
// a crash left no timestamp: the same drafts can be published again then.
func (r *Repository) loadOrNone() (*state, error) {
	if taken, err := exists(r.folder, timestampFile); err != nil {
		return nil, err
	} else if taken {
		return load(r.folder, r.anchor)
	}
	if r.anchor != nil {
		return nil, fmt.Errorf("read %s: %w", timestampFile, fs.ErrNotExist)
	}
	return &state{}, nil
}
