package list

import (
	"fmt"
	"slices"
)

// A Shard is the bytes of one shard, its records not yet taken apart.
type Shard struct {
	params Params
	id     uint32
	count  int
	inner  rising // the digests, without what the shard says of them
}

// maxShard bounds the bytes of a shard, so that no arithmetic on its bits can
// overflow on any platform.
const maxShard = 1 << 26

// Shard returns the shard with these bytes, which it keeps. It reads no
// further than the count: what stands behind is checked by Find as far as that
// reads, and by All.
func (p Params) Shard(id uint32, data []byte) (Shard, error) {
	s := Shard{params: p, id: id}
	if len(data) > maxShard {
		return Shard{}, s.broken(fmt.Errorf("%d bytes, want at most %d", len(data), maxShard))
	}
	r := bitReader{data: data}
	s.count = int(r.number(8 * maxShard))
	s.inner = r.rising(s.count, riceK(p.span(), s.count), p.span())
	r.fail(s.inner.high.err)
	if r.err != nil {
		return Shard{}, s.broken(r.err)
	}
	return s, nil
}

// Len returns how many records the shard has.
func (s Shard) Len() int { return s.count }

// Find returns the records with this digest.
func (s Shard) Find(d Digest) ([]Record, error) {
	if s.params.ShardOf(d) != s.id {
		return nil, nil
	}
	inner := s.inner
	first, n := inner.seek(s.params.inner(d))
	if n == 0 && inner.high.err == nil {
		return nil, nil
	}
	r := inner.end()
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
	r := s.digests(records)
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

// digests reads those of all records, and returns the reader of what stands
// behind them.
func (s Shard) digests(records []Record) bitReader {
	prefix := s.params.prefix(s.id)
	var room [chunk]uint64
	for s.inner.n > 0 {
		inner := s.inner.next(&room)
		for i, v := range inner {
			records[i].Digest = Digest(prefix | v)
		}
		records = records[len(inner):]
	}
	return s.inner.end()
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
