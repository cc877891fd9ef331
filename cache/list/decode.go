package list

import (
	"fmt"
	"math"
	"slices"
)

// A Shard is the bytes of one shard, its records not yet taken apart.
type Shard struct {
	params Params
	id     uint32
	count  int
	data   []byte
	gaps   int // where the gaps begin, in bits
}

// maxShard bounds the bytes of a shard, so that no arithmetic on its bits can
// overflow on any platform.
const maxShard = 1 << 26

// Shard returns the shard with these bytes, which it keeps. It reads no
// further than the count: what lies behind is checked by Find and All.
func (p Params) Shard(id uint32, data []byte) (Shard, error) {
	s := Shard{params: p, id: id, data: data}
	if len(data) > maxShard {
		return Shard{}, s.broken(fmt.Errorf("%d bytes, want at most %d", len(data), maxShard))
	}
	r := bitReader{data: data}
	s.count = int(r.number(8 * maxShard))
	s.gaps = r.pos
	if r.err != nil {
		return Shard{}, s.broken(r.err)
	}
	if s.count > r.left()/int(s.riceK()+1) { // so many bits a gap takes at least
		return Shard{}, s.broken(errShort)
	}
	return s, nil
}

// Len returns how many records the shard has.
func (s Shard) Len() int { return s.count }

func (s Shard) riceK() uint { return riceK(s.params.span(), s.count) }

// chunk is how many digests are read at once.
const chunk = 16

// Find returns the records with this digest.
func (s Shard) Find(d Digest) ([]Record, error) {
	if s.params.ShardOf(d) != s.id {
		return nil, nil
	}
	r := bitReader{data: s.data, pos: s.gaps}
	first, n := s.seek(&r, s.params.inner(d))
	if n == 0 && r.err == nil {
		return nil, nil
	}
	found := make([]Record, n)
	for i := range found {
		found[i].Digest = d
	}
	s.fill(&r, first, found)
	if r.err != nil {
		return nil, s.broken(r.err)
	}
	return found, nil
}

// seek returns the first of the records with a digest, and how many there are.
// It reads the gaps to their end only when there is one.
func (s Shard) seek(r *bitReader, want uint64) (first, n int) {
	k, span := s.riceK(), s.params.span()
	var room [chunk]uint64
	var sum uint64
	for i := 0; i < s.count && r.err == nil; i += chunk {
		inner := room[:min(chunk, s.count-i)]
		sum = r.sums(inner, k, sum, span)
		if sum < want {
			first += len(inner)
			continue
		}
		for _, v := range inner {
			switch {
			case v < want:
				first++
			case v == want:
				n++
			}
		}
		if n == 0 {
			break
		}
	}
	return first, n
}

// All returns every record, in order. It accepts only the bytes that Encode
// makes of them.
func (s Shard) All() ([]Record, error) {
	return s.AppendAll(make([]Record, 0, s.count))
}

// AppendAll appends every record to dst, as [Shard.All] returns them.
func (s Shard) AppendAll(dst []Record) ([]Record, error) {
	old := len(dst)
	dst = slices.Grow(dst, s.count)[:old+s.count]
	records := dst[old:]
	r := bitReader{data: s.data, pos: s.gaps}
	s.digests(&r, records)
	if r.err == nil {
		s.fill(&r, 0, records)
	}
	if r.err == nil {
		checkEnd(&r, records)
	}
	if r.err != nil {
		return dst[:old], s.broken(r.err)
	}
	return dst, nil
}

// digests reads all of them.
func (s Shard) digests(r *bitReader, records []Record) {
	k, span := s.riceK(), s.params.span()
	prefix := s.params.prefix(s.id)
	var room [chunk]uint64
	var sum uint64
	for len(records) > 0 && r.err == nil {
		inner := room[:min(chunk, len(records))]
		sum = r.sums(inner, k, sum, span)
		for i, v := range inner {
			records[i].Digest = Digest(prefix | v)
		}
		records = records[len(inner):]
	}
}

// checkEnd refuses records that are out of order, and what lies behind them.
func checkEnd(r *bitReader, records []Record) {
	for i := range records[min(1, len(records)):] {
		if records[i].Digest == records[i+1].Digest && Compare(records[i], records[i+1]) >= 0 {
			r.fail(fmt.Errorf("record %d is out of order or there twice", i+1))
		}
	}
	if r.left() >= 8 || r.read(uint(r.left())) != 0 {
		r.fail(errLoose)
	}
}

func (s Shard) broken(err error) error {
	return fmt.Errorf("list: decode shard %d: %w", s.id, err)
}

// limits are the greatest values that the fields of a record can have.
const (
	maxByte = math.MaxUint8
	maxDate = math.MaxUint16
)
