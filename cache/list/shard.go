package list

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// A shard is the part of a list whose digests begin with the same ShardBits
// bits. Its bytes follow from its records and the list's Params alone: one bit
// stream, the first bit in the highest place of the first byte.
//
//	count       32   records in the shard
//	columns     5 x  class, issuer, status, date, country:
//	                   width   5   bits of a value
//	                   least  16   the smallest value; the others are stored less this
//	                   count x width
//	gaps        count x  Rice code of what the digest's other bits exceed the
//	                     one before by, its parameter taken from the count
//	references   1   0: no record has one, and the shard ends here
//	            count x  length 5, then 7 for each character
//	            zeros up to a whole byte
//
// Records stand in the order of digest, class, issuer. Issuer and country are
// places in Params.Codes, counted from 1; 0 is none. A column whose values are
// all alike, such as one that is always missing, costs its 21 bits and no more.
const (
	columnCount = 5
	countBits   = 32
	widthBits   = 5
	leastBits   = 16
	lengthBits  = 5
	charBits    = 7
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
	if len(p.Codes) > 1<<leastBits-1 {
		return fmt.Errorf("list: %d State codes, want at most %d", len(p.Codes), 1<<leastBits-1)
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

// riceK is the parameter of the gaps' Rice code: the bits of the mean gap
// times ln 2 (about 177/256), which costs within 0.04 bits of the best.
func (p Params) riceK(count int) uint {
	if count == 0 {
		return 0
	}
	mean := (1<<(63-p.ShardBits) - 1) / uint64(count) * 2
	hi, lo := bits.Mul64(mean, 177)
	scaled := hi<<56 | lo>>8
	return uint(max(bits.Len64(scaled), 1) - 1)
}

// Compare orders records as shards hold them. Records that compare equal are
// the same record, whatever else they say.
func Compare(a, b Record) int {
	return cmp.Or(cmp.Compare(a.Digest, b.Digest), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Issuer, b.Issuer))
}

// Encode appends to dst the bytes of shard id, made of these records, which
// must be in order and belong to the shard.
func (p Params) Encode(dst []byte, id uint32, records []Record) ([]byte, error) {
	columns, err := p.columns(id, records)
	if err != nil {
		return nil, err
	}
	w := bitWriter{out: dst}
	w.write(uint64(len(records)), countBits)
	for _, values := range columns {
		writeColumn(&w, values)
	}
	var last uint64
	k := p.riceK(len(records))
	for _, r := range records {
		inner := p.inner(r.Digest)
		w.rice(inner-last, k)
		last = inner
	}
	writeReferences(&w, records)
	return w.bytes(), nil
}

// columns checks the records and takes them apart.
func (p Params) columns(id uint32, records []Record) (columns [columnCount][]uint16, err error) {
	place := make(map[string]uint16, len(p.Codes)+1)
	place[""] = 0
	for i, code := range p.Codes {
		place[code] = uint16(i + 1)
	}
	for c := range columns {
		columns[c] = make([]uint16, len(records))
	}
	for i, r := range records {
		issuer, known := place[r.Issuer]
		country, knownToo := place[r.Country]
		switch {
		case p.ShardOf(r.Digest) != id:
			return columns, fmt.Errorf("list: encode shard %d: record %d belongs to another", id, i)
		case i > 0 && Compare(records[i-1], r) >= 0:
			return columns, fmt.Errorf("list: encode shard %d: record %d is out of order or there twice", id, i)
		case !known || !knownToo:
			return columns, fmt.Errorf("list: encode shard %d: record %d has a State code that the list does not name", id, i)
		case !validReference(r.Reference):
			return columns, fmt.Errorf("list: encode shard %d: record %d has a reference that is too long or not ASCII", id, i)
		}
		for c, v := range [columnCount]uint16{uint16(r.Class), issuer, uint16(r.Status), uint16(r.Date), country} {
			columns[c][i] = v
		}
	}
	return columns, nil
}

func writeColumn(w *bitWriter, values []uint16) {
	var least, most uint16
	if len(values) > 0 {
		least, most = slices.Min(values), slices.Max(values)
	}
	width := uint(bits.Len16(most - least))
	w.write(uint64(width), widthBits)
	w.write(uint64(least), leastBits)
	for _, v := range values {
		w.write(uint64(v-least), width)
	}
}

func writeReferences(w *bitWriter, records []Record) {
	if !slices.ContainsFunc(records, func(r Record) bool { return r.Reference != "" }) {
		w.write(0, 1)
		return
	}
	w.write(1, 1)
	for _, r := range records {
		w.write(uint64(len(r.Reference)), lengthBits)
		for i := range len(r.Reference) {
			w.write(uint64(r.Reference[i]), charBits)
		}
	}
}

func validReference(s string) bool {
	if len(s) > MaxReference {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
