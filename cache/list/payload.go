package list

import (
	"math"
	"math/bits"
)

// The greatest values of a class or status, and of a date.
const (
	maxByte = math.MaxUint8
	maxDate = math.MaxUint16
)

// country returns the place of what the country of a record usually is.
func (h head) country(issuer uint16) uint16 {
	if h.noCountry {
		return 0
	}
	return issuer
}

// rows returns how many different rows there could be, at most 2^32.
func (h head) rows() uint64 { return h.issuer.size() * h.date.size() }

func (h head) rowWidth() uint { return uint(bits.Len64(h.rows() - 1)) }

func (s Shard) readHead(r *bitReader) head {
	return head{
		issuer:    r.spread(uint64(len(s.params.Codes)), s.count > 0),
		date:      r.spread(maxDate, s.count > 0),
		class:     uint16(r.number(maxByte)),
		status:    uint16(r.number(maxByte)),
		noCountry: r.flag(),
	}
}

// A window is some records of a shard, one behind the other: those that are
// wanted, or all.
type window struct {
	shard   Shard
	head    head
	rows    bitReader // at the first row of the shard
	first   int       // the place of the first record in the shard
	records []Record
}

// fill reads what stands behind the digests into the records from the first one
// on, which have theirs.
func (s Shard) fill(r *bitReader, first int, records []Record) {
	w := window{shard: s, head: s.readHead(r), first: first, records: records}
	w.rows = r.array(s.count, w.head.rowWidth())
	if r.err != nil {
		return
	}
	w.readRows(r)
	w.readBytes(r, w.head.class, func(r *Record, v uint16) { r.Class = Class(v) })
	w.readBytes(r, w.head.status, func(r *Record, v uint16) { r.Status = Status(v) })
	w.readCountries(r)
	w.readReferences(r)
}

// end is the place behind the last record.
func (w *window) end() int { return w.first + len(w.records) }

// whole reports whether the window shows all records.
func (w *window) whole() bool { return len(w.records) == w.shard.count }

// readRows sets all but what is unusual.
func (w *window) readRows(r *bitReader) {
	h, rows := w.head, w.rows
	width, dates, all := h.rowWidth(), h.date.size(), h.rows()
	rows.pos += w.first * int(width)
	var issuers, days spread
	for i := range w.records {
		row := rows.read(width)
		if row >= all {
			r.fail(errRange)
			return
		}
		issuer, date := h.issuer.value(row/dates), h.date.value(row%dates)
		issuers.add(issuer)
		days.add(date)
		w.records[i] = Record{
			Digest: w.records[i].Digest, Class: Class(h.class), Issuer: w.shard.params.code(issuer),
			Status: Status(h.status), Date: Date(date), Country: w.shard.params.code(h.country(issuer)),
		}
	}
	if w.whole() && (issuers != h.issuer || days != h.date) {
		r.fail(errLoose)
	}
}

// issuer returns the place of the issuer of record i of the shard.
func (w *window) issuer(i int) uint16 {
	rows, width := w.rows, w.head.rowWidth()
	rows.pos += i * int(width)
	return w.head.issuer.value(rows.read(width) / w.head.date.size())
}

// readBytes reads the values of a field of one byte that are not the usual
// one, which must be the commonest.
func (w *window) readBytes(r *bitReader, usual uint16, set func(*Record, uint16)) {
	var counts [maxByte + 1]int
	n := w.others(r, maxByte, func(i int, said uint16) {
		v := with(usual, said)
		if v > maxByte {
			r.fail(errRange)
			return
		}
		counts[v]++
		set(&w.records[i-w.first], uint16(v))
	})
	counts[usual] += w.shard.count - n
	if w.whole() && commonest(&counts) != usual {
		r.fail(errLoose)
	}
}

func (w *window) readCountries(r *bitReader) {
	most := len(w.shard.params.Codes)
	w.others(r, uint64(most), func(i int, said uint16) {
		v := with(w.head.country(w.issuer(i)), said)
		if v > most {
			r.fail(errRange)
			return
		}
		w.records[i-w.first].Country = w.shard.params.code(uint16(v))
	})
	if w.whole() && w.noCountry() != w.head.noCountry {
		r.fail(errLoose)
	}
}

// noCountry reports whether more records lack a country than have the
// issuer's.
func (w *window) noCountry() bool {
	own, none := 0, 0
	for i := range w.records {
		if w.records[i].Country == w.records[i].Issuer {
			own++
		}
		if w.records[i].Country == "" {
			none++
		}
	}
	return none > own
}

func (w *window) readReferences(r *bitReader) {
	g := r.marks(w.shard.count)
	r.fail(g.marked(w.end(), func(_, i int) error {
		length := int(r.read(lengthBits))
		if length == 0 || length > MaxReference || length*charBits > r.left() {
			return errRange
		}
		if i < w.first {
			r.skip(uint(length * charBits))
			return nil
		}
		var room [MaxReference]byte
		for j := range length {
			room[j] = byte(r.read(charBits))
		}
		reference := string(room[:length])
		if !validReference(reference) {
			return errRange
		}
		w.records[i-w.first].Reference = reference
		return nil
	}))
}

// code returns the State code at a place that the list has.
func (p Params) code(place uint16) string {
	if place == 0 {
		return ""
	}
	return p.Codes[place-1]
}
