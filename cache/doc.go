// Package cache keeps the document lists on the device: Open, Lookup, Apply,
// Verify, Tend, Repair, Erase, Status. It decides nothing, and fetches
// nothing.
//
// # On the disk
//
// A small Badger, the book, says which release of each list is served. The
// shards of a list lie in a Badger of their own for each generation, which
// begins with a snapshot:
//
//	book/                        L/<list>/head     generation and release that are served
//	                             L/<list>/checked  when that was last known to be the newest
//	                             L/<list>/journal  the delta that is being applied
//	                             L/<list>/marks    shards that are known to be damaged
//	                             L/<list>/scrub    how far the scrub has come
//	<list>-<generation 8 hex>/   S<shard 4><release 8>  a shard
//	                             H<page 4><release 8>   the state of 16 shards: release 8, leaf hash 32 of each
//	                             J<part 4><release 8>   a part of the journaled delta
//
// Numbers in keys are big-endian. Every value is sealed, and a seal names list,
// generation, parameters of the coding, table, shard and release, so that what
// was moved, swapped or rolled back does not open.
//
// # Releases
//
// A snapshot is written into a folder beside what is served, read back, and
// hashed. Only when the root of what is stored equals the root that the
// publisher signed does one transaction of the book make it live. Then the
// generation before is closed, once no look-up reads it, and its folder is
// removed: so its space comes back at once. A folder that the book does not
// name is what a crash left, and is removed.
//
// A delta is journaled first, so that it is finished after a crash without
// being fetched again ([Store.Resume]). It writes new versions of the shards
// that it touches beside the old ones, each under the number of its release:
// to write one again changes nothing. They are read back and proved like a
// snapshot, one transaction of the book makes all of them live, and the old
// versions are deleted. A look-up sees each shard as it was before a release
// or after it, and never waits.
//
// # A disk that fails
//
// Badger waits for ever for a disk that fails, and tells of it to its log
// alone. The store listens there, so that Apply, Repair and Close end with the
// cause; what could not be closed is recovered at the next start. Look-ups wait
// for no write. A commit that failed is taken back, for the next start may find
// it all the same. Before each batch the store tries what Badger does not
// survive to fail in: to make and map a file.
//
// # Damage
//
// Badger's checks do not suffice: it reports block read errors as keys that
// are not there. The pages of leaf hashes, which Open compares with the signed
// root, tell which shards there must be and in which version. A shard that is
// missing, old, swapped or damaged is therefore an error and never an empty
// answer; it is marked until [Store.Repair], [Store.Tend] or
// [Store.Verify] has proved it again.
package cache
