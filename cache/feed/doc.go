// Package feed is the release format of document lists: what a publisher signs
// of a list, and what a device accepts. Both ends use it; it neither fetches
// nor stores. Whose signatures count is package trust's to say.
//
// A release is a [Manifest] in JSON, signed as a target of the list role, and
// files that lead to it from other states of the list, each a [Step]: a
// snapshot holds the whole list as it was with one release, a delta what
// changed between two. A device takes the [Way] of least bytes. Where the steps
// of the manifest do not lead on well, it reads the history, and then, of the
// archives, those alone that have steps from the release that it holds: of a
// month that is over, of a day of that, of an hour of that. All are named by
// hash, one by the other, from the signed manifest on. All numbers in the files
// are big-endian.
//
//	snapshot:  "PCLIST2\n"  2^ShardBits x length 4  2^ShardBits x shard
//	delta:     "PCDELT2\n"  length 4  removed  length 4  added
//	tree:      "PCTREE1\n"  2^ShardBits x leaf hash 32
//	history:   JSON  {"steps": [step, ...], "archives": [archive, ...]}
//	archive:   JSON, the same, of the releases from one to another
//	step:      {name, size, sha256, from?, to, issued, records, added?, removed?, tree?}
//	archive:   {name, size, sha256, from, to}, where it is named
//
// A shard is what [list.Params.Encode] makes; an empty one has length 0.
// Removed and added are each one shard over all digests; of a removed record
// only the identity is there: digest, class and issuer. A changed record is
// removed and added.
package feed
