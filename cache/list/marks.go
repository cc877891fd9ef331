package list

// Marks tell which of a shard's records something is said of: a rising
// sequence of how many before each marked one are not marked.

// marks appends the places of n of count records, each less its index.
func (w *bitWriter) marks(places []uint64, count int) {
	w.number(uint64(len(places)))
	w.rising(places, riceK(uint64(count), len(places)))
}

// marks begins to read marks, which r is then behind.
func (r *bitReader) marks(count int) rising {
	n := int(r.number(uint64(count)))
	g := r.rising(n, riceK(uint64(count), n), uint64(count-n))
	*r = g.end()
	return g
}

// marked calls visit with the index and the place of each marked record that
// stands before end, until that returns an error.
func (g *rising) marked(end int, visit func(rank, i int) error) error {
	var room [chunk]uint64
	rank := 0
	for g.n > 0 {
		for _, v := range g.next(&room) {
			i := int(v) + rank
			if i >= end {
				return nil
			}
			if err := visit(rank, i); err != nil {
				return err
			}
			rank++
		}
	}
	return g.high.err
}

// others appends the values that are not usual, with their places.
func (c *Coder) others(w *bitWriter, values []uint16, usual func(i int) uint16) {
	c.places, c.said = c.places[:0], c.said[:0]
	var said spread
	for i, v := range values {
		if u := usual(i); v != u {
			c.places = append(c.places, uint64(i-len(c.places)))
			c.said = append(c.said, without(u, v))
			said.add(without(u, v))
		}
	}
	w.marks(c.places, len(values))
	said.write(w)
	width := said.width()
	for _, v := range c.said {
		w.write(said.index(v), width)
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

// others reads what Coder.others wrote of values up to most: it calls each for
// the records in the window whose value is not the usual one, with that value's
// number, and returns how many such records the shard has.
func (w *window) others(r *bitReader, most uint64, each func(i int, said uint16)) int {
	g := r.marks(w.shard.count)
	n := g.n
	stated := r.spread(most, n > 0)
	width, size := stated.width(), stated.size()
	values := r.array(n, width)
	if r.err != nil {
		return n
	}
	start := values.pos
	var said spread
	r.fail(g.marked(w.end(), func(rank, i int) error {
		if i < w.first {
			return nil
		}
		values.pos = start + rank*int(width)
		index := values.read(width)
		if index >= size {
			return errRange
		}
		v := stated.value(index)
		said.add(v)
		each(i, v)
		return nil
	}))
	if w.whole() && said != stated {
		r.fail(errLoose)
	}
	return n
}
