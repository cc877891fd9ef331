package main

import (
	"fmt"
	"strconv"

	"portcullis/scripts/bench/job"
)

// A measure is one figure that every engine has.
type measure struct {
	name    string
	key     string // among the ratios
	value   func(engineFigures) float64
	shown   func(float64) string
	greater bool // is better
}

// measures are all of them, in the order of the table.
func measures() []measure {
	all := []measure{
		{"disk, bytes a record", "disk_bytes", func(f engineFigures) float64 { return f.BytesPerRecord }, plain, false},
		{"load, records a second", "load_records_per_s", func(f engineFigures) float64 { return f.LoadPerS }, count, true},
	}
	for _, kind := range []string{job.Miss, job.Hit} {
		all = append(all, percentiles3("look up a "+kind, "lookup_"+kind, func(f engineFigures) job.Latency { return f.LookupNS[kind].Latency })...)
		all = append(all, percentiles3("look up a "+kind+", 2 readers", "lookup_2_readers_"+kind, func(f engineFigures) job.Latency { return f.Lookup2NS[kind].Latency })...)
	}
	all = append(all, percentiles3("look up during a delta", "lookup_during_apply", func(f engineFigures) job.Latency { return f.DuringApply })...)
	all = append(all, percentiles3("look up during a delta, 2 readers", "lookup_2_readers_during_apply", func(f engineFigures) job.Latency { return f.During2 })...)
	return append(all,
		measure{"look-ups a second, 2 readers", "lookups_per_s", func(f engineFigures) float64 { return f.LookupsPerS }, count, true},
		measure{"first look-up, from the start", "first_lookup_ms", func(f engineFigures) float64 { return f.FirstMS }, millis, false},
		measure{"first look-up, nothing cached", "first_lookup_cold_ms", func(f engineFigures) float64 { return f.FirstColdMS }, millis, false},
		measure{"anonymous memory", "rss_anon_bytes", func(f engineFigures) float64 { return float64(f.RSSAnon) }, megabytes, false},
		measure{"delta of 1,250", "apply_1250_ms", func(f engineFigures) float64 { return f.Apply1250MS }, millis, false},
		measure{"delta of 1,250, written", "apply_1250_written_bytes", func(f engineFigures) float64 { return float64(f.Apply1250Written) }, megabytes, false},
		measure{"delta of 30,000", "apply_30000_ms", func(f engineFigures) float64 { return f.Apply30000MS }, millis, false},
		measure{"delta of 30,000, written", "apply_30000_written_bytes", func(f engineFigures) float64 { return float64(f.Apply30000Written) }, megabytes, false},
		measure{"verify all", "verify_s", func(f engineFigures) float64 { return f.VerifyS }, inSeconds, false},
	)
}

// percentiles3 are the measures of one latency.
func percentiles3(name, key string, of func(engineFigures) job.Latency) []measure {
	one := func(percentile, suffix string, pick func(job.Latency) int64) measure {
		return measure{name + ", " + percentile, key + suffix, func(f engineFigures) float64 { return float64(pick(of(f))) }, latencyShown, false}
	}
	return []measure{
		one("p50", "_p50", func(l job.Latency) int64 { return l.P50 }),
		one("p99", "_p99", func(l job.Latency) int64 { return l.P99 }),
		one("p99.9", "_p999", func(l job.Latency) int64 { return l.P999 }),
	}
}

func plain(v float64) string        { return fmt.Sprint(v) }
func millis(v float64) string       { return strconv.FormatFloat(v, 'f', -1, 64) + " ms" }
func megabytes(v float64) string    { return fmt.Sprintf("%.1f MB", v/1e6) }
func inSeconds(v float64) string    { return fmt.Sprintf("%.3g s", v) }
func latencyShown(v float64) string { return micros(int64(v)) }

// ratios says how many times better ours is than a peer.
func ratios(ours, theirs engineFigures) map[string]float64 {
	of := map[string]float64{}
	for _, m := range measures() {
		better, worse := m.value(theirs), m.value(ours)
		if m.greater {
			better, worse = worse, better
		}
		if better > 0 && worse > 0 {
			of[m.key] = round3(better / worse)
		}
	}
	return of
}

// targetRecords is the list that the targets are for.
const targetRecords = 140_000_000

// A target is what our store is to reach with that list.
type target struct {
	measure string // its key
	limit   float64
}

// targets are all of them.
func targets() []target {
	all := []target{{"disk_bytes", 10.5}, {"load_records_per_s", 2_000_000}}
	for _, key := range []string{"lookup_miss", "lookup_hit", "lookup_2_readers_miss", "lookup_2_readers_hit", "lookup_during_apply", "lookup_2_readers_during_apply"} {
		all = append(all, target{key + "_p50", 15_000}, target{key + "_p99", 100_000}, target{key + "_p999", 1_000_000})
	}
	return append(all, target{"first_lookup_ms", 300}, target{"rss_anon_bytes", 200e6},
		target{"apply_1250_ms", 400}, target{"apply_30000_ms", 4000}, target{"verify_s", 60})
}
