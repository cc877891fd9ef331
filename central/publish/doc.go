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
//	<list>/<sequence>-history-<12 hex>.json     the steps that the manifest does not name
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
