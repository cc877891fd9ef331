package trust

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// timestampFollows tells whether a timestamp may take the place of the held one.
func (m *Metadata) timestampFollows(held *Metadata) error {
	if held == nil {
		return nil
	}
	is, was := m.set.Timestamp.Signed, held.set.Timestamp.Signed
	if is.Version < was.Version {
		return &OlderError{Role: metadata.TIMESTAMP, Held: was.Version, Offered: is.Version}
	}
	if is.Version == was.Version && !reflect.DeepEqual(is, was) {
		return forked(metadata.TIMESTAMP, is.Version)
	}
	return follows(metadata.SNAPSHOT, infoOf(is.Meta, metadata.SNAPSHOT), infoOf(was.Meta, metadata.SNAPSHOT))
}

// snapshotFollows tells whether a snapshot may take the place of the held one:
// it names all that the held one names, and nothing older.
func (m *Metadata) snapshotFollows(held *Metadata) error {
	if held == nil || held.set.Snapshot == nil {
		return nil
	}
	is, was := m.set.Snapshot.Signed.Meta, held.set.Snapshot.Signed.Meta
	for _, file := range slices.Sorted(maps.Keys(was)) {
		role := strings.TrimSuffix(file, ".json")
		if !roleName.MatchString(role) {
			continue // whoever signed that, it is no role
		}
		if err := follows(role, infoOf(is, role), infoOf(was, role)); err != nil {
			return err
		}
	}
	return nil
}

func follows(role string, is, was *metadata.MetaFiles) error {
	switch {
	case was == nil:
		return nil
	case is == nil:
		return &OlderError{Role: role, Held: was.Version}
	case is.Version < was.Version:
		return &OlderError{Role: role, Held: was.Version, Offered: is.Version}
	case is.Version == was.Version && (is.Length != was.Length || !reflect.DeepEqual(is.Hashes, was.Hashes)):
		return forked(role, is.Version)
	}
	return nil
}

func forked(role string, version int64) error {
	return fmt.Errorf("refuse %s %d: %w", role, version, ErrForked)
}
