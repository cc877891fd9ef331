package synthetic

import (
	"math/rand/v2"
	"sort"
)

// shapes are what a document number can look like: A stands for a letter, 9
// for a digit. Each has room for more numbers than any State is given.
var shapes = []string{"999999999", "A99999999", "AA9999999", "A9AA99999", "AA999999", "A9A999AA9", "AAA99999", "AAAA999", "A9AAA99"}

// alphabet lacks the letters that are read as digits.
const alphabet = "ABCDEFGHJKLMNPRSTUVWXYZ"

// A state gives out the numbers of one shape, each once, in an order that
// looks like chance: the multiples of a step that has no factor in common with
// their count.
type state struct {
	code  string
	shape string
	count uint64 // numbers that there are
	step  uint64
	last  uint64
}

func (s *state) number() string {
	s.last = (s.last + s.step) % s.count
	number := []byte(s.shape)
	rest := s.last
	for i := len(number) - 1; i >= 0; i-- {
		signs := signs(s.shape[i])
		number[i] = signs[rest%uint64(len(signs))]
		rest /= uint64(len(signs))
	}
	return string(number)
}

// signs are what a sign of a shape stands for.
func signs(c byte) string {
	if c == 'A' {
		return alphabet
	}
	return "0123456789"
}

// states are all States, each with the share of records that it issued.
type states struct {
	all  []state
	upTo []int // the sum of the weights of the States up to this one
}

// newStates makes up the States. The first have many records each, the most
// have few.
func newStates(rnd *rand.Rand) *states {
	s := &states{}
	sum := 0
	for i := range 8 * 26 {
		// States with many records have the shapes with most room.
		shape := shapes[rnd.IntN(min(len(shapes), 4+i/8))]
		count := uint64(1)
		for j := range shape {
			count *= uint64(len(signs(shape[j])))
		}
		s.all = append(s.all, state{
			code: "Q" + string(rune('M'+i/26)) + string(rune('A'+i%26)), shape: shape,
			count: count, step: coprime(count, rnd), last: rnd.Uint64N(count),
		})
		sum += 1_000_000 / (i + 12)
		s.upTo = append(s.upTo, sum)
	}
	return s
}

func (s *states) pick(rnd *rand.Rand) *state {
	at := rnd.IntN(s.upTo[len(s.upTo)-1])
	return &s.all[sort.SearchInts(s.upTo, at+1)]
}

// coprime returns a number of about 0.6 n that has no factor in common with n.
func coprime(n uint64, rnd *rand.Rand) uint64 {
	step := n/2 + rnd.Uint64N(n/4)
	for gcd(step, n) != 1 {
		step++
	}
	return step
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
