package roles

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"portcullis/central/keys"
)

// A Rotation is a change of who speaks for a role.
type Rotation struct {
	Role      string
	Add       []keys.Public
	Revoke    []string // key IDs, or their first 8 digits or more
	Threshold int      // 0 leaves it as it is
}

// Rotate makes a draft of rotations: of the root for what it names, of targets
// for the roles below that. A rotation that changes nothing has the root signed
// anew.
func (r *Repository) Rotate(now time.Time, all ...Rotation) (d Draft, err error) {
	err = r.change("rotate keys of", func(was *state) error {
		if len(all) == 0 {
			return errors.New("there is no rotation")
		}
		if delegation(was.targets[Targets], all[0].Role) != nil {
			d, err = r.rotateTargets(now.UTC(), was, all)
		} else {
			d, err = r.rotateRoot(now.UTC(), was, all)
		}
		return err
	})
	return d, err
}

func (r *Repository) rotateRoot(now time.Time, was *state, all []Rotation) (Draft, error) {
	root, err := cloneOf(was.root())
	if err != nil {
		return Draft{}, err
	}
	root.ClearSignatures()
	root.Signed.Version++
	root.Signed.Expires = now.Add(validity(root, Root))
	root.Signed.UnrecognizedFields[publishedField] = stamp(now)
	for _, change := range all {
		if err := rotateInRoot(root, change); err != nil {
			return Draft{}, fmt.Errorf("%s: %w", change.Role, err)
		}
	}
	data, err := root.ToBytes(false)
	return Draft{fileName(Root, root.Signed.Version) + draftSuffix, data}, err
}

func rotateInRoot(root *rootDoc, change Rotation) error {
	h, err := holders(change.Role, root, nil)
	if err != nil {
		return err
	}
	role := change.Role
	if role == Offline {
		role = Timestamp
	}
	ids, err := change.apply(h,
		func(key keys.Public) error { return addRootKey(root, role, key) },
		func(id string) error { return root.Signed.RevokeKey(id, role) })
	if err != nil {
		return err
	}
	if change.Role == Offline {
		local := []any{}
		for _, id := range ids {
			local = append(local, id)
		}
		root.Signed.UnrecognizedFields[localField] = local
		return nil
	}
	if change.Threshold > 0 {
		root.Signed.Roles[role].Threshold = change.Threshold
	}
	return enough(len(ids), root.Signed.Roles[role].Threshold)
}

func (r *Repository) rotateTargets(now time.Time, was *state, all []Rotation) (Draft, error) {
	old, err := cloneOf(was.targets[Targets])
	if err != nil {
		return Draft{}, err
	}
	doc, err := r.successor(Targets, was.root(), old, now)
	if err != nil {
		return Draft{}, err
	}
	for _, change := range all {
		if err := rotateInTargets(doc, change); err != nil {
			return Draft{}, fmt.Errorf("%s: %w", change.Role, err)
		}
	}
	return newDraft(Targets, doc, was.targets[Targets])
}

func rotateInTargets(doc *targetsDoc, change Rotation) error {
	role := delegation(doc, change.Role)
	if role == nil {
		return errors.New("it is not below targets: rotate it by itself")
	}
	ids, err := change.apply(holder{keyIDs: role.KeyIDs},
		func(key keys.Public) error { return addTargetsKey(doc, change.Role, key) },
		func(id string) error { return doc.Signed.RevokeKey(id, change.Role) })
	if err != nil {
		return err
	}
	if change.Threshold > 0 {
		role.Threshold = change.Threshold
	}
	return enough(len(ids), role.Threshold)
}

// apply adds and revokes keys, and returns the IDs of those that remain.
func (change Rotation) apply(h holder, add func(keys.Public) error, revoke func(string) error) ([]string, error) {
	ids := slices.Clone(h.keyIDs)
	for _, key := range change.Add {
		if slices.Contains(ids, key.ID) {
			return nil, fmt.Errorf("add key %s: the role has it", key.Short())
		}
		if err := add(key); err != nil {
			return nil, err
		}
		ids = append(ids, key.ID)
	}
	for _, prefix := range change.Revoke {
		id, err := find(ids, prefix)
		if err != nil {
			return nil, err
		}
		if err := revoke(id); err != nil {
			return nil, err
		}
		ids = slices.DeleteFunc(ids, func(other string) bool { return other == id })
	}
	return ids, nil
}

// minPrefix is how many digits of a key's ID tell it from others.
const minPrefix = 8

func find(ids []string, prefix string) (string, error) {
	var found []string
	for _, id := range ids {
		if strings.HasPrefix(id, prefix) && len(prefix) >= minPrefix {
			found = append(found, id)
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("revoke key %.16q: %d keys of the role begin so", prefix, len(found))
	}
	return found[0], nil
}

func enough(keys, threshold int) error {
	if keys < threshold || threshold < 1 {
		return fmt.Errorf("it would need %d of %d keys", threshold, keys)
	}
	return nil
}

func cloneOf[T metadata.Roles](doc *metadata.Metadata[T]) (*metadata.Metadata[T], error) {
	data, err := doc.ToBytes(false)
	if err != nil {
		return nil, err
	}
	return parse[T]("copy", data)
}
