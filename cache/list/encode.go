package list

import (
	"fmt"
	"slices"
)

// A Coder encodes the shards of one list. It is for one goroutine at a time.
type Coder struct {
	params Params
	place  map[string]uint16 // of each State code
	fields fields

	places []uint64 // of what is written just now
	said   []uint16
}

// fields are the records of a shard taken apart, each field for itself.
type fields struct{ class, issuer, status, date, country []uint16 }

// A head is what stands once for all records of a shard.
type head struct {
	issuer, date  spread
	class, status uint16 // the commonest
	noCountry     bool   // the country is usually missing, instead of the issuer
}

// NewCoder returns the coder of a list with these parameters.
func NewCoder(p Params) *Coder {
	c := &Coder{params: p, place: make(map[string]uint16, len(p.Codes)+1)}
	c.place[""] = 0
	for i, code := range p.Codes {
		c.place[code] = uint16(i + 1)
	}
	return c
}

// Encode appends to dst the bytes of shard id, made of these records, which
// must be in order and belong to the shard. Whoever encodes many shards has a
// [Coder] do it.
func (p Params) Encode(dst []byte, id uint32, records []Record) ([]byte, error) {
	return NewCoder(p).Encode(dst, id, records)
}

// Encode appends to dst the bytes of shard id, made of these records, which
// must be in order and belong to the shard.
func (c *Coder) Encode(dst []byte, id uint32, records []Record) ([]byte, error) {
	if err := c.take(id, records); err != nil {
		return nil, err
	}
	w := bitWriter{out: dst}
	w.number(uint64(len(records)))
	w.rising(c.inner(records), riceK(c.params.span(), len(records)))
	f, h := &c.fields, c.fields.head()
	h.write(&w)
	width := h.rowWidth()
	for i, issuer := range f.issuer {
		w.write(h.issuer.index(issuer)*h.date.size()+h.date.index(f.date[i]), width)
	}
	c.others(&w, f.class, func(int) uint16 { return h.class })
	c.others(&w, f.status, func(int) uint16 { return h.status })
	c.others(&w, f.country, func(i int) uint16 { return h.country(f.issuer[i]) })
	c.writeReferences(&w, records)
	return w.bytes(), nil
}

// inner returns the digests without what the shard says of them.
func (c *Coder) inner(records []Record) []uint64 {
	c.places = c.places[:0]
	for _, r := range records {
		c.places = append(c.places, c.params.inner(r.Digest))
	}
	return c.places
}

// take checks the records and takes them apart.
func (c *Coder) take(id uint32, records []Record) error {
	f := &c.fields
	for _, field := range []*[]uint16{&f.class, &f.issuer, &f.status, &f.date, &f.country} {
		*field = slices.Grow((*field)[:0], len(records))[:len(records)]
	}
	for i, r := range records {
		issuer, known := c.place[r.Issuer]
		country, knownToo := issuer, known
		if r.Country != r.Issuer {
			country, knownToo = c.place[r.Country]
		}
		switch {
		case c.params.ShardOf(r.Digest) != id:
			return fmt.Errorf("list: encode shard %d: record %d belongs to another", id, i)
		case i > 0 && Compare(records[i-1], r) >= 0:
			return fmt.Errorf("list: encode shard %d: record %d is out of order or there twice", id, i)
		case !known || !knownToo:
			return fmt.Errorf("list: encode shard %d: record %d has a State code that the list does not name", id, i)
		case !validReference(r.Reference):
			return fmt.Errorf("list: encode shard %d: record %d has a reference that is too long or not ASCII", id, i)
		}
		f.class[i], f.issuer[i], f.status[i] = uint16(r.Class), issuer, uint16(r.Status)
		f.date[i], f.country[i] = uint16(r.Date), country
	}
	return nil
}

func (f *fields) head() head {
	var h head
	var classes, statuses [1 << 8]int
	own, none := 0, 0
	for i, issuer := range f.issuer {
		h.issuer.add(issuer)
		h.date.add(f.date[i])
		classes[f.class[i]]++
		statuses[f.status[i]]++
		if f.country[i] == issuer {
			own++
		}
		if f.country[i] == 0 {
			none++
		}
	}
	h.class, h.status, h.noCountry = commonest(&classes), commonest(&statuses), none > own
	return h
}

// commonest returns the value that was counted most often, of two the lower.
func commonest(counts *[1 << 8]int) uint16 {
	best := 0
	for v, n := range counts {
		if n > counts[best] {
			best = v
		}
	}
	return uint16(best)
}

func (h head) write(w *bitWriter) {
	h.issuer.write(w)
	h.date.write(w)
	w.number(uint64(h.class))
	w.number(uint64(h.status))
	w.flag(h.noCountry)
}

func (c *Coder) writeReferences(w *bitWriter, records []Record) {
	c.places = c.places[:0]
	for i, r := range records {
		if r.Reference != "" {
			c.places = append(c.places, uint64(i-len(c.places)))
		}
	}
	w.marks(c.places, len(records))
	for _, r := range records {
		if r.Reference == "" {
			continue
		}
		w.write(uint64(len(r.Reference)), lengthBits)
		for _, c := range []byte(r.Reference) {
			w.write(uint64(c), charBits)
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
