// Package trust is what a device believes of a publisher: the roles of The
// Update Framework (TUF), who may sign for each, and which files they name. It
// keeps out how files come to the device (a [Source] does that) and what
// stands in them (package feed knows).
//
// A publisher is one folder, at one address or on one medium:
//
//	timestamp.json         the only file that changes; names a snapshot
//	7.root.json            the keys and thresholds of root, timestamp, snapshot, targets
//	41.snapshot.json       the version, length and hash of each file below
//	3.targets.json         the keys, thresholds and paths of the delegated roles
//	40.list.json           targets of a delegated role; so bulk, firmware, ...
//	border/<sha256>.release.json    the target border/release.json
//
// Roles below a delegated role are not followed, and a target counts only under
// a role that has its path.
//
// Two fields are ours, and signed with what they stand in:
//
//	root:      "x-local-only": ["<key ID>", ...]          keys of the timestamp role
//	timestamp: "x-published":  "2026-11-26T08:00:00Z"     when it was signed, RFC 3339
//
// A timestamp by local-only keys alone is taken from a medium in someone's hand
// and not from a network, where a long-lived one would let anybody freeze the
// device. No two timestamps of the two kinds have one number: publishers number them by
// the time, even for the network and odd for a medium.
//
// # No clock decides
//
// Whether a file is taken depends on no clock, since a board's may stand at
// 1970 or 2099. A set that is offered must not have expired at its floor: when
// the program was built, or when the set's own timestamp was published, whichever
// is later. That is safe, for a clock was never what refuses old data: versions
// only grow while the keys stay, a list has its own sequence, and how old data is
// follows from [Metadata.Published], which whoever decides on a document
// compares with the best clock there is. [Metadata.Expired] tells the rest.
//
// The floor is that of the timestamp held now, and no maximum is stored. So a
// time in the future, signed by a thief or by a clock that was wrong, ends with
// the next good timestamp, or with the thief's key; and it reaches no further
// than the nearest expiry of root, targets and snapshot.
//
// # What is asked for
//
// A timestamp that is the held one, to the byte, ends a refresh. One that names
// the held snapshot, signed within the same hour, only takes its place: a
// publisher may say every minute that nothing is new. With any other, the next
// root is asked for first; so a publisher that changes the root signs a new
// snapshot with it, or devices learn of the root within the hour.
//
// # The shelf
//
// What was verified lies in a folder of the device:
//
//	7.root.json, 41.snapshot.json, ...   as they were published
//	timestamp.<keys>.json                the one held; <keys> tells which keys of
//	                                     timestamp and snapshot it was taken under
//
// Each file is written beside, synced, and renamed, and the timestamp is last: one
// rename makes a whole set the one that is held. Nothing on the shelf is
// believed. All is verified from the provisioned root on, each time, and what
// does not verify counts as missing and is fetched again. When a root changes
// the keys of timestamp or snapshot, no timestamp of that name is there: what
// was held is dropped (TUF §5.3.11), so that versions which a thief drove up
// do not outlive the keys.
package trust
