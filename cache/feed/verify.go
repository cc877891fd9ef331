package feed

import (
	"errors"
	"fmt"
	"time"

	"portcullis/cache/list"
	"portcullis/cache/trust"
)

// The roles whose word counts on a list, and the names of what they sign: see
// package trust. The list role signs each release, the bulk role, which needs
// two, those that change more than one key may.
const (
	ListRole = "list"
	BulkRole = "bulk"
)

// ReleasePath is the name under which the newest release of a list is signed.
func ReleasePath(list string) string { return list + "/release.json" }

// ApprovalPath is the name under which the last release that was approved by
// two is signed.
func ApprovalPath(list string) string { return list + "/approval.json" }

// Verified is a release whose signature and place in the order of releases
// have been checked. The only way to have one is [Verify].
type Verified struct {
	manifest  Manifest
	steps     []Step
	files     []named // the history and the archives that are known
	reads     int     // how many of them were read
	published time.Time
}

// Manifest returns what the publisher said.
func (v Verified) Manifest() Manifest { return v.manifest }

// The ways in which a release is not to be used, beside those in which its
// signatures are not.
var (
	ErrMalformed = errors.New("not a release")
	ErrFormat    = errors.New("a release for a newer version of this program")
	ErrOtherList = errors.New("a release of another list")
	ErrForked    = errors.New("the publisher signed two different releases under one number")
	ErrJump      = errors.New("the number of the release is far beyond that of the one that is held")
	ErrShrunk    = errors.New("the list has shrunk by more than one key may make it, and no second one has approved")
)

// A RollbackError means that a release is older than the one that is held. A
// copy of it may linger in a cache on the way, or someone replays it.
type RollbackError struct{ Held, Offered uint64 }

// Error tells the two releases.
func (e *RollbackError) Error() string {
	return fmt.Sprintf("release %d is no newer than release %d, which was held", e.Offered, e.Held)
}

// maxJump is how many releases there may be between two that a device takes: one
// a second for a century. Numbers never fall, and outlive the keys that they were
// signed with: a thief who could sign the last number there is would leave the
// publisher none to go on with.
const maxJump = 1 << 32

// Verify reads the signed manifest of a list, and checks it against the release
// that is held. A position without a root, of a device that lost what it held,
// stands for any release after that number.
func Verify(t trust.Target, name string, held Position) (Verified, error) {
	v, err := read(t, ListRole, ReleasePath(name), name)
	if err != nil {
		return Verified{}, fmt.Errorf("feed: verify: %w", err)
	}
	m := v.manifest
	lost := held.Sequence > 0 && held.Root == list.Hash{}
	switch {
	case m.Sequence < held.Sequence, lost && m.Sequence == held.Sequence:
		return Verified{}, fmt.Errorf("feed: verify: %w", &RollbackError{Held: held.Sequence, Offered: m.Sequence})
	case held.Sequence > 0 && m.Sequence-held.Sequence > maxJump:
		return Verified{}, fmt.Errorf("feed: verify: release %d behind release %d: %w", m.Sequence, held.Sequence, ErrJump)
	case m.Sequence == held.Sequence && m.Root != held.Root:
		return Verified{}, fmt.Errorf("feed: verify: release %d: %w", m.Sequence, ErrForked)
	}
	return v, nil
}

func read(t trust.Target, role, path, name string) (Verified, error) {
	if t.Role() != role || t.Path() != path {
		return Verified{}, fmt.Errorf("%w: %s of the role %s", ErrOtherList, t.Path(), t.Role())
	}
	m, err := parseManifest(t.Bytes())
	switch {
	case err != nil:
		return Verified{}, err
	case m.List != name:
		return Verified{}, ErrOtherList
	}
	return verified(m, t.Published()), nil
}

// verified returns a manifest whose history was not read.
func verified(m Manifest, published time.Time) Verified {
	v := Verified{manifest: m, steps: m.Steps, published: published}
	if m.History != (File{}) {
		v.files = []named{{Archive: Archive{To: m.Sequence, File: m.History}}}
	}
	return v
}

// A Peak is the most records that a list had, and with which release. One key
// of a publisher may take a tenth of it away, by however many releases; more
// needs the approval of two, from which the peak counts anew.
type Peak struct {
	Sequence uint64 `json:"sequence"`
	Records  uint64 `json:"records"`
}

// Approve returns the peak after a release that two have approved: the signed
// manifest of the bulk role.
func (p Peak) Approve(t trust.Target, name string) (Peak, error) {
	v, err := read(t, BulkRole, ApprovalPath(name), name)
	if err != nil {
		return Peak{}, fmt.Errorf("feed: read approval: %w", err)
	}
	if m := v.manifest; m.Sequence > p.Sequence {
		return Peak{m.Sequence, m.Records}, nil
	}
	return p, nil
}

// Check returns the peak with a release applied, or ErrShrunk.
func (p Peak) Check(r Release) (Peak, error) {
	switch {
	case r.Records < p.Records-p.Records/10:
		return p, fmt.Errorf("feed: release %d has %d records, and the list had %d: %w", r.Sequence, r.Records, p.Records, ErrShrunk)
	case r.Records > p.Records:
		return Peak{r.Sequence, r.Records}, nil
	}
	return p, nil
}
