package trust

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
)

// localOnly is the field of root that lists the keys of the timestamp role
// which count on a medium in someone's hand alone.
const localOnly = "x-local-only"

// maxRoots bounds how many roots one refresh fetches. The next goes on.
const maxRoots = 256

// A root is one that was verified.
type root struct {
	*metadata.Metadata[metadata.RootType]
}

// provisioned takes the root that a device was made with: all else is verified
// from it.
func provisioned(raw []byte) (r root, err error) {
	err = verify("provisioned root", func() error {
		set, err := trustedmetadata.New(raw)
		if err != nil {
			return err
		}
		r.Metadata = set.Root
		_, err = r.localOnly()
		return err
	})
	return r, err
}

// next verifies that a root follows on this one.
func (r root) next(raw []byte) (n root, err error) {
	err = verify(r.nextName(), func() (err error) {
		if err := frugal(raw); err != nil {
			return err
		}
		if n.Metadata, err = r.set().UpdateRoot(raw); err != nil {
			return err
		}
		_, err = n.localOnly()
		return err
	})
	return n, err
}

func (r root) nextName() string { return versioned(r.Signed.Version+1, metadata.ROOT) }

// set returns what is believed with this root alone. Nothing expires in it: the
// whole set is judged when it is there. Its roles may be changed.
func (r root) set() *trustedmetadata.TrustedMetadata {
	own := *r.Metadata
	own.Signed.Roles = map[string]*metadata.Role{}
	for name, role := range r.Signed.Roles {
		if role != nil {
			own.Signed.Roles[name] = &metadata.Role{KeyIDs: slices.Clone(role.KeyIDs), Threshold: role.Threshold}
		}
	}
	return &trustedmetadata.TrustedMetadata{Root: &own, Targets: map[string]*metadata.Metadata[metadata.TargetsType]{}}
}

// localOnly returns the IDs of the keys that do not count over a network.
func (r root) localOnly() (ids []string, err error) {
	field, has := r.Signed.UnrecognizedFields[localOnly]
	if !has {
		return nil, nil
	}
	list, ok := field.([]any)
	for _, v := range list {
		id, isText := v.(string)
		ok = ok && isText
		ids = append(ids, id)
	}
	if !ok {
		return nil, fmt.Errorf("%w: %s is no list of key IDs", ErrMalformed, localOnly)
	}
	return ids, nil
}

// keys is short for the keys and thresholds of timestamp and snapshot. It goes
// by the keys, and not by their IDs, which nobody checks.
func (r root) keys() string {
	hash := sha256.New()
	for _, name := range []string{metadata.TIMESTAMP, metadata.SNAPSHOT} {
		role := r.Signed.Roles[name]
		if role == nil {
			continue
		}
		var keys []string
		for _, id := range role.KeyIDs {
			if key := r.Signed.Keys[id]; key != nil {
				keys = append(keys, fmt.Sprintf("%q %q %q\n", key.Type, key.Scheme, key.Value.PublicKey))
			}
		}
		slices.Sort(keys)
		fmt.Fprintf(hash, "%s %d %d %q\n", name, role.Threshold, len(keys), keys)
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

// replay follows the roots on the shelf, as far as they verify.
func (s shelf) replay(r root) root {
	for {
		raw, err := s.read(r.nextName(), s.limits.Metadata)
		if err != nil {
			return r
		}
		next, err := r.next(raw)
		if err != nil {
			return r
		}
		r = next
	}
}

// catchUp fetches the roots that follow, until there is none, and shelves each
// at once. Behind one that the shelf lost, it goes on with the shelf's.
func (s shelf) catchUp(ctx context.Context, src Source, r root) (root, error) {
	for range maxRoots {
		name := r.nextName()
		raw, err := fetch(ctx, src, name, s.limits.Metadata)
		if errors.Is(err, fs.ErrNotExist) {
			return r, nil
		}
		if err != nil {
			return r, err
		}
		next, err := r.next(raw)
		if err != nil {
			return r, err
		}
		if err := s.write(name, raw); err != nil {
			return r, err
		}
		r = s.replay(next)
	}
	return r, nil
}
