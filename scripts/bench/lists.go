package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
)

const ownName = "portcullis"

// benchLists has every engine do the same job. They take turns, so that what
// else the machine does falls on all of them.
func benchLists(ctx context.Context, o options, w *workload, own *own) (*listFigures, error) {
	f := &listFigures{N: o.n, Bound: w.bound, Engines: map[string]engineFigures{}, Ratios: map[string]map[string]float64{}}
	engines := map[string]engine{ownName: own}
	names := []string{ownName}
	program, err := buildPeers(ctx, o, w.dir)
	if err != nil {
		f.Skipped = append(f.Skipped, err.Error())
		say("lists: %v", err)
	}
	for _, name := range peerEngines {
		if program == "" {
			break
		}
		p, err := startPeer(ctx, program, name, w, filepath.Join(w.dir, name))
		if err != nil {
			return nil, err
		}
		defer p.close()
		engines[name], names = p, append(names, name)
	}
	runtime.GC() // the records are no longer needed
	taken, err := takeTurns(ctx, names, engines)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		f.Engines[name] = taken[name].figures(o.n, w.bound)
	}
	for _, name := range names[1:] {
		f.Ratios[name] = ratios(f.Engines[ownName], f.Engines[name])
	}
	return f, nil
}

// taken is all replies of one engine, by step.
type taken map[string][]reply

// turns are the steps in their order, and how often each is taken. Look-ups
// are taken once more, at first, to warm up; loading and verifying take long.
var turns = []struct {
	step   string
	rounds int
}{{stepLoad, longRounds}, {stepMiss, rounds + 1}, {stepHit, rounds + 1}, {stepRate, rounds + 1}, {stepVerify, longRounds}}

const longRounds = 3

func takeTurns(ctx context.Context, names []string, engines map[string]engine) (map[string]taken, error) {
	all := map[string]taken{}
	for _, name := range names {
		all[name] = taken{}
	}
	for _, turn := range turns {
		say("lists: %s", turn.step)
		for range turn.rounds {
			for _, name := range names {
				r, err := engines[name].do(ctx, turn.step)
				if err = cmp.Or(ctx.Err(), err); err != nil {
					return nil, fmt.Errorf("%s: %s: %w", name, turn.step, err)
				}
				all[name][turn.step] = append(all[name][turn.step], r)
			}
		}
	}
	return all, nil
}

func (t taken) figures(n int, bound int64) engineFigures {
	disk := t[stepLoad][0].DiskBytes
	seconds := func(r reply) float64 { return r.Seconds }
	loads, verifies := t.each(stepLoad, seconds), t.each(stepVerify, seconds)
	rates := t.each(stepRate, func(r reply) float64 { return r.PerSecond })[1:]
	return engineFigures{
		DiskBytes:      disk,
		BytesPerRecord: round3(float64(disk) / float64(n)),
		OverBound:      round3(float64(disk) / float64(bound)),
		LoadPerS:       round3(float64(n) / median(loads)),
		LoadBest:       round3(float64(n) / slices.Min(loads)),
		LookupNS:       map[string]latency{stepMiss: t.latency(stepMiss), stepHit: t.latency(stepHit)},
		LookupsPerS:    round3(median(rates)),
		LookupsBest:    round3(slices.Max(rates)),
		VerifyS:        round3(median(verifies)),
		VerifyBest:     round3(slices.Min(verifies)),
	}
}

func (t taken) each(step string, what func(reply) float64) (values []float64) {
	for _, r := range t[step] {
		values = append(values, what(r))
	}
	return values
}

func (t taken) latency(step string) latency {
	var all []latency
	for _, r := range t[step][1:] {
		all = append(all, r.latency)
	}
	return overRounds(all)
}

// ratios says how many times better ours is than a peer.
func ratios(ours, theirs engineFigures) map[string]float64 {
	of := map[string]float64{
		"disk_bytes":         round3(float64(theirs.DiskBytes) / float64(ours.DiskBytes)),
		"load_records_per_s": round3(ours.LoadPerS / theirs.LoadPerS),
		"lookups_per_s":      round3(ours.LookupsPerS / theirs.LookupsPerS),
		"verify_s":           round3(theirs.VerifyS / ours.VerifyS),
	}
	for _, kind := range []string{stepMiss, stepHit} {
		our, their := ours.LookupNS[kind], theirs.LookupNS[kind]
		of["lookup_"+kind+"_p50"] = round3(float64(their.P50) / float64(our.P50))
		of["lookup_"+kind+"_p99"] = round3(float64(their.P99) / float64(our.P99))
		of["lookup_"+kind+"_p999"] = round3(float64(their.P999) / float64(our.P999))
	}
	return of
}
