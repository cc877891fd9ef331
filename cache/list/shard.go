package list

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// The sizes of what stands in a reference; the package comment draws the rest.
const (
	lengthBits = 5
	charBits   = 7
)

// MaxReference is how many characters a record's reference may have.
const MaxReference = 25

// MaxShardBits bounds how finely a list is cut: 2^20 shards.
const MaxShardBits = 20

// Params are what the bytes of a list's shards depend on beside its records.
type Params struct {
	ShardBits int      `json:"shard_bits"` // a list has 2^ShardBits shards
	Codes     []string `json:"codes"`      // of States, in the order that shards refer to them by
}

// Check tells what is wrong with parameters that came from outside.
func (p Params) Check() error {
	if p.ShardBits < 0 || p.ShardBits > MaxShardBits {
		return fmt.Errorf("list: %d shard bits, want 0 to %d", p.ShardBits, MaxShardBits)
	}
	if len(p.Codes) > math.MaxUint16 {
		return fmt.Errorf("list: %d State codes, want at most %d", len(p.Codes), math.MaxUint16)
	}
	seen := make(map[string]bool, len(p.Codes))
	for _, code := range p.Codes {
		if len(code) == 0 || len(code) > 3 || seen[code] {
			return errors.New("list: the State codes are not all different and of 1 to 3 letters")
		}
		seen[code] = true
	}
	return nil
}

// Shards returns how many shards the list has.
func (p Params) Shards() int { return 1 << p.ShardBits }

// ShardOf returns the shard that a digest belongs to.
func (p Params) ShardOf(d Digest) uint32 { return uint32(d >> (64 - p.ShardBits)) }

// inner returns the part of a digest that its shard does not say already.
func (p Params) inner(d Digest) uint64 { return uint64(d) << p.ShardBits >> p.ShardBits }

// prefix is the part of a digest that its shard says.
func (p Params) prefix(id uint32) uint64 { return uint64(id) << (64 - p.ShardBits) }

// span is the greatest that inner returns.
func (p Params) span() uint64 { return math.MaxUint64 >> p.ShardBits }

// riceK is the parameter of a Rice code for n values that come to about span:
// the bits of the mean times ln 2 (about 177/256), which costs within 0.04
// bits of the best.
func riceK(span uint64, n int) uint {
	if n == 0 {
		return 0
	}
	hi, lo := bits.Mul64(span, 177)
	return uint(max(bits.Len64((hi<<56|lo>>8)/uint64(n)), 1) - 1)
}

// Compare orders records as shards hold them. Records that compare equal are
// the same record, whatever else they say.
func Compare(a, b Record) int {
	return cmp.Or(cmp.Compare(a.Digest, b.Digest), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Issuer, b.Issuer))
}
