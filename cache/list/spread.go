package list

import "math/bits"

// A spread is the range that values lie in: what their indexes are counted
// from. The zero value is that of no values.
type spread struct {
	least, most uint16 // of the values that are not 0; 0 when there are none
	zero        bool   // some values are 0
}

// add widens the spread to a value.
func (s *spread) add(v uint16) {
	switch {
	case v == 0:
		s.zero = true
	case s.least == 0:
		s.least, s.most = v, v
	default:
		s.least, s.most = min(s.least, v), max(s.most, v)
	}
}

// mixed reports whether index 0 is kept for the value 0.
func (s spread) mixed() bool { return s.zero && s.least > 0 }

// size returns how many indexes there are.
func (s spread) size() uint64 {
	n := uint64(s.most-s.least) + 1
	if s.mixed() {
		n++
	}
	return n
}

// width returns how many bits an index takes.
func (s spread) width() uint { return uint(bits.Len64(s.size() - 1)) }

func (s spread) index(v uint16) uint64 {
	switch {
	case !s.mixed():
		return uint64(v - s.least)
	case v == 0:
		return 0
	}
	return uint64(v-s.least) + 1
}

// value returns the value of an index that is below the size.
func (s spread) value(index uint64) uint16 {
	switch {
	case !s.mixed():
		return s.least + uint16(index)
	case index == 0:
		return 0
	}
	return s.least + uint16(index-1)
}

func (s spread) write(w *bitWriter) {
	w.number(uint64(s.least))
	w.number(uint64(s.most - s.least))
	w.flag(s.mixed())
}

// spread reads the spread of values up to most, which is below 2^16, and of
// which there are any or not.
func (r *bitReader) spread(most uint64, any bool) spread {
	least := r.number(most)
	more := r.number(most - least)
	mixed := r.flag()
	if least == 0 && (more > 0 || mixed) {
		r.fail(errLoose)
		return spread{}
	}
	return spread{uint16(least), uint16(least + more), mixed || any && least == 0}
}
