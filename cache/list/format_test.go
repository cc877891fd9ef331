package list_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"portcullis/cache/list"
)

// The bytes of a shard are a format: other devices have it on disk. These are
// the ones that the package comment draws.
func TestShardBytesStayAsTheyAre(t *testing.T) {
	records := []list.Record{
		{Digest: 0x1000_0000_0000_0001, Class: list.Passport, Issuer: "UTO", Status: list.Stolen, Date: 9001, Country: "D"},
		{Digest: 0x17ff_0000_0000_0000, Class: list.Identity, Issuer: "D", Status: list.Lost, Date: 9003, Country: "D", Reference: "A/1"},
	}
	ones, zeros := strings.Repeat("1", 48), strings.Repeat("0", 57)
	want := packed(t, `1100 `+zeros+`1 1111111110`+ones+` 0 10
		10 10 0   111111111111110 0001100101001 1100 0   10 10 0
		000 101
		10 10 10 0 0
		10 10 1100 0 0
		10 0 10 0 0
		10 10 00011 1000001 0101111 0110001`)
	data, err := params.Encode(nil, 1, records)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, want) {
		t.Errorf("got  %x\nwant %x", data, want)
	}
}

// A digest beyond the shard, by so much that 64 bits cannot tell, is not taken
// for one in it.
func TestDigestsThatOverflowAreRefused(t *testing.T) {
	for quotient, good := range map[int]bool{0: true, 1: true, 2: false, 3: false, 32: false, 64: false} {
		data := packed(t, `10 `+strings.Repeat("0", 59)+" "+strings.Repeat("1", quotient)+`0 000 000 0 0 0  0 000 0 000 0 000 0`)
		s, err := params.Shard(7, data)
		if err != nil {
			t.Fatal(err)
		}
		records, err := s.All()
		if want := list.Digest(7<<60 | uint64(quotient)<<59); good && (err != nil || records[0].Digest != want) || !good && err == nil {
			t.Errorf("quotient %d: %v, %v", quotient, records, err)
		}
		if found, err := s.Find(7 << 60); !good && (len(found) > 0 || err == nil) {
			t.Errorf("quotient %d: found %v, %v", quotient, found, err)
		}
	}
}

// packed returns the bytes that these bits make up, with zeros behind them.
func packed(t testing.TB, digits string) []byte {
	t.Helper()
	digits = strings.Join(strings.Fields(digits), "")
	digits += strings.Repeat("0", -len(digits)&7)
	data := make([]byte, len(digits)/8)
	for i, c := range digits {
		data[i/8] = data[i/8]<<1 | byte(c-'0')
	}
	return data
}

// One bit in place of another is refused, or says something else.
func TestEveryBitOfAShardCounts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 10))
	for _, m := range mixes {
		for _, n := range []int{0, 1, 2, 9, 30} {
			data, err := params.Encode(nil, 7, m.records(rnd, params, 7, n))
			if err != nil {
				t.Fatal(err)
			}
			for bit := range 8 * len(data) {
				other := slices.Clone(data)
				other[bit/8] ^= 0x80 >> (bit % 8)
				mustBeCanonical(t, other)
			}
			mustBeCanonical(t, append(slices.Clone(data), 0))
			mustBeCanonical(t, data[:len(data)-1])
		}
	}
}

// mustBeCanonical wants bytes either refused or what their records encode as.
func mustBeCanonical(t *testing.T, data []byte) {
	t.Helper()
	s, err := params.Shard(7, data)
	if err != nil {
		return
	}
	records, err := s.All()
	if err != nil {
		return
	}
	if again, err := params.Encode(nil, 7, records); err != nil || !bytes.Equal(again, data) {
		t.Errorf("accepted %x, which encodes as %x, %v", data, again, err)
	}
}

// FuzzShard: what is accepted is just what Encode makes, and each record that
// All returns is found.
func FuzzShard(f *testing.F) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, mix := range mixes {
		for _, n := range []int{0, 1, 2, 40} {
			data, err := params.Encode(nil, 7, mix.records(rnd, params, 7, n))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
			f.Add(data[:len(data)/2])
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := params.Shard(7, data)
		if err != nil {
			return
		}
		s.Find(0x7123_4567_89ab_cdef)
		records, err := s.All()
		if err != nil {
			if len(records) > 0 {
				t.Fatalf("records of %x in spite of %v", data, err)
			}
			return
		}
		again, err := params.Encode(nil, 7, records)
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("accepted %x, which encodes as %x, %v", data, again, err)
		}
		mustFind(t, s, records)
	})
}
