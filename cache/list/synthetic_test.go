package list_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"portcullis/cache/list"
	"portcullis/central/registry"
	"portcullis/central/synthetic"
)

// syntheticShard returns shard id of a list whose records are those of package
// synthetic, with digests drawn within the shard, and the list's parameters.
func syntheticShard(t testing.TB, shardBits int, id uint32, n int) (list.Params, []list.Record) {
	t.Helper()
	p := list.Params{ShardBits: shardBits}
	rnd := rand.New(rand.NewPCG(uint64(id), uint64(n)))
	records := make([]list.Record, 0, n)
	for r := range synthetic.Records(uint64(id), n) {
		record := syntheticRecord(t, r)
		record.Digest = list.Digest(uint64(id)<<(64-shardBits) | rnd.Uint64()>>shardBits)
		records = append(records, record)
		p.Codes = append(p.Codes, record.Issuer, record.Country)
	}
	slices.Sort(p.Codes)
	p.Codes = slices.Compact(p.Codes)
	slices.SortFunc(records, list.Compare)
	return p, records
}

// syntheticRecord returns a record without its digest.
func syntheticRecord(t testing.TB, r registry.Record) list.Record {
	t.Helper()
	class, err := list.ParseClass(r.Type)
	if err != nil {
		t.Fatal(err)
	}
	status, err := list.ParseStatus(r.Status)
	if err != nil {
		t.Fatal(err)
	}
	day, err := time.Parse(time.DateOnly, r.Date)
	if err != nil {
		t.Fatal(err)
	}
	return list.Record{Class: class, Issuer: r.IssuingState, Status: status, Date: list.DateOf(day), Country: r.Country}
}
