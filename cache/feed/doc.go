// Package feed is the release format of document lists and its trust: what a
// publisher signs and what a device accepts. Both ends use it; it neither
// fetches nor stores.
//
// A release is an envelope and the files that it names. The envelope is a DSSE
// version 1 envelope around a [Manifest] in JSON. A snapshot file holds the
// whole list, a delta file what changed since one earlier release, the base.
// All numbers in the files are big-endian.
//
//	snapshot:  "PCLIST2\n"  2^ShardBits x length 4  2^ShardBits x shard
//	delta:     "PCDELT2\n"  length 4  removed  length 4  added
//
// A shard is what [list.Params.Encode] makes; an empty one has length 0.
// Removed and added are each one shard over all digests; of a removed record
// only the identity is there: digest, class and issuer. A changed record is
// removed and added.
package feed
