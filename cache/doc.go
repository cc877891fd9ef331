// Package cache keeps the document lists on the device: Open, Lookup, Apply,
// Verify, Status. It decides nothing, and fetches nothing.
//
// A list lies in Badger as the sealed shards of [list.Params.Encode], each
// under a key that ends with the release that wrote it:
//
//	L/<list>/head                               the release that is served, sealed
//	L/<list>/checked                            when it was last known to be the newest, sealed
//	S/<list>/<generation 4><shard 4><release 8> a shard, sealed
//	H/<list>/<generation 4><shard 4><release 8> the shard's leaf hash
//
// Numbers in keys are big-endian. A snapshot makes a new generation, a delta
// new versions of the shards that it touches. Both are written beside what is
// served, read back, and hashed; only when the root of what is stored equals
// the root that the publisher signed does one small write to the head make
// them live. A crash before that leaves versions that the next Open throws
// away; a crash after it leaves old versions, and they go the same way. So
// there is neither a journal nor a redo, and a look-up sees a list as it was
// before a release or after it, never between.
//
// Badger's checks do not suffice: it reports block read errors as keys that
// are not there. The leaf hashes, which Open compares with the signed root,
// tell which shards there must be and in which version, and the seal of each
// shard names its list, generation, number and release. A shard that is
// missing, old, swapped or damaged is therefore an error and never an empty
// answer.
package cache
