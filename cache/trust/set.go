package trust

import (
	"fmt"
	"slices"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// begin verifies a timestamp under a root, and starts a set with it. Unless
// local, the keys that count on a medium alone are not the role's.
func begin(o Options, r root, raw []byte, local bool) (*Metadata, error) {
	m := &Metadata{set: r.set(), raw: raw, built: o.Built, limits: o.Limits}
	err := verify(timestampFile, func() (err error) {
		if err := frugal(raw); err != nil {
			return err
		}
		if err := m.restrict(r, local); err != nil {
			return err
		}
		if _, err := m.set.UpdateTimestamp(raw); err != nil {
			return err
		}
		m.published, err = publishedOf(m.set.Timestamp.Signed)
		return err
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// restrict takes the local-only keys out of the timestamp role of this set.
func (m *Metadata) restrict(r root, local bool) error {
	role := m.set.Root.Signed.Roles[metadata.TIMESTAMP]
	if local || role == nil {
		return nil
	}
	ids, err := r.localOnly()
	if err != nil {
		return err
	}
	role.KeyIDs = slices.DeleteFunc(role.KeyIDs, func(id string) bool { return slices.Contains(ids, id) })
	if len(role.KeyIDs) == 0 {
		return fmt.Errorf("%w: all of them are for a medium alone", ErrSignature)
	}
	return nil
}

func publishedOf(t metadata.TimestampType) (time.Time, error) {
	text, _ := t.UnrecognizedFields[published].(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Version < 1 || infoOf(t.Meta, metadata.SNAPSHOT) == nil {
		return time.Time{}, fmt.Errorf("%w: no version, snapshot or time of publication", ErrMalformed)
	}
	return at, nil
}

// infoOf returns what a file says of a role, or nil. A version that no file can
// have counts as nothing said.
func infoOf(meta map[string]*metadata.MetaFiles, role string) *metadata.MetaFiles {
	if info := meta[role+".json"]; info != nil && info.Version >= 1 {
		return info
	}
	return nil
}

// A getter finds a file that accept takes, and returns the error otherwise.
type getter func(name string, max int64, accept func([]byte) error) error

// fill adds snapshot, targets and delegated roles to a set that has its
// timestamp. What is held, if anything, is what they must not be older than.
func (m *Metadata) fill(get getter, held *Metadata) error {
	info := infoOf(m.set.Timestamp.Signed.Meta, metadata.SNAPSHOT)
	err := get(versioned(info.Version, metadata.SNAPSHOT), m.limits.Metadata, func(raw []byte) error {
		_, err := m.set.UpdateSnapshot(raw, false)
		if err != nil {
			m.set.Snapshot = nil // one of another version is left there
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := m.snapshotFollows(held); err != nil {
		return err
	}
	if err := m.role(get, metadata.TARGETS, metadata.ROOT); err != nil {
		return err
	}
	names, err := m.delegated()
	if err != nil {
		return fmt.Errorf("verify %s: %w", metadata.TARGETS, err)
	}
	for _, name := range names {
		if infoOf(m.set.Snapshot.Signed.Meta, name) == nil {
			continue // delegated, and nothing published yet
		}
		if err := m.role(get, name, metadata.TARGETS); err != nil {
			return err
		}
	}
	m.whole = true
	return nil
}

func (m *Metadata) role(get getter, name, delegator string) error {
	info := infoOf(m.set.Snapshot.Signed.Meta, name)
	if info == nil {
		return fmt.Errorf("verify snapshot: %w: it does not name %s", ErrMalformed, name)
	}
	return get(versioned(info.Version, name), m.limits.Targets, func(raw []byte) error {
		_, err := m.set.UpdateDelegatedTargets(raw, name, delegator)
		return err
	})
}

// names returns the files of the shelf that the set consists of.
func (m *Metadata) names(r root) map[string]bool {
	names := map[string]bool{timestampName(r): true}
	for role, version := range m.Versions() {
		names[versioned(version, role)] = true
	}
	return names
}
