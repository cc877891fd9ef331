// Package publish makes releases of document lists and serves them. It neither
// checks records nor keeps them: it is given what is to change, or all that a
// list is to hold. Who signs is package roles' to say.
//
// All lists of a publisher lie in one repository, which package roles begins,
// and which any web server, store or stick can carry:
//
//	timestamp.json, <n>.root.json, ...          see package roles
//	<list>/<sha256>.release.json                the manifest of a release
//	<list>/<sha256>.approval.json               that of one that two have approved
//	<list>/<to>-snapshot-<12 hex>.bin           the whole list, as of a release
//	<list>/<to>-tree-<12 hex>.bin               the leaf hashes of that
//	<list>/<from>-<to>-delta-<12 hex>.bin       what changed between two releases
//	<list>/<sequence>-history-<12 hex>.json     the steps that the manifest does not name, and the archives
//	<list>/<from>-<to>-archive-<12 hex>.json    the steps of an hour, day or month that is over
//	<list>/.state/                              the publisher's own: see state
//
// The 12 hexadecimal digits begin the SHA-256 of the file.
//
// # A release
//
// The folder is the working state. To change a list, the shards that the change
// touches are taken out of the newest snapshot, brought forward by the deltas
// since, and compared with their leaf hashes; no more of the list is read or
// held in memory. Leaf hashes and counts of the newest release are kept beside,
// and made anew from the files when they are missing or do not give the signed
// root.
//
// # Steps
//
// The first release of an hour, a day and a month is a fixed one, and a delta
// leads from each to the next. With it an archive is made of what lies within:
// that of an hour has the deltas of its single releases, that of a day those of
// its hours and their archives, that of a month those of its days and their
// archives. The history names what has no archive yet, and the archives that are
// in no other, so that it stays small however many releases there are. For 14
// months a device comes back by deltas from any release, within the hour singly,
// and then by hours, days and months. Where more than [maxSingles] releases come in
// an hour, its archive leaves out the oldest: who holds one of those takes the
// snapshot once the hour is over.
//
// # Order
//
// Data files come first; then the state of the release with the bytes of its
// manifest, which from that moment is the one that has its number; then, through
// package roles, the manifest and the metadata, and timestamp.json last, once a
// device's own code has gone from the root to each new file. So whoever reads the
// folder at whatever moment finds a whole release. What a crash interrupts is
// completed by the next publication: no two releases ever have one number, which
// devices would take for a fork.
package publish
