package registry

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"portcullis/cache/list"
)

// A change is what becomes of one record; nil is no record.
type change struct {
	key           []byte
	before, after *stored
}

// commit writes changes of the live records with all that follows from them:
// what the list carried before goes to the journal, the days on which records
// end to the hints, and the counts are kept. No record is changed twice.
func commit(tx Tx, changes []change) (Cursor, error) {
	h, err := readHead(tx)
	if err != nil {
		return 0, err
	}
	h.Cursor++
	w := writes{cursor: h.Cursor, hints: map[day][]byte{}, counts: map[string]int64{}}
	for _, c := range changes {
		w.add(c)
	}
	if err := w.write(tx); err != nil {
		return 0, err
	}
	return h.Cursor, putJSON(tx, Meta, headKey, h)
}

// writes are what a commit writes.
type writes struct {
	cursor  Cursor
	put     []Row
	remove  [][]byte
	journal []byte
	hints   map[day][]byte
	counts  map[string]int64
}

func (w *writes) add(c change) {
	if c.before == nil || c.after == nil || c.before.recordOf(c.key) != c.after.recordOf(c.key) {
		w.journal = appendBefore(w.journal, c.key, c.before)
	}
	if c.before != nil {
		w.counts[countKey(c.before)]--
	}
	if c.after == nil {
		w.remove = append(w.remove, c.key)
		return
	}
	w.counts[countKey(c.after)]++
	w.hint(c)
	w.put = append(w.put, Row{c.key, c.after.encode()})
}

// hint notes on which day a record ends, unless that was noted before. A
// record says by which hint it is told of, so that of several one counts.
func (w *writes) hint(c change) {
	switch {
	case c.before != nil && c.before.expires == c.after.expires:
		c.after.hinted = c.before.hinted
	case c.after.expires != 0:
		c.after.hinted = w.cursor
		w.hints[c.after.expires] = appendBytes(w.hints[c.after.expires], c.key)
	}
}

func (w *writes) write(tx Tx) error {
	if err := tx.Put(Live, w.put); err != nil {
		return err
	}
	if err := tx.Delete(Live, w.remove); err != nil {
		return err
	}
	if len(w.journal) > 0 {
		if err := tx.Put(Journal, []Row{{w.cursor.key(), w.journal}}); err != nil {
			return err
		}
	}
	hints := make([]Row, 0, len(w.hints))
	for d, keys := range w.hints {
		hints = append(hints, Row{hintKey(d, w.cursor), keys})
	}
	if err := tx.Put(Hints, hints); err != nil {
		return err
	}
	return w.writeCounts(tx)
}

func (w *writes) writeCounts(tx Tx) error {
	names := slices.Sorted(maps.Keys(w.counts))
	keys := make([][]byte, len(names))
	for i, name := range names {
		keys[i] = []byte(name)
	}
	values, err := tx.Get(Counts, keys)
	if err != nil {
		return err
	}
	rows := make([]Row, 0, len(keys))
	for i, name := range names {
		before := uint64(0)
		if len(values[i]) == 8 {
			before = binary.BigEndian.Uint64(values[i])
		}
		if n := w.counts[name]; n != 0 {
			rows = append(rows, Row{keys[i], binary.BigEndian.AppendUint64(nil, before+uint64(n))})
		}
	}
	return tx.Put(Counts, rows)
}

func (c Cursor) key() []byte { return binary.BigEndian.AppendUint64(nil, uint64(c)) }

// hintKey is the key of a hint: first the day, then the cursor.
func hintKey(d day, c Cursor) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, uint32(d)), uint64(c))
}

// countKey is the owner, and then class and status, a byte each.
func countKey(s *stored) string { return s.owner + string([]byte{byte(s.class), byte(s.status)}) }

// appendBefore adds a record to a journal's row: its key, and what the list
// carried, which is nothing for a new one.
func appendBefore(b, key []byte, before *stored) []byte {
	b = appendBytes(b, key)
	if before == nil {
		return append(b, 0)
	}
	b = append(b, byte(before.status)) // of a stored record it is never 0
	b = binary.AppendUvarint(b, uint64(before.recordOf(key).Date))
	b = appendBytes(b, []byte(before.country))
	return appendBytes(b, []byte(before.reference))
}

// readBefore hands on what a journal's row holds; a record is nil where the
// list carried none.
func readBefore(row []byte, f func(key []byte, before *list.Record)) error {
	r := rest{data: row}
	for len(r.data) > 0 {
		key := r.bytes()
		if len(key) < minRowKey || len(r.data) == 0 {
			return fmt.Errorf("journal: %w", ErrDamaged)
		}
		status := r.data[0]
		r.data = r.data[1:]
		if status == 0 {
			f(key, nil)
			continue
		}
		before := recordOfKey(key)
		before.Status, before.Date = list.Status(status), list.Date(r.number())
		before.Country, before.Reference = string(r.bytes()), string(r.bytes())
		if r.bad {
			return fmt.Errorf("journal: %w", ErrDamaged)
		}
		f(key, &before)
	}
	return nil
}

// recordOfKey returns the part of a record that its key tells.
func recordOfKey(key []byte) list.Record {
	return list.Record{Digest: list.Digest(binary.BigEndian.Uint64(key)), Class: list.Class(key[8]), Issuer: string(key[9:])}
}
