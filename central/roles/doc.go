// Package roles keeps the metadata by which devices know what a publisher's
// word is: who may say what, what was said last, and until when that is news.
// It is the publisher's side of The Update Framework (TUF 1.0.31); the device's
// is cache/trust. What the target files say is not its business.
//
// A repository is a folder, which any web server, store or stick can carry:
//
//	timestamp.json        names the snapshot; the only file that ever changes
//	<n>.snapshot.json     names the version, length and hash of the files below
//	<n>.root.json         the keys of root, targets, snapshot and timestamp
//	<n>.targets.json      the keys of list, bulk and firmware; no targets itself
//	<n>.list.json         names <list>/release.json: what each list holds
//	<n>.bulk.json         names <list>/approval.json: that two people want a great change
//	<n>.firmware.json     names firmware/...
//	<dir>/<sha256>.<base> the target file <dir>/<base>
//
// Target files and numbered files come first, timestamp.json last, so that a
// crash leaves the state before it. A number that was used for a file that
// nothing names is left out at the next attempt: no two files have one name.
//
// A root is the exception, because devices ask for the next number by
// themselves. So all else is signed for both roots, and comes before the new
// one; where the old keys are not at hand, the new root comes before
// timestamp.json, and what a crash leaves between the two is completed next time.
//
// Besides TUF's own fields, the signed parts have:
//
//	x-published   when it was signed, RFC 3339 in UTC
//	x-local-only  (root) IDs of timestamp keys that count on a stick alone
//	x-validity    (root) how long what each role signs is valid, such as "72h0m0s"
//
// The version of a timestamp is its time in half milliseconds: even when it was
// signed for the network, odd for a stick. Those who sign the two do not know of
// each other, and yet never give one number to two timestamps; and the later one
// is the higher.
package roles

import (
	"errors"
	"time"

	"portcullis/central/keys"
)

// The roles. Offline is not one of TUF's: it is those keys of the timestamp role
// that count on a stick alone.
const (
	Root      = "root"
	Targets   = "targets"
	Snapshot  = "snapshot"
	Timestamp = "timestamp"
	Offline   = "offline"
	List      = "list"
	Bulk      = "bulk"
	Firmware  = "firmware"
)

// The ways in which a repository cannot be changed.
var (
	ErrBusy      = errors.New("another program is changing the repository")
	ErrClock     = errors.New("the clock is behind the time of the last timestamp")
	ErrThreshold = errors.New("too few of the role's keys have signed")
	ErrSignature = errors.New("not signed by those who may")
	ErrSelfTest  = errors.New("devices would refuse this: nothing was published")
	ErrOutdated  = errors.New("the draft was made of an older state: propose it anew")
)

// A Role is who speaks for it, how many of them it takes, and for how long
// that holds.
type Role struct {
	Keys      []keys.Public
	Threshold int
	Validity  time.Duration
}

// A Plan has each role by its name.
type Plan map[string]Role

const day = 24 * time.Hour

// Defaults is a plan that has no keys yet. Its numbers are ours, but for the
// validity of what is on a stick, which is the time between two visits.
func Defaults() Plan {
	return Plan{
		Root:      {Threshold: 3, Validity: 730 * day},
		Targets:   {Threshold: 2, Validity: 365 * day},
		Snapshot:  {Threshold: 1, Validity: 60 * day},
		Timestamp: {Threshold: 1, Validity: 72 * time.Hour},
		Offline:   {Threshold: 1, Validity: 35 * day},
		List:      {Threshold: 1, Validity: 60 * day},
		Bulk:      {Threshold: 2, Validity: 365 * day},
		Firmware:  {Threshold: 2, Validity: 365 * day},
	}
}

// delegated is which target paths each role below targets may speak of.
var delegated = []struct{ role, paths string }{
	{List, "*/release.json"},
	{Bulk, "*/approval.json"},
	{Firmware, "firmware/*"},
}
