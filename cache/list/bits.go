package list

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// errShort means that a bit stream ended inside a value.
var errShort = errors.New("the data ends early")

// A bitWriter appends bits to out, the first in the highest place of a byte.
type bitWriter struct {
	out  []byte
	word uint64 // the bits not yet in out, in its lowest places
	n    uint   // how many they are: always below 8 between calls
}

// write appends the lowest n bits of v; n is at most 56.
func (w *bitWriter) write(v uint64, n uint) {
	w.word = w.word<<n | v&(1<<n-1)
	for w.n += n; w.n >= 8; w.n -= 8 {
		w.out = append(w.out, byte(w.word>>(w.n-8)))
	}
}

// unary appends v ones and a zero.
func (w *bitWriter) unary(v uint64) {
	for ; v >= 32; v -= 32 {
		w.write(1<<32-1, 32)
	}
	w.write((1<<v-1)<<1, uint(v)+1)
}

// rice appends v in Rice's code with parameter k, which is at most 63.
func (w *bitWriter) rice(v uint64, k uint) {
	w.unary(v >> k)
	if k > 32 {
		w.write(v>>32, k-32)
		k = 32
	}
	w.write(v, k)
}

// bytes ends the stream: what is left of the last byte is zero.
func (w *bitWriter) bytes() []byte {
	if w.n > 0 {
		w.write(0, 8-w.n)
	}
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
		r.err, r.pos = errShort, 8*len(r.data)
	}
}

// read returns the next n bits; n is at most 56.
func (r *bitReader) read(n uint) uint64 {
	if n == 0 {
		return 0
	}
	v := r.peek() >> (64 - n)
	r.skip(n)
	return v
}

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

func (r *bitReader) rice(k uint) uint64 {
	word := r.peek()
	ones := uint(bits.LeadingZeros64(^word))
	if ones+1+k > peekBits {
		return r.longRice(k)
	}
	r.skip(ones + 1 + k) // all of it was in one peek, as nearly always
	return uint64(ones)<<k | word<<(ones+1)>>1>>(63-k)
}

// longRice is rice for a value that one peek may not show whole.
func (r *bitReader) longRice(k uint) uint64 {
	v := r.unary()
	if k > 32 {
		v = v<<(k-32) | r.read(k-32)
		k = 32
	}
	return v<<k | r.read(k)
}

// left returns how many bits of the data are not read.
func (r *bitReader) left() int { return 8*len(r.data) - r.pos }
