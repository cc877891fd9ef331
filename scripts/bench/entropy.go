package main

import "math"

// entropy returns how many bytes a list with these records needs at least: the
// logarithm of how many sets of so many digests there are, and the entropy of
// what stands beside each. That is taken as it was made up: class, issuer,
// status and date each on its own, the country for each issuer.
func entropy(records []packed) int64 {
	const fields = 4
	var counts [fields][1 << 16]int
	pairs := map[uint16][]int{} // by issuer, then country
	for _, r := range records {
		for i, v := range [fields]uint16{uint16(r.class()), r.issuer(), uint16(r.status()), uint16(r.date())} {
			counts[i][v]++
		}
		of, country := pairs[r.issuer()], int(r.country())
		if country >= len(of) {
			of = append(of, make([]int, country+1-len(of))...)
			pairs[r.issuer()] = of
		}
		of[country]++
	}
	n := float64(len(records))
	lnFactorial, _ := math.Lgamma(n + 1)
	bits := n*64 - lnFactorial/math.Ln2
	for i := range counts {
		bits += entropyOf(counts[i][:], n)
	}
	for _, of := range pairs {
		bits += entropyOf(of, n)
	}
	return int64(math.Ceil((bits - entropyOf(counts[1][:], n)) / 8))
}

// entropyOf returns the entropy in bits of n values that come up so often each.
func entropyOf(counts []int, n float64) (bits float64) {
	for _, c := range counts {
		if c > 0 {
			bits -= float64(c) * math.Log2(float64(c)/n)
		}
	}
	return bits
}
