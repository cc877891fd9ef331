package main

import (
	"cmp"
	"slices"
	"time"
)

// rounds is how often a figure is taken. The figure is the median of the
// rounds; the best stands beside it, as other work on the machine only ever
// makes a round worse.
const rounds = 5

func median[T cmp.Ordered](values []T) T {
	return slices.Sorted(slices.Values(values))[(len(values)-1)/2]
}

// A latency is how long one thing took, in nanoseconds.
type latency struct {
	P50  int64    `json:"p50"`
	P99  int64    `json:"p99"`
	P999 int64    `json:"p999"`
	Best *latency `json:"best,omitempty"` // the least of each over the rounds
}

// latencyOf returns the percentiles of samples, which it sorts.
func latencyOf(samples []time.Duration) latency {
	slices.Sort(samples)
	at := func(perMille int) int64 { return samples[(len(samples)-1)*perMille/1000].Nanoseconds() }
	return latency{P50: at(500), P99: at(990), P999: at(999)}
}

// overRounds returns the median of each percentile, and the best.
func overRounds(all []latency) latency {
	over := func(pick func([]int64) int64) latency {
		of := func(p func(latency) int64) int64 {
			values := make([]int64, len(all))
			for i, l := range all {
				values[i] = p(l)
			}
			return pick(values)
		}
		return latency{
			P50:  of(func(l latency) int64 { return l.P50 }),
			P99:  of(func(l latency) int64 { return l.P99 }),
			P999: of(func(l latency) int64 { return l.P999 }),
		}
	}
	result, best := over(median[int64]), over(slices.Min[[]int64])
	result.Best = &best
	return result
}
