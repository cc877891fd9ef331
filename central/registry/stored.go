package registry

import (
	"encoding/binary"
	"math"

	"portcullis/cache/list"
)

// A stored record is an entry, and what the registry itself knows of it.
type stored struct {
	Entry
	inserted  day
	changed   day
	extension string // why it is kept longer than was said at first
	hinted    Cursor // of the hint that tells of its end
}

// rowKey is the key of a record's row: digest, class and issuing State, in the
// order of [list.Compare].
func rowKey(digest list.Digest, class list.Class, issuer string) []byte {
	key := binary.BigEndian.AppendUint64(make([]byte, 0, 12), uint64(digest))
	return append(append(key, byte(class)), issuer...)
}

const minRowKey = 10 // bytes: an issuing State has at least one letter

// recordOf returns what a list carries of a row with this key.
func (s *stored) recordOf(key []byte) list.Record {
	return s.record(list.Digest(binary.BigEndian.Uint64(key)))
}

const storedVersion = 1

// encode makes the value of a row: a version, the status, then each text behind
// its length and each day, as variable integers. Class and issuer stand in the
// key; an owner that is the issuer's is left out.
func (s *stored) encode() []byte {
	owner := s.owner
	if owner == s.issuer {
		owner = ""
	}
	b := append(make([]byte, 0, 96), storedVersion, byte(s.status))
	for _, text := range []string{s.number, s.kind, owner, s.country, s.reference, s.ncbReference, s.lot, s.info, s.extension} {
		b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
	}
	for _, d := range []day{s.date, s.issued, s.documentExpiry, s.expires, s.inserted, s.changed} {
		b = binary.AppendUvarint(b, uint64(d))
	}
	return binary.AppendUvarint(b, uint64(s.hinted))
}

// decode reads a row.
func decode(row Row) (*stored, error) {
	if len(row.Key) < minRowKey || len(row.Value) < 2 || row.Value[0] != storedVersion {
		return nil, ErrDamaged
	}
	s := &stored{}
	s.class, s.issuer, s.status = list.Class(row.Key[8]), string(row.Key[9:]), list.Status(row.Value[1])
	r := rest{data: row.Value[2:]}
	for _, text := range []*string{&s.number, &s.kind, &s.owner, &s.country, &s.reference, &s.ncbReference, &s.lot, &s.info, &s.extension} {
		*text = string(r.bytes())
	}
	for _, d := range []*day{&s.date, &s.issued, &s.documentExpiry, &s.expires, &s.inserted, &s.changed} {
		n := r.number()
		r.bad = r.bad || n > math.MaxUint32
		*d = day(n)
	}
	s.hinted = Cursor(r.number())
	if s.owner == "" {
		s.owner = s.issuer
	}
	if r.bad || len(r.data) > 0 {
		return nil, ErrDamaged
	}
	return s, nil
}

// decodeAll reads the rows of keys; a record is nil where there is none.
func decodeAll(keys, values [][]byte) ([]*stored, error) {
	all := make([]*stored, len(keys))
	for i, value := range values {
		if value == nil {
			continue
		}
		var err error
		if all[i], err = decode(Row{keys[i], value}); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// getStored reads the records of keys from a table.
func getStored(tx Tx, t Table, keys [][]byte) ([]*stored, error) {
	values, err := tx.Get(t, keys)
	if err != nil {
		return nil, err
	}
	return decodeAll(keys, values)
}

// rest is what is still to be read of a value.
type rest struct {
	data []byte
	bad  bool
}

func (r *rest) number() uint64 {
	n, size := binary.Uvarint(r.data)
	if size <= 0 {
		r.bad, r.data = true, nil
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *rest) bytes() []byte {
	n := r.number()
	if n > uint64(len(r.data)) {
		r.bad, r.data = true, nil
		return nil
	}
	text := r.data[:n]
	r.data = r.data[n:]
	return text
}

// appendBytes is what bytes reads.
func appendBytes(b, text []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}
