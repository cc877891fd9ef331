package list_test

import (
	"bytes"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/list"
)

var params = list.Params{ShardBits: 4, Codes: []string{"UTO", "D", "XXB", "IAO"}}

// randomRecords returns n records of shard id, in order.
func randomRecords(rnd *rand.Rand, p list.Params, id uint32, n int) []list.Record {
	records := make([]list.Record, 0, n)
	for range n {
		r := list.Record{
			Digest:  list.Digest(uint64(id)<<(64-p.ShardBits) | rnd.Uint64()>>p.ShardBits),
			Class:   list.Class(rnd.IntN(4)),
			Issuer:  p.Codes[rnd.IntN(len(p.Codes))],
			Status:  list.Status(1 + rnd.IntN(5)),
			Date:    list.Date(9000 + rnd.IntN(4000)),
			Country: p.Codes[rnd.IntN(len(p.Codes))],
		}
		if rnd.IntN(8) == 0 {
			r.Reference = "ref/" + string(rune('0'+rnd.IntN(10)))
		}
		if rnd.IntN(8) == 0 { // the same number, issued by two States
			twin := r
			r.Issuer, twin.Issuer = "D", "UTO"
			records = append(records, twin)
		}
		records = append(records, r)
	}
	slices.SortFunc(records, list.Compare)
	return slices.CompactFunc(records, func(a, b list.Record) bool { return list.Compare(a, b) == 0 })
}

func encode(t testing.TB, p list.Params, id uint32, records []list.Record) list.Shard {
	t.Helper()
	data, err := p.Encode(nil, id, records)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Shard(id, data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestShardGivesBackItsRecords(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, shardBits := range []int{0, 1, 4, list.MaxShardBits} {
		p := params
		p.ShardBits = shardBits
		for _, n := range []int{0, 1, 2, 3, 5, 17, 64, 300} {
			id := uint32(rnd.IntN(p.Shards()))
			records := randomRecords(rnd, p, id, n)
			s := encode(t, p, id, records)
			got, err := s.All()
			if err != nil {
				t.Fatalf("%d bits, %d records: %v", shardBits, n, err)
			}
			if diff := cmp.Diff(records, got); n > 0 && diff != "" {
				t.Fatalf("%d bits, %d records: -want +got\n%s", shardBits, n, diff)
			}
			for i, r := range records {
				found, err := s.Find(r.Digest)
				if err != nil || !slices.Contains(found, r) {
					t.Fatalf("%d bits, record %d of %d: found %v, %v", shardBits, i, n, found, err)
				}
				if found, _ := s.Find(r.Digest + 1); slices.Contains(found, r) {
					t.Fatalf("%d bits: a record is found under another digest", shardBits)
				}
			}
		}
	}
}

func TestEncodeRefusesWhatIsNoShard(t *testing.T) {
	a := list.Record{Digest: 0x1000_0000_0000_0001, Issuer: "UTO", Status: list.Lost}
	b := list.Record{Digest: 0x1000_0000_0000_0002, Issuer: "UTO", Status: list.Lost}
	change := func(r list.Record, f func(*list.Record)) list.Record { f(&r); return r }
	for name, records := range map[string][]list.Record{
		"out of order":    {b, a},
		"twice":           {a, change(a, func(r *list.Record) { r.Status = list.Stolen })},
		"another shard":   {change(a, func(r *list.Record) { r.Digest = 0x2000_0000_0000_0000 })},
		"unnamed issuer":  {change(a, func(r *list.Record) { r.Issuer = "ZZZ" })},
		"unnamed country": {change(a, func(r *list.Record) { r.Country = "ZZZ" })},
		"long reference":  {change(a, func(r *list.Record) { r.Reference = "12345678901234567890123456" })},
		"odd reference":   {change(a, func(r *list.Record) { r.Reference = "é" })},
	} {
		if _, err := params.Encode(nil, 1, records); err == nil {
			t.Errorf("%s: encoded", name)
		}
	}
	if _, err := params.Encode(nil, 1, []list.Record{a, b}); err != nil {
		t.Errorf("two good records: %v", err)
	}
}

func TestColumnsThatSayNothingCostNothing(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	records := randomRecords(rnd, params, 3, 500)
	for i := range records {
		records[i] = list.Record{Digest: records[i].Digest + list.Digest(i), Issuer: "UTO", Class: list.Passport, Status: list.Lost}
	}
	data, err := params.Encode(nil, 3, records)
	if err != nil {
		t.Fatal(err)
	}
	// The bound for n random places among 2^60: log2 of how many such sets
	// there are.
	n, space := float64(len(records)), math.Pow(2, 60)
	lgn, _ := math.Lgamma(n + 1)
	bound := (n*math.Log(space) - lgn) / math.Ln2 / 8
	if got := float64(len(data)); got > 1.02*bound+18 {
		t.Errorf("%d digests take %.0f bytes, the bound is %.0f", len(records), got, bound)
	}
}

// The bytes of a shard are a format: other devices have it on disk.
func TestShardBytesStayAsTheyAre(t *testing.T) {
	records := []list.Record{
		{Digest: 0x1000_0000_0000_0001, Class: list.Passport, Issuer: "UTO", Status: list.Stolen, Date: 9001, Country: "D"},
		{Digest: 0x17ff_0000_0000_0000, Class: list.Identity, Issuer: "D", Status: list.Lost, Date: 9003, Country: "D", Reference: "A/1"},
	}
	data, err := params.Encode(nil, 1, records)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := hex.DecodeString("c0000000000000037fdffffffffffff4fffc329c505a2b0a850e0af620")
	if !bytes.Equal(data, want) {
		t.Errorf("got  %x\nwant %x", data, want)
	}
}

func FuzzShard(f *testing.F) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{0, 1, 2, 40} {
		data, err := params.Encode(nil, 7, randomRecords(rnd, params, 7, n))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := params.Shard(7, data)
		if err != nil {
			return
		}
		s.Find(0x7123_4567_89ab_cdef)
		records, err := s.All()
		if err != nil {
			return
		}
		again, err := params.Encode(nil, 7, records)
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("accepted %x, which encodes as %x, %v", data, again, err)
		}
	})
}
