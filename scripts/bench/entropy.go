package main

import (
	"math"

	"portcullis/cache/list"
)

// entropy returns how many bytes a list with these records needs at least: the
// logarithm of how many sets of so many digests there are, and the entropy of
// what stands beside each. That is taken as it was made up: class, issuer,
// status and date each on its own, the country for each issuer.
func entropy(records []list.Record) int64 {
	n := float64(len(records))
	lnFactorial, _ := math.Lgamma(n + 1)
	bits := n*64 - lnFactorial/math.Ln2
	bits += perValue(records, func(r list.Record) list.Class { return r.Class })
	bits += perValue(records, func(r list.Record) string { return r.Issuer })
	bits += perValue(records, func(r list.Record) list.Status { return r.Status })
	bits += perValue(records, func(r list.Record) list.Date { return r.Date })
	bits += perValue(records, func(r list.Record) [2]string { return [2]string{r.Issuer, r.Country} }) -
		perValue(records, func(r list.Record) string { return r.Issuer })
	return int64(math.Ceil(bits / 8))
}

// perValue returns the entropy of one field of all records, in bits.
func perValue[T comparable](records []list.Record, field func(list.Record) T) (bits float64) {
	counts := map[T]int{}
	for _, r := range records {
		counts[field(r)]++
	}
	for _, c := range counts {
		bits -= float64(c) * math.Log2(float64(c)/float64(len(records)))
	}
	return bits
}
