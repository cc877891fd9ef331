package list

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// What is wrong with bytes that are no shard.
var (
	errShort = errors.New("the data ends early")
	errRange = errors.New("a value is out of range")
	errLoose = errors.New("the data is not in its one canonical form")
)

// A bitWriter appends bits to out, the first in the highest place of a byte.
type bitWriter struct {
	out  []byte
	word uint64 // its lowest n bits are not yet in out
	n    uint   // below 64
}

// write appends the lowest n bits of v; n is at most 64.
func (w *bitWriter) write(v uint64, n uint) {
	v &= 1<<n - 1
	if w.n+n < 64 {
		w.word, w.n = w.word<<n|v, w.n+n
		return
	}
	rest := w.n + n - 64
	w.out = binary.BigEndian.AppendUint64(w.out, w.word<<(n-rest)|v>>rest)
	w.word, w.n = v, rest
}

// flag appends one bit.
func (w *bitWriter) flag(b bool) {
	if b {
		w.write(1, 1)
		return
	}
	w.write(0, 1)
}

// unary appends v ones and a zero.
func (w *bitWriter) unary(v uint64) {
	for ; v >= 32; v -= 32 {
		w.write(1<<32-1, 32)
	}
	w.write((1<<v-1)<<1, uint(v)+1)
}

// number appends a number of unknown size: how many bits it has in unary, then
// those behind its first one.
func (w *bitWriter) number(v uint64) {
	size := uint(bits.Len64(v))
	w.unary(uint64(size))
	w.write(v, max(size, 1)-1)
}

// bytes ends the stream: what is left of the last byte is zero.
func (w *bitWriter) bytes() []byte {
	var end [8]byte
	binary.BigEndian.PutUint64(end[:], w.word<<(64-w.n))
	w.out, w.n = append(w.out, end[:(w.n+7)/8]...), 0
	return w.out
}

// A bitReader reads what a bitWriter wrote. Past the end of its data it sets
// err and returns zeros.
type bitReader struct {
	data []byte
	pos  int // of the next bit
	err  error
}

// peekBits is how many bits a peek shows at least.
const peekBits = 57

// peek returns the next bits, in the highest places, with zeros for what is
// not there.
func (r *bitReader) peek() uint64 {
	if i := r.pos >> 3; i+8 <= len(r.data) {
		return binary.BigEndian.Uint64(r.data[i:]) << (r.pos & 7)
	}
	return r.peekEnd()
}

// peekEnd is peek for the last bytes.
func (r *bitReader) peekEnd() uint64 {
	var end [8]byte
	copy(end[:], r.data[r.pos>>3:])
	return binary.BigEndian.Uint64(end[:]) << (r.pos & 7)
}

func (r *bitReader) skip(n uint) {
	r.pos += int(n)
	if r.pos > 8*len(r.data) {
		r.pos = 8 * len(r.data)
		r.fail(errShort)
	}
}

// read returns the next n bits; n is at most peekBits.
func (r *bitReader) read(n uint) uint64 {
	if n == 0 {
		return 0
	}
	v := r.peek() >> (64 - n)
	r.skip(n)
	return v
}

// flag reads one bit.
func (r *bitReader) flag() bool { return r.read(1) == 1 }

func (r *bitReader) unary() uint64 {
	var v uint64
	for r.err == nil {
		ones := uint(bits.LeadingZeros64(^r.peek()))
		if ones < 32 {
			r.skip(ones + 1)
			return v + uint64(ones)
		}
		r.skip(32)
		v += 32
	}
	return 0
}

// number reads what bitWriter.number wrote, and refuses a value above most,
// which is below 2^32.
func (r *bitReader) number(most uint64) uint64 {
	size := r.unary()
	if size == 0 {
		return 0
	}
	if size > 32 {
		r.fail(errRange)
		return 0
	}
	v := 1<<(size-1) | r.read(uint(size-1))
	if v > most {
		r.fail(errRange)
		return 0
	}
	return v
}

// array goes behind n values of width bits each, and returns the reader that is
// at the first.
func (r *bitReader) array(n int, width uint) bitReader {
	first := *r
	if width > 0 && n > r.left()/int(width) {
		r.fail(errShort)
		return first
	}
	r.pos += n * int(width)
	return first
}

// left returns how many bits of the data are not read.
func (r *bitReader) left() int { return 8*len(r.data) - r.pos }

// fail notes the first thing that is wrong with the data, if anything is.
func (r *bitReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}
