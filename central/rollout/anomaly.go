package rollout

import (
	"math"
	"slices"
	"time"
)

// An Anomaly says when the hits of devices that have the release are no chance
// any more: their rate differs by the factor from what it was, upwards or
// downwards, in at least so many checks.
type Anomaly struct {
	Factor float64 `json:"factor"` // 0 is never
	Checks uint64  `json:"checks"`
}

// A Tally is how many documents were checked, and how many of these were hits.
type Tally struct {
	Checked uint64 `json:"checked,omitempty"`
	Hits    uint64 `json:"hits,omitempty"`
}

func (t Tally) add(o Tally) Tally { return Tally{t.Checked + o.Checked, t.Hits + o.Hits} }

// Counters are what a device counts, which begins again when it starts.
type Counters struct {
	Tally
	Started time.Time `json:"started"`
}

// since returns what was counted after earlier counters were read.
func (c Counters) since(earlier Counters) Tally {
	if !c.Started.Equal(earlier.Started) || c.Checked < earlier.Checked || c.Hits < earlier.Hits {
		return c.Tally
	}
	return Tally{c.Checked - earlier.Checked, c.Hits - earlier.Hits}
}

// chance is how rarely an anomaly may be one by chance. Hits are so rare that a
// factor alone would often be reached by a single one.
const chance = 1e-3

// judge compares what devices counted with the release to what they did before,
// and to what others count meanwhile. A change that the others see as well is
// one of the world and not of the release. Without anything to compare with,
// nothing is said.
func (a Anomaly) judge(after, before, others Tally) (reason string) {
	if a.Factor <= 0 || after.Checked < a.Checks {
		return ""
	}
	references := slices.DeleteFunc([]Tally{before, others}, func(t Tally) bool { return t.Checked < max(a.Checks, 1) })
	high, low := len(references) > 0, len(references) > 0
	for _, r := range references {
		high, low = high && a.above(after, r), low && a.below(after, r)
	}
	switch {
	case high:
		return ReasonHitsHigh
	case low:
		return ReasonHitsLow
	}
	return ""
}

func (a Anomaly) above(after, reference Tally) bool {
	// A reference without hits is taken to have one: it does not say "never".
	expected := float64(after.Checked) * float64(max(reference.Hits, 1)) / float64(reference.Checked)
	return float64(after.Hits) > a.Factor*expected && after.Hits > 0 && 1-poisson(after.Hits-1, expected) < chance
}

func (a Anomaly) below(after, reference Tally) bool {
	expected := float64(after.Checked) * float64(reference.Hits) / float64(reference.Checked)
	return float64(after.Hits) < expected/a.Factor && poisson(after.Hits, expected) < chance
}

// poisson returns the probability of at most n events where so many are
// expected.
func poisson(n uint64, expected float64) float64 {
	if expected <= 0 {
		return 1
	}
	if expected > 500 { // where the normal curve is near enough
		return 0.5 * math.Erfc(-(float64(n)+0.5-expected)/math.Sqrt(2*expected))
	}
	term, sum := math.Exp(-expected), 0.0
	for k := uint64(0); k <= n && k < 10_000; k++ {
		sum += term
		term *= expected / float64(k+1)
	}
	return min(sum, 1)
}
