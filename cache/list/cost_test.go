package list_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"portcullis/cache/list"
)

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

// A shard of which all is known, each country being the issuer's, is compared
// with what some records lack.
func TestWhatIsMissingCostsNothing(t *testing.T) {
	p, known := syntheticShard(t, benchBits, benchShard, benchRecords)
	for i := range known {
		known[i].Country = known[i].Issuer
	}
	whole := size(t, p, known)
	for name, c := range map[string]struct {
		more    int // bytes that it may take
		missing func(i int, r *list.Record)
	}{
		"every date":       {-12 * benchRecords / 8, func(_ int, r *list.Record) { r.Date = 0 }},
		"one date":         {1, func(i int, r *list.Record) { setIf(i == 7, &r.Date, 0) }},
		"every third":      {1, func(i int, r *list.Record) { setIf(i%3 == 0, &r.Date, 0) }},
		"every country":    {0, func(_ int, r *list.Record) { r.Country = "" }},
		"one country":      {3, func(i int, r *list.Record) { setIf(i == 7, &r.Country, "") }},
		"all but one":      {4, func(i int, r *list.Record) { setIf(i != 7, &r.Country, "") }},
		"other references": {4, func(i int, r *list.Record) { setIf(i == 7, &r.Reference, "A") }},
	} {
		records := slices.Clone(known)
		for i := range records {
			c.missing(i, &records[i])
		}
		if got := size(t, p, records); got > whole+c.more {
			t.Errorf("%s: %d bytes, and %d when all is known; want at most %d more", name, got, whole, c.more)
		}
	}
}

func setIf[T any](condition bool, field *T, value T) {
	if condition {
		*field = value
	}
}

func size(t *testing.T, p list.Params, records []list.Record) int {
	t.Helper()
	data, err := p.Encode(nil, benchShard, records)
	if err != nil {
		t.Fatal(err)
	}
	return len(data)
}

// A device reads every record of a long list with what memory it has.
func TestShardsAreReadAndWrittenWithoutGarbage(t *testing.T) {
	p, records := syntheticShard(t, benchBits, benchShard, benchRecords)
	s, coder := encode(t, p, benchShard, records), list.NewCoder(p)
	var data []byte
	var again []list.Record
	for name, f := range map[string]func() error{
		"Find":      func() error { _, err := s.Find(records[7].Digest + 1); return err },
		"AppendAll": func() (err error) { again, err = s.AppendAll(again[:0]); return err },
		"Encode":    func() (err error) { data, err = coder.Encode(data[:0], benchShard, records); return err },
		"Leaf":      func() error { list.Leaf(benchShard, records); return nil },
	} {
		if n := testing.AllocsPerRun(20, func() {
			if err := f(); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
