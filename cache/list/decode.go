package list

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// A Shard is the bytes of one shard, its frame checked, its records not yet
// taken apart.
type Shard struct {
	params  Params
	id      uint32
	count   int
	columns [columnCount]column
	data    []byte
	gaps    int // where the gaps begin, in bits
}

// A column is one field of all the records of a shard, each at its own place.
type column struct {
	width uint
	least uint16
	start int // in bits
}

// maxShard bounds the bytes of a shard, so that no arithmetic on its bits can
// overflow on any platform.
const maxShard = 1 << 26

// Shard returns the shard with these bytes, which it keeps. It reads no
// further than the columns: what lies behind is checked by Find and All.
func (p Params) Shard(id uint32, data []byte) (Shard, error) {
	s := Shard{params: p, id: id, data: data}
	if len(data) > maxShard {
		return Shard{}, s.broken(fmt.Errorf("%d bytes, want at most %d", len(data), maxShard))
	}
	r := bitReader{data: data}
	count := r.read(countBits)
	if count >= uint64(len(data))*8 {
		return Shard{}, s.broken(errShort)
	}
	s.count = int(count)
	for c := range s.columns {
		width, least := uint(r.read(widthBits)), uint16(r.read(leastBits))
		s.columns[c] = column{width: width, least: least, start: r.pos}
		if width > 16 || width > 0 && s.count > r.left()/int(width) {
			return Shard{}, s.broken(errShort)
		}
		r.pos += s.count * int(width)
	}
	if s.count > r.left()/int(p.riceK(s.count)+1) { // so many bits a gap takes at least
		return Shard{}, s.broken(errShort)
	}
	s.gaps = r.pos
	return s, nil
}

// Len returns how many records the shard has.
func (s Shard) Len() int { return s.count }

// Find returns the records with this digest.
func (s Shard) Find(d Digest) ([]Record, error) {
	if s.params.ShardOf(d) != s.id {
		return nil, nil
	}
	r := bitReader{data: s.data, pos: s.gaps}
	k, want := s.params.riceK(s.count), s.params.inner(d)
	var found []Record
	var inner uint64
	for i := range s.count {
		inner += r.rice(k)
		switch {
		case r.err != nil:
			return nil, s.broken(r.err)
		case inner == want:
			found = append(found, s.record(i, d))
		case inner > want && found == nil:
			return nil, nil
		}
	}
	if found == nil || r.read(1) == 0 && r.err == nil {
		return found, nil
	}
	return s.withReferences(d)
}

// withReferences is Find for a shard whose records carry references: these lie
// one behind the other, so that all must be read.
func (s Shard) withReferences(d Digest) ([]Record, error) {
	all, err := s.All()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(r Record) bool { return r.Digest != d }), nil
}

// record returns record i but for its reference.
func (s Shard) record(i int, d Digest) Record {
	return Record{
		Digest:  d,
		Class:   Class(s.value(0, i)),
		Issuer:  s.code(s.value(1, i)),
		Status:  Status(s.value(2, i)),
		Date:    Date(s.value(3, i)),
		Country: s.code(s.value(4, i)),
	}
}

func (s Shard) value(c, i int) uint16 {
	col := s.columns[c]
	r := bitReader{data: s.data, pos: col.start + i*int(col.width)}
	return col.least + uint16(r.read(col.width))
}

// code returns a State code by its place; one that the list does not name,
// which All refuses, comes out as "???" and equals no State's.
func (s Shard) code(place uint16) string {
	switch {
	case place == 0:
		return ""
	case int(place) <= len(s.params.Codes):
		return s.params.Codes[place-1]
	}
	return "???"
}

// All returns every record, in order. It accepts only the bytes that Encode
// makes of them.
func (s Shard) All() ([]Record, error) {
	records := make([]Record, s.count)
	r := bitReader{data: s.data, pos: s.gaps}
	k := s.params.riceK(s.count)
	prefix := uint64(s.id) << (64 - s.params.ShardBits)
	span := ^uint64(0) >> s.params.ShardBits
	var inner uint64
	for i := range records {
		gap := r.rice(k)
		if r.err != nil || gap > span-inner {
			return nil, s.broken(errShort)
		}
		inner += gap
		records[i] = s.record(i, Digest(prefix|inner))
		if i > 0 && Compare(records[i-1], records[i]) >= 0 {
			return nil, s.broken(fmt.Errorf("record %d is out of order or there twice", i))
		}
	}
	if err := readReferences(&r, records); err != nil {
		return nil, s.broken(err)
	}
	return records, s.checkForm(&r)
}

func readReferences(r *bitReader, records []Record) error {
	if r.read(1) == 0 {
		return r.err
	}
	any := false
	for i := range records {
		length := int(r.read(lengthBits))
		if length*charBits > r.left() {
			return errShort
		}
		var room [1 << lengthBits]byte
		for j := range length {
			room[j] = byte(r.read(charBits))
		}
		records[i].Reference = string(room[:length])
		any = any || length > 0
		if !validReference(records[i].Reference) {
			return fmt.Errorf("record %d has a reference that is too long or not ASCII", i)
		}
	}
	if r.err == nil && !any {
		return errLoose
	}
	return r.err
}

// errLoose means that the bytes say what they say in a longer way than needed.
var errLoose = errors.New("the data is not in its one canonical form")

// checkForm refuses what Encode would not have written: columns wider than
// their values, codes that the list does not name, bytes after the end.
func (s Shard) checkForm(r *bitReader) error {
	if r.left() >= 8 || r.read(uint(r.left())) != 0 {
		return s.broken(errLoose)
	}
	for c, col := range s.columns {
		var least, most uint64 = 1 << 16, 0
		for i := range s.count {
			b := bitReader{data: s.data, pos: col.start + i*int(col.width)}
			v := b.read(col.width)
			least, most = min(least, v), max(most, v)
		}
		if s.count == 0 {
			least = uint64(col.least)
		}
		if least != 0 || int(col.width) != bits.Len64(most) || most+uint64(col.least) > s.limit(c) {
			return s.broken(errLoose)
		}
	}
	return nil
}

// limit is the greatest value that column c may have.
func (s Shard) limit(c int) uint64 {
	switch c {
	case 0, 2:
		return 1<<8 - 1
	case 1, 4:
		return uint64(len(s.params.Codes))
	}
	return 1<<16 - 1
}

func (s Shard) broken(err error) error {
	return fmt.Errorf("list: decode shard %d: %w", s.id, err)
}
