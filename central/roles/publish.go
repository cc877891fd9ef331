package roles

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"portcullis/central/keys"
)

// Publish makes drafts, and copies of them, what devices see, all of them at
// once, if as many have signed each as it takes. The ring needs the keys of the
// snapshot and timestamp; and of the list role, when its keys change.
func (r *Repository) Publish(now time.Time, ring *keys.Ring, all ...Draft) error {
	return r.changeOrBegin("publish draft to", func(was *state) error {
		ds, err := r.read(was, all)
		if err != nil {
			return err
		}
		if err := ds.check(now); err != nil {
			return err
		}
		return r.commit(now.UTC(), ring, was, next{root: ds.root, targets: ds.targets})
	})
}

// check refuses drafts that are too old, or signed by too few.
func (ds *drafts) check(now time.Time) error {
	if ds.was.root() == nil && (ds.root == nil || ds.targets[Targets] == nil) {
		return errors.New("the first root and the first targets are published together")
	}
	for _, role := range ds.roles() {
		var err error
		if role == Root {
			err = ds.checkRoot(now)
		} else {
			err = ds.checkTargets(role, now)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", ds.names[role], err)
		}
	}
	return ds.checkRest()
}

func (ds *drafts) checkRoot(now time.Time) error {
	before := int64(0)
	if root := ds.was.root(); root != nil {
		before = root.Signed.Version
	}
	if ds.root.Signed.Version != before+1 {
		return fmt.Errorf("%w: root %d is in force", ErrOutdated, before)
	}
	if err := fresh(ds.root.Signed.Expires, now); err != nil {
		return err
	}
	if err := tidy(ds, Root, ds.root); err != nil {
		return err
	}
	return ds.quorum(Root, ds.root)
}

func (ds *drafts) checkTargets(role string, now time.Time) error {
	doc, version := ds.targets[role], int64(0)
	if old := ds.was.targets[role]; old != nil {
		version = old.Signed.Version
	}
	if doc.Signed.UnrecognizedFields[followsField] != strconv.FormatInt(version, 10) {
		return fmt.Errorf("%w: version %d is in force", ErrOutdated, version)
	}
	if err := fresh(doc.Signed.Expires, now); err != nil {
		return err
	}
	if err := tidy(ds, role, doc); err != nil {
		return err
	}
	return ds.quorum(role, doc)
}

func fresh(expires, now time.Time) error {
	if now.After(expires) {
		return fmt.Errorf("%w: it expired on %s", ErrOutdated, stamp(expires))
	}
	return nil
}

func (ds *drafts) quorum(role string, doc any) error {
	needs, err := ds.needs(role)
	for _, n := range needs {
		if have := len(n.signers(doc)); have < n.threshold {
			return fmt.Errorf("%w: %d of the %d that %s demands", ErrThreshold, have, n.threshold, n.by)
		}
	}
	return err
}

// checkRest sees to it that the drafts leave no other document without enough
// signatures. That of the list role is signed anew with the snapshot.
func (ds *drafts) checkRest() error {
	docs := map[string]*targetsDoc{}
	maps.Copy(docs, ds.was.targets)
	maps.Copy(docs, ds.targets)
	for role, doc := range docs {
		if role == List || ds.targets[role] != nil {
			continue
		}
		if err := ds.quorum(role, doc); err != nil {
			return fmt.Errorf("%s must be signed by its new keys: propose it, and publish it with this: %w", role, err)
		}
	}
	return nil
}
