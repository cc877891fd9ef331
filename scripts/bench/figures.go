package main

import (
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"

	"portcullis/scripts/bench/job"
)

// figures is all that a run has measured. docs/benchmarks.md explains the keys.
type figures struct {
	Machine machineFigures  `json:"machine"`
	MRZ     *mrzFigures     `json:"mrz,omitempty"`
	Lists   *listFigures    `json:"lists,omitempty"`
	Path    *pathFigures    `json:"path,omitempty"`
	Readers *readersFigures `json:"readers,omitempty"`
	Sync    *syncFigures    `json:"sync,omitempty"`
}

type machineFigures struct {
	CPU        string `json:"cpu"`
	Cores      int    `json:"cores"`
	Go         string `json:"go"`
	Platform   string `json:"platform"`
	LoadBefore string `json:"load_before"` // of /proc/loadavg
	LoadAfter  string `json:"load_after"`
}

type mrzFigures struct {
	NS          float64                            `json:"ns_per_parse"`
	Best        float64                            `json:"ns_per_parse_best"`
	MixedNS     float64                            `json:"mixed_ns_per_parse"`
	MixedBest   float64                            `json:"mixed_ns_per_parse_best"`
	Allocs      float64                            `json:"allocs_per_parse"`
	Peers       map[string]mrzPeer                 `json:"peers"`
	Repair      repairTable[repairFigures]         `json:"repair"`
	RepairPeers map[string]repairTable[repairPeer] `json:"repair_peers"`
	Skipped     []string                           `json:"skipped,omitempty"`
}

// mrzPeer is a peer's parser; one that cannot read the mixed set has no figures of it.
type mrzPeer struct {
	Version        string  `json:"version"`
	NS             float64 `json:"ns_per_parse"`
	Best           float64 `json:"ns_per_parse_best"`
	Ratio          float64 `json:"ratio"`
	RatioBest      float64 `json:"ratio_best"`
	MixedNS        float64 `json:"mixed_ns_per_parse,omitempty"`
	MixedBest      float64 `json:"mixed_ns_per_parse_best,omitempty"`
	MixedRatio     float64 `json:"mixed_ratio,omitempty"`
	MixedRatioBest float64 `json:"mixed_ratio_best,omitempty"`
}

type listFigures struct {
	N       int                           `json:"n"`
	Bound   int64                         `json:"entropy_bound_bytes"`
	Deltas  []int                         `json:"delta_changes"`
	Engines map[string]engineFigures      `json:"engines"`
	Ratios  map[string]map[string]float64 `json:"ratios"` // above 1: portcullis is better
	Limited []curvePoint                  `json:"limited_512mb"`
	Skipped []string                      `json:"skipped,omitempty"`
}

type engineFigures struct {
	DiskBytes         int64              `json:"disk_bytes"`
	BytesPerRecord    float64            `json:"bytes_per_record"`
	OverBound         float64            `json:"over_entropy_bound"`
	LoadPerS          float64            `json:"load_records_per_s"`
	LoadBest          float64            `json:"load_records_per_s_best"`
	LookupNS          map[string]latency `json:"lookup_ns"`
	Lookup2NS         map[string]latency `json:"lookup_2_readers_ns"`
	DuringApply       job.Latency        `json:"lookup_during_apply_ns"`
	During2           job.Latency        `json:"lookup_2_readers_during_apply_ns"`
	LookupsPerS       float64            `json:"lookups_per_s"`
	LookupsBest       float64            `json:"lookups_per_s_best"`
	FirstMS           float64            `json:"first_lookup_ms"`
	FirstColdMS       float64            `json:"first_lookup_cold_ms,omitempty"`
	RSSAnon           int64              `json:"rss_anon_bytes"`
	Apply1250MS       float64            `json:"apply_1250_ms"`
	Apply1250Written  int64              `json:"apply_1250_written_bytes"`
	Apply30000MS      float64            `json:"apply_30000_ms"`
	Apply30000Written int64              `json:"apply_30000_written_bytes"`
	Apply1ReaderMS    float64            `json:"apply_30000_1_reader_ms"`
	Apply2ReadersMS   float64            `json:"apply_30000_2_readers_ms"`
	VerifyS           float64            `json:"verify_s"`
	VerifyBest        float64            `json:"verify_s_best"`
	VerifyAgainS      float64            `json:"verify_after_deltas_s,omitempty"` // ours
}

type pathFigures struct {
	Documents int     `json:"documents"`
	Records   int     `json:"list_records"`
	Verdict   latency `json:"verdict_ns"`
	Port      latency `json:"port_ns"`
	Decide    latency `json:"decide_ns"`
	Gate      latency `json:"gate_ns"`
}

// shown returns the figures as they are written. Those of a part that ran alone
// stand on top, beside the machine.
func (f figures) shown() any {
	switch [...]bool{f.MRZ != nil, f.Lists != nil, f.Path != nil, f.Readers != nil, f.Sync != nil} {
	case [...]bool{true, false, false, false, false}:
		return struct {
			Machine machineFigures `json:"machine"`
			*mrzFigures
		}{f.Machine, f.MRZ}
	case [...]bool{false, true, false, false, false}:
		return struct {
			Machine machineFigures `json:"machine"`
			*listFigures
		}{f.Machine, f.Lists}
	case [...]bool{false, false, true, false, false}:
		return struct {
			Machine machineFigures `json:"machine"`
			*pathFigures
		}{f.Machine, f.Path}
	case [...]bool{false, false, false, true, false}:
		return struct {
			Machine machineFigures `json:"machine"`
			*readersFigures
		}{f.Machine, f.Readers}
	case [...]bool{false, false, false, false, true}:
		return struct {
			Machine machineFigures `json:"machine"`
			*syncFigures
		}{f.Machine, f.Sync}
	}
	return f
}

// machine tells what the figures were taken on.
func machine() machineFigures {
	m := machineFigures{Cores: runtime.NumCPU(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, LoadBefore: load()}
	info, _ := os.ReadFile("/proc/cpuinfo") // no file, no name
	for line := range strings.Lines(string(info)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			m.CPU = strings.TrimSpace(value)
			break
		}
	}
	return m
}

// load returns how many threads ran or waited to, over 1, 5 and 15 minutes.
func load() string {
	data, _ := os.ReadFile("/proc/loadavg") // only for information
	fields := strings.Fields(string(data))
	return strings.Join(fields[:min(3, len(fields))], " ")
}

// round3 keeps three digits of a figure: there are no more in it.
func round3(v float64) float64 { return rounded(v, 3) }

// rounded keeps so many digits.
func rounded(v float64, digits int) float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64) // what it wrote itself
	return rounded
}
