package list_test

import (
	"math/rand/v2"
	"slices"

	"portcullis/cache/list"
)

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
