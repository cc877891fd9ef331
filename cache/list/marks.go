package list

// A markWriter writes which few of a shard's records something is said of.
type markWriter struct {
	w    *bitWriter
	k    uint
	next int // the record behind the last that was marked
}

// marks begins to mark n of count records.
func (w *bitWriter) marks(count, n int) markWriter {
	w.number(uint64(n))
	return markWriter{w: w, k: riceK(uint64(count), n)}
}

// mark writes that the next one is record i.
func (m *markWriter) mark(i int) {
	m.w.rice(uint64(i-m.next), m.k)
	m.next = i + 1
}

// others writes the values that are not usual, with their places.
func (w *bitWriter) others(values []uint16, usual func(i int) uint16) {
	var said spread
	n := 0
	for i, v := range values {
		if u := usual(i); v != u {
			n++
			said.add(without(u, v))
		}
	}
	m := w.marks(len(values), n)
	said.write(w)
	width := said.width()
	for i, v := range values {
		if u := usual(i); v != u {
			m.mark(i)
			w.write(said.index(without(u, v)), width)
		}
	}
}

// without numbers the values that are not the usual one without a hole.
func without(usual, v uint16) uint16 {
	if v > usual {
		return v - 1
	}
	return v
}

// with is the value that without gave this number.
func with(usual, said uint16) int {
	if said >= usual {
		return int(said) + 1
	}
	return int(said)
}

// A markReader reads what a markWriter wrote.
type markReader struct {
	r     *bitReader
	k     uint
	n     int // marked records
	read  int // how many of them are read
	i     int // the record that next came to
	count int // of all records
}

func (r *bitReader) marks(count int) markReader {
	n := int(r.number(uint64(count)))
	return markReader{r: r, k: riceK(uint64(count), n), n: n, i: -1, count: count}
}

// next goes to the next marked record, and reports whether there is one.
func (m *markReader) next() bool {
	if m.read == m.n || m.r.err != nil {
		return false
	}
	gap := m.r.rice(m.k)
	if gap >= uint64(m.count-m.i-1) {
		m.r.fail(errRange)
	}
	m.i += int(gap) + 1
	m.read++
	return m.r.err == nil
}

// others reads what bitWriter.others wrote: it calls each with the place of a
// value that is not usual, and its number without the usual one.
func (r *bitReader) others(count int, each func(i int, said uint16)) {
	m := r.marks(count)
	stated := r.spread(1<<16-1, m.n > 0)
	width, size := stated.width(), stated.size()
	var said spread
	for m.next() {
		index := r.read(width)
		if index >= size {
			r.fail(errRange)
			return
		}
		v := stated.value(index)
		said.add(v)
		each(m.i, v)
	}
	if said != stated {
		r.fail(errLoose)
	}
}
