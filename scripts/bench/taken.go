package main

import (
	"context"
	"slices"

	"portcullis/scripts/bench/job"
)

// taken is what one engine has shown.
type taken struct {
	replies map[string][]job.Reply // by step
	disk    int64                  // bytes, when it was last loaded
}

func (t *taken) take(ctx context.Context, e *engine, step string) error {
	r, err := e.do(ctx, step)
	if err != nil {
		return err
	}
	t.replies[step] = append(t.replies[step], r)
	if step == job.Load {
		t.disk, err = job.DiskUse(e.dir)
	}
	return err
}

func seconds(r job.Reply) float64 { return r.Seconds }

// each returns one value of all replies to a step.
func (t *taken) each(step string, what func(job.Reply) float64) (values []float64) {
	for _, r := range t.replies[step] {
		values = append(values, what(r))
	}
	return values
}

// latency leaves the first round out, which warmed up.
func (t *taken) latency(step string) latency {
	var all []job.Latency
	for _, r := range t.replies[step][1:] {
		all = append(all, r.Latency)
	}
	return overRounds(all)
}

// milliseconds returns the median of a step, or nothing for one not taken.
func (t *taken) milliseconds(step string) float64 {
	if len(t.replies[step]) == 0 {
		return 0
	}
	return round3(1000 * median(t.each(step, seconds)))
}

func (t *taken) figures(w *workload) engineFigures {
	n := float64(w.n)
	loads, verifies := t.each(job.Load, seconds), t.each(job.Verify, seconds)
	rates := t.each(job.Miss2, func(r job.Reply) float64 { return r.PerSecond })[1:]
	f := engineFigures{
		DiskBytes:      t.disk,
		BytesPerRecord: round3(float64(t.disk) / n),
		OverBound:      round3(float64(t.disk) / float64(w.bound)),
		LoadPerS:       round3(n / median(loads)),
		LoadBest:       round3(n / slices.Min(loads)),
		LookupNS:       map[string]latency{job.Miss: t.latency(job.Miss), job.Hit: t.latency(job.Hit)},
		Lookup2NS:      map[string]latency{job.Miss: t.latency(job.Miss2), job.Hit: t.latency(job.Hit2)},
		LookupsPerS:    round3(median(rates)),
		LookupsBest:    round3(slices.Max(rates)),
		FirstMS:        t.milliseconds(stepFirst),
		FirstColdMS:    t.milliseconds(stepFirstCold),
		RSSAnon:        t.replies[job.Memory][0].RSSAnon,
		VerifyS:        round3(median(verifies)),
		VerifyBest:     round3(slices.Min(verifies)),
	}
	if again := t.each(stepVerifyAgain, seconds); len(again) > 0 {
		f.VerifyAgainS = round3(again[0])
	}
	t.deltas(&f)
	return f
}

// deltas puts down the figures of the four deltas.
func (t *taken) deltas(f *engineFigures) {
	quiet, busy, busy1, busy2 := applyStep(0), applyStep(1), applyStep(2), applyStep(3)
	f.Apply1250MS, f.Apply30000MS = t.milliseconds(quiet), t.milliseconds(busy)
	f.Apply1ReaderMS, f.Apply2ReadersMS = t.milliseconds(busy1), t.milliseconds(busy2)
	f.Apply1250Written, f.Apply30000Written = t.replies[quiet][0].Written, t.replies[busy][0].Written
	f.DuringApply, f.During2 = t.replies[busy1][0].Latency, t.replies[busy2][0].Latency
}
