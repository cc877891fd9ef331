package publish

import (
	"math"
	"math/bits"

	"portcullis/cache/list"
)

// shardRecords is about how many records a shard should have. A look-up opens
// one shard and a change stores one anew: with few records both are cheap, and
// the card lives longer. With 256, what a shard takes beside its records (seal,
// key, leaf hash) is half a byte a record. The cut of a list
// stays as it is until its shards have less than a quarter of that, or more
// than four times as many: no delta leads from one cut to another.
const shardRecords = 256

// chooseBits returns the shard bits of a list that had others before.
func chooseBits(last int, records uint64) int {
	b, mean := cut(records), records>>last
	crowded := mean > 4*shardRecords && b > last
	empty := mean < shardRecords/4 && b < last
	if crowded || empty {
		return b
	}
	return last
}

// cut returns the shard bits for that many records: the logarithm of how many
// shards there should be, to the nearest whole.
func cut(records uint64) int {
	b := max(bits.Len64(records/shardRecords)-1, 0)
	if float64(records)/shardRecords > math.Sqrt2*float64(int(1)<<b) {
		b++
	}
	return min(b, list.MaxShardBits)
}
