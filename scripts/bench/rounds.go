package main

import (
	"cmp"
	"slices"

	"portcullis/scripts/bench/job"
)

// rounds is how often a figure is taken. The figure is the median of the
// rounds; the best stands beside it, as other work on the machine only ever
// makes a round worse.
const rounds = 5

func median[T cmp.Ordered](values []T) T {
	return slices.Sorted(slices.Values(values))[(len(values)-1)/2]
}

// A latency is how long one thing took, in nanoseconds, over the rounds.
type latency struct {
	job.Latency
	Best *job.Latency `json:"best,omitempty"` // the least of each over the rounds
}

// overRounds returns the median of each percentile, and the best.
func overRounds(all []job.Latency) latency {
	over := func(pick func([]int64) int64) job.Latency {
		of := func(p func(job.Latency) int64) int64 {
			values := make([]int64, len(all))
			for i, l := range all {
				values[i] = p(l)
			}
			return pick(values)
		}
		return job.Latency{
			P50:  of(func(l job.Latency) int64 { return l.P50 }),
			P99:  of(func(l job.Latency) int64 { return l.P99 }),
			P999: of(func(l job.Latency) int64 { return l.P999 }),
		}
	}
	best := over(slices.Min[[]int64])
	return latency{Latency: over(median[int64]), Best: &best}
}
