package list_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/list"
)

var params = list.Params{ShardBits: 4, Codes: []string{"UTO", "D", "XXB", "IAO"}}

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

func TestAppendAllLeavesWhatIsThere(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 12))
	first, second := randomRecords(rnd, params, 1, 20), randomRecords(rnd, params, 2, 30)
	room, err := encode(t, params, 1, first).AppendAll(nil)
	if err != nil {
		t.Fatal(err)
	}
	room, err = encode(t, params, 2, second).AppendAll(room)
	if diff := cmp.Diff(slices.Concat(first, second), room); err != nil || diff != "" {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
	// What stood in the room before does not show through.
	bare := []list.Record{{Digest: 3 << 60}}
	room, err = encode(t, params, 3, bare).AppendAll(room[:0])
	if diff := cmp.Diff(bare, room); err != nil || diff != "" {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
	data, err := params.Encode(nil, 2, second)
	if err != nil {
		t.Fatal(err)
	}
	damaged, err := params.Shard(2, append(data, 0))
	if err != nil {
		t.Fatal(err)
	}
	if room, err := damaged.AppendAll(room); err == nil || len(room) != len(bare) {
		t.Errorf("of a damaged shard, %d records were appended, %v", len(room)-len(bare), err)
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
