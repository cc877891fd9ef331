package trust

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
)

// published is the field of a timestamp that tells when it was signed.
const published = "x-published"

// maxRoles bounds how many delegated roles there may be.
const maxRoles = 64

// roleName matches what a delegated role may be called: it becomes part of the
// name of a file.
var roleName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// Metadata is a set of files of all roles that was verified whole. Only Load
// and Refresh make one.
type Metadata struct {
	set       *trustedmetadata.TrustedMetadata
	raw       []byte // of the timestamp
	published time.Time
	built     time.Time
	limits    Limits
	whole     bool
}

// Published returns when the timestamp was signed: the age of all that is held
// counts from it.
func (m *Metadata) Published() time.Time { return m.published }

// Floor returns a time that has certainly passed. It is a bound, and not the
// time.
func (m *Metadata) Floor() time.Time {
	if m.built.After(m.published) {
		return m.built
	}
	return m.published
}

// Expired tells which role had expired first at a time, and since when: of the
// top-level roles, and of those below that are named. It is for people to know
// and for the age of answers: what is held stays in use.
func (m *Metadata) Expired(now time.Time, delegated ...string) (role string, since time.Time, expired bool) {
	times := m.expiries()
	maps.DeleteFunc(times, func(role string, _ time.Time) bool { return !isTopLevel(role) && !slices.Contains(delegated, role) })
	return firstExpired(times, now)
}

// Lapsed returns an [ExpiredError] when what a role has signed had expired at
// the floor.
func (m *Metadata) Lapsed(role string) error {
	if at, has := m.expiries()[role]; has && m.Floor().After(at) {
		return &ExpiredError{Role: role, Since: at}
	}
	return nil
}

func isTopLevel(role string) bool { return slices.Contains(metadata.TOP_LEVEL_ROLE_NAMES[:], role) }

func (m *Metadata) expiries() map[string]time.Time {
	times := map[string]time.Time{
		metadata.ROOT:      m.set.Root.Signed.Expires,
		metadata.TIMESTAMP: m.set.Timestamp.Signed.Expires,
		metadata.SNAPSHOT:  m.set.Snapshot.Signed.Expires,
	}
	for name, targets := range m.set.Targets {
		times[name] = targets.Signed.Expires
	}
	return times
}

func firstExpired(times map[string]time.Time, now time.Time) (role string, since time.Time, expired bool) {
	for _, name := range slices.Sorted(maps.Keys(times)) {
		if at := times[name]; now.After(at) && (!expired || at.Before(since)) {
			role, since, expired = name, at, true
		}
	}
	return role, since, expired
}

// Versions returns the version that is held of each role.
func (m *Metadata) Versions() map[string]int64 {
	versions := map[string]int64{
		metadata.ROOT:      m.set.Root.Signed.Version,
		metadata.TIMESTAMP: m.set.Timestamp.Signed.Version,
		metadata.SNAPSHOT:  m.set.Snapshot.Signed.Version,
	}
	for name, targets := range m.set.Targets {
		versions[name] = targets.Signed.Version
	}
	return versions
}

// Targets returns the paths that a delegated role names and has, sorted.
func (m *Metadata) Targets(role string) (paths []string) {
	targets, delegation := m.set.Targets[role], m.delegation(role)
	if targets == nil || delegation == nil {
		return nil
	}
	for path := range targets.Signed.Targets {
		if has, err := delegation.IsDelegatedPath(path); has && err == nil {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// delegation returns what the targets role says of a role, or nil.
func (m *Metadata) delegation(role string) *metadata.DelegatedRole {
	targets := m.set.Targets[metadata.TARGETS]
	if targets == nil || targets.Signed.Delegations == nil {
		return nil
	}
	for i, d := range targets.Signed.Delegations.Roles {
		if d.Name == role {
			return &targets.Signed.Delegations.Roles[i]
		}
	}
	return nil
}

// delegated returns the names of the delegated roles.
func (m *Metadata) delegated() (names []string, err error) {
	delegations := m.set.Targets[metadata.TARGETS].Signed.Delegations
	if delegations == nil {
		return nil, nil
	}
	for _, d := range delegations.Roles {
		if !roleName.MatchString(d.Name) || slices.Contains(metadata.TOP_LEVEL_ROLE_NAMES[:], d.Name) || slices.Contains(names, d.Name) {
			return nil, fmt.Errorf("%w: no name for a delegated role", ErrMalformed)
		}
		names = append(names, d.Name)
	}
	if len(names) > maxRoles {
		return nil, fmt.Errorf("%w: %d delegated roles", ErrMalformed, len(names))
	}
	return names, nil
}
