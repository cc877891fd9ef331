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

// rice appends v in Rice's code with parameter k, which is at most 63.
func (w *bitWriter) rice(v uint64, k uint) {
	w.unary(v >> k)
	w.write(v, k)
}

// bytes ends the stream: what is left of the last byte is zero.
func (w *bitWriter) bytes() []byte {
	end := binary.BigEndian.AppendUint64(nil, w.word<<(64-w.n))
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

// read returns the next n bits; n is at most 56.
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
	if v > ^uint64(0)>>k {
		r.fail(errRange)
		return 0
	}
	if k > 32 {
		v = v<<(k-32) | r.read(k-32)
		k = 32
	}
	return v<<k | r.read(k)
}

// sums reads Rice codes into out, each added to those before it and to sum,
// and returns the last. None may come to more than most. It is what a look-up
// spends its time on: most codes are read without a call.
func (r *bitReader) sums(out []uint64, k uint, sum, most uint64) uint64 {
	data, pos := r.data, r.pos
	for i := range out {
		var gap uint64
		at := pos >> 3
		ones := uint(peekBits)
		var word uint64
		if at+8 <= len(data) {
			word = binary.BigEndian.Uint64(data[at:]) << (pos & 7)
			ones = uint(bits.LeadingZeros64(^word))
		}
		if size := ones + 1 + k; size <= peekBits {
			gap = uint64(ones)<<k | word<<(ones+1)>>1>>(63-k)
			pos += int(size)
		} else {
			r.pos = pos
			gap = r.rice(k)
			pos = r.pos
		}
		if gap > most-sum {
			r.fail(errRange)
		}
		sum += gap
		out[i] = sum
	}
	r.pos = pos
	return sum
}

// left returns how many bits of the data are not read.
func (r *bitReader) left() int { return 8*len(r.data) - r.pos }

// fail notes the first thing that is wrong with the data.
func (r *bitReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}
