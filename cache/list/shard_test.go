package list_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/list"
)

var params = list.Params{ShardBits: 4, Codes: []string{"UTO", "D", "XXB", "IAO"}}

// A mix is a kind of records that lists are made of.
type mix struct {
	name   string
	change func(*rand.Rand, *list.Record)
}

// The mixes take a record with every field, of little variety, to another.
var mixes = []mix{
	{"all fields", func(*rand.Rand, *list.Record) {}},
	{"identities", func(_ *rand.Rand, r *list.Record) {
		*r = list.Record{Digest: r.Digest, Class: r.Class, Issuer: r.Issuer}
	}},
	{"digests", func(_ *rand.Rand, r *list.Record) { *r = list.Record{Digest: r.Digest} }},
	{"all alike", func(_ *rand.Rand, r *list.Record) {
		*r = list.Record{Digest: r.Digest, Class: list.Visa, Issuer: "D", Status: list.NoticeSilver, Date: 1<<16 - 1, Country: "UTO"}
	}},
	{"some missing", func(rnd *rand.Rand, r *list.Record) {
		for _, missing := range []func(){
			func() { r.Class = 0 }, func() { r.Issuer = "" }, func() { r.Status = 0 }, func() { r.Date = 0 }, func() { r.Country = "" },
		} {
			if rnd.IntN(3) == 0 {
				missing()
			}
		}
	}},
	{"few countries", func(rnd *rand.Rand, r *list.Record) {
		if rnd.IntN(10) > 0 {
			r.Country = ""
		}
	}},
	{"own countries", func(rnd *rand.Rand, r *list.Record) {
		if rnd.IntN(10) > 0 {
			r.Country = r.Issuer
		}
	}},
	{"every width", func(rnd *rand.Rand, r *list.Record) {
		r.Class, r.Status = list.Class(rnd.UintN(1<<rnd.IntN(9))), list.Status(rnd.UintN(1<<rnd.IntN(9)))
		r.Date = list.Date(rnd.UintN(1 << rnd.IntN(17)))
	}},
	{"references", func(rnd *rand.Rand, r *list.Record) {
		reference := make([]byte, rnd.IntN(list.MaxReference+1))
		for i := range reference {
			reference[i] = ' ' + byte(rnd.IntN('~'-' '+1))
		}
		r.Reference = string(reference)
	}},
}

// records returns up to n records of shard id, in order, some of which have
// the digest of another.
func (m mix) records(rnd *rand.Rand, p list.Params, id uint32, n int) []list.Record {
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
		if len(records) > 0 && rnd.IntN(8) == 0 {
			r.Digest = records[len(records)-1].Digest
		}
		m.change(rnd, &r)
		records = append(records, r)
	}
	slices.SortFunc(records, list.Compare)
	return slices.CompactFunc(records, func(a, b list.Record) bool { return list.Compare(a, b) == 0 })
}

// randomRecords returns up to n records of shard id with every field, in order.
func randomRecords(rnd *rand.Rand, p list.Params, id uint32, n int) []list.Record {
	return mixes[0].records(rnd, p, id, n)
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
		for _, m := range mixes {
			for _, n := range []int{0, 1, 2, 3, 5, 17, 64, 300} {
				id := uint32(rnd.IntN(p.Shards()))
				records := m.records(rnd, p, id, n)
				s := encode(t, p, id, records)
				got, err := s.All()
				if err != nil {
					t.Fatalf("%d bits, %d records, %s: %v", shardBits, n, m.name, err)
				}
				if diff := cmp.Diff(records, got); diff != "" {
					t.Fatalf("%d bits, %d records, %s: -want +got\n%s", shardBits, n, m.name, diff)
				}
				mustFind(t, s, records)
				for _, r := range records {
					if found, err := s.Find(r.Digest + 1); err != nil || slices.Contains(found, r) {
						t.Fatalf("%d bits, %s: under another digest: %v, %v", shardBits, m.name, found, err)
					}
				}
			}
		}
	}
}

// One bit in place of another is refused, or says something else.
func TestEveryBitOfAShardCounts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 10))
	for _, m := range mixes {
		for _, n := range []int{0, 1, 2, 9, 60} {
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

// mustFind looks up each of a shard's records.
func mustFind(t testing.TB, s list.Shard, records []list.Record) {
	t.Helper()
	for i, n := 0, 0; i < len(records); i += n {
		for n = 1; i+n < len(records) && records[i+n].Digest == records[i].Digest; n++ {
		}
		found, err := s.Find(records[i].Digest)
		if diff := cmp.Diff(records[i:i+n], found); err != nil || diff != "" {
			t.Fatalf("record %d: %v, -want +found\n%s", i, err, diff)
		}
	}
}
