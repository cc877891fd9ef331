package list

import "math/bits"

// rising appends numbers that do not fall, as what each exceeds the one before
// by in Rice's code with parameter k. All low bits stand together, and so do
// all quotients: reading one does not wait for reading another.
func (w *bitWriter) rising(numbers []uint64, k uint) {
	var last uint64
	for _, v := range numbers {
		w.write(v-last, k)
		last = v
	}
	last = 0
	for _, v := range numbers {
		w.unary((v - last) >> k)
		last = v
	}
}

// A rising reads numbers that bitWriter.rising wrote.
type rising struct {
	low, high bitReader // at the next number's low bits and quotient
	k         uint
	n         int // numbers that are not read
	sum, most uint64
}

// rising begins to read n numbers, none of which is above most.
func (r *bitReader) rising(n int, k uint, most uint64) rising {
	g := rising{low: *r, high: *r, k: k, n: n, most: most}
	if n > r.left()/int(k+1) { // so many bits a number takes at least
		g.n = 0
		g.high.fail(errShort)
	}
	g.high.pos += g.n * int(k)
	return g
}

// chunk is how many numbers are read at once.
const chunk = 16

// next reads the next numbers, up to a chunk, into room, and returns them. At
// the end, and when the data is wrong, there are none.
func (g *rising) next(room *[chunk]uint64) []uint64 {
	out := room[:min(chunk, g.n)]
	g.n -= len(out)
	g.readLow(out)
	k, sum, most := g.k&63, g.sum, g.most // the mask tells the compiler that k is below 64
	word, have := g.high.peek(), uint(peekBits)
	for i, low := range out {
		ones := uint64(bits.LeadingZeros64(^word))
		if ones >= uint64(have) { // the quotient goes on behind the word
			g.high.skip(peekBits - have)
			ones = g.high.unary()
			word, have = g.high.peek(), peekBits
		} else {
			word, have = word<<(ones&63)<<1, have-uint(ones)-1
		}
		gap := ones<<k | low
		if ones > most>>k || gap > most-sum {
			g.high.fail(errRange)
			g.n = 0
			return nil
		}
		sum += gap
		out[i] = sum
	}
	g.sum = sum
	if g.high.skip(peekBits - have); g.high.err != nil {
		g.n = 0
		return nil
	}
	return out
}

// readLow reads the low bits of numbers: that they are there is known.
func (g *rising) readLow(out []uint64) {
	switch {
	case g.k == 0:
		clear(out)
	case g.k > peekBits:
		for i := range out {
			out[i] = g.low.read(g.k-32)<<32 | g.low.read(32)
		}
	default:
		for i := range out {
			out[i] = g.low.peek() >> ((64 - g.k) & 63)
			g.low.pos += int(g.k)
		}
	}
}

// seek returns the index of the first number that is want, and how many are.
func (g *rising) seek(want uint64) (first, n int) {
	var room [chunk]uint64
	for g.n > 0 && g.sum <= want {
		out := g.next(&room)
		if g.sum < want {
			first += len(out)
			continue
		}
		for _, v := range out {
			switch {
			case v < want:
				first++
			case v == want:
				n++
			}
		}
	}
	return first, n
}

// end returns the reader of what stands behind the numbers, read or not.
func (g *rising) end() bitReader {
	r := g.high
	n := g.n
	for n > peekBits && r.err == nil {
		n -= peekBits - bits.OnesCount64(r.peek()>>(64-peekBits)) // a quotient ends with a zero
		r.skip(peekBits)
	}
	for ; n > 0 && r.err == nil; n-- {
		r.unary()
	}
	return r
}
