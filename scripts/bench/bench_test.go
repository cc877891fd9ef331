package main

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/list"
	"portcullis/scripts/bench/job"
)

func TestRoundsGiveMedianAndBest(t *testing.T) {
	got := overRounds([]job.Latency{{P50: 3, P99: 9, P999: 90}, {P50: 1, P99: 30, P999: 70}, {P50: 2, P99: 10, P999: 80}})
	want := latency{job.Latency{P50: 2, P99: 10, P999: 80}, &job.Latency{P50: 1, P99: 9, P999: 70}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestEntropyIsOfDigestsAndOfWhatVaries(t *testing.T) {
	var records []packed
	for i := range 256 {
		records = append(records, pack(list.Record{Digest: list.Digest(i), Class: list.Class(i % 2)}, 2, 2))
	}
	lnFactorial, _ := math.Lgamma(257)
	want := (256*64-lnFactorial/math.Ln2)/8 + 256.0/8 // a bit for the class
	if got := entropy(records); got != int64(math.Ceil(want)) {
		t.Errorf("%d bytes, want %.1f", got, want)
	}
	for i := range records { // a country that follows from the issuer says nothing more
		place := uint16(1 + i%2)
		records[i] = pack(list.Record{Digest: list.Digest(i), Class: list.Class(i % 2)}, place, place)
	}
	if got := entropy(records); got != int64(math.Ceil(want+256.0/8)) {
		t.Errorf("%d bytes, want %.1f", got, want+256.0/8)
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"-only", "mrz,nothing"}, {"-n", "10"}, {"-n", "200000001"}, {"-documents", "1"}, {"-zones", "0"}, {"-devices", "0"}, {"-samples", "0"}, {"-pull", "-1s"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}

// A run without the peers, as on a machine without a network, gives our own
// figures, says what is missing, and every key of its JSON is explained.
func TestARunWithoutPeersSaysSo(t *testing.T) {
	if testing.Short() {
		t.Skip("measures for some seconds")
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "figures.json")
	args := []string{"-n", "2000", "-documents", "40", "-zones", "20", "-devices", "5", "-samples", "2", "-pull", "100ms", "-out", out, "-dir", dir, "-peers", filepath.Join(dir, "none"), "-cold=false"}
	if err := run(t.Context(), args); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var f figures
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.MRZ.Skipped) != 1 || !strings.Contains(f.Lists.Skipped[0], "peers skipped") || f.MRZ.Allocs != 0 || f.Lists.Engines[ownName].DiskBytes == 0 || f.Path.Verdict.P50 == 0 {
		t.Errorf("%s", data)
	}
	if own := f.MRZ.Repair["TD3"]["k1"]; len(f.MRZ.Repair) != 2 || len(f.MRZ.Repair["TD1"]) != 4 || own.Zones != 20 || own.NS == 0 {
		t.Errorf("%s", data)
	}
	explained(t, data)
	if own := f.Lists.Engines[ownName]; own.Apply30000MS == 0 || own.During2.P50 == 0 || own.FirstMS == 0 || own.RSSAnon == 0 || own.VerifyAgainS == 0 {
		t.Errorf("%s", data)
	}
	if p := f.Sync; len(p.Skipped) != 1 || p.Raw != nil || p.Add["30000"] == 0 || p.Day.Deltas == 0 || p.Refusal.Pull == 0 || p.Refusal.Push == 0 || p.Fleet.Bytes == 0 || p.Publish.DeltaRSS == 0 {
		t.Errorf("%s", data)
	}
	if len(f.Lists.Limited) == 0 && len(f.Lists.Skipped) < 2 {
		t.Error("no memory curve, and no word of it")
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("%d files are left", len(left)-1)
	}
}

// The figures of a part that ran alone stand on top.
func TestFiguresOfOnePartStandOnTop(t *testing.T) {
	m := machineFigures{Cores: 2}
	of := &mrzFigures{NS: 300, Repair: repairTable[repairFigures]{"TD3": {"k1": {Right: 7}}}}
	for _, c := range []struct {
		figures figures
		want    string
	}{
		{figures{Machine: m, MRZ: of}, "allocs_per_parse machine mixed_ns_per_parse mixed_ns_per_parse_best ns_per_parse ns_per_parse_best peers repair repair_peers"},
		{figures{Machine: m, Lists: &listFigures{}}, "delta_changes engines entropy_bound_bytes limited_512mb machine n ratios"},
		{figures{Machine: m, Path: &pathFigures{}}, "decide_ns documents gate_ns list_records machine port_ns verdict_ns"},
		{figures{Machine: m, Sync: &syncFigures{}}, "add_bytes_per_record day device_bytes_per_day entropy fleet_1000 machine publish record_to_refusal_s remove_by_index_entropy remove_bytes_per_record whole whole_entropy"},
		{figures{Machine: m, MRZ: of, Lists: &listFigures{}}, "lists machine mrz"},
	} {
		data, err := json.Marshal(c.figures.shown())
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]json.RawMessage
		if err := json.Unmarshal(data, &keys); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(slices.Sorted(maps.Keys(keys)), " "); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func TestEveryMeasureIsExplainedAndTargetsAreOfMeasures(t *testing.T) {
	doc, err := os.ReadFile("../../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range measures() {
		if known[m.key] || !strings.Contains(string(doc), "`"+m.key+"`") {
			t.Errorf("docs/benchmarks.md does not explain %s, or it is there twice", m.key)
		}
		known[m.key] = true
	}
	for _, one := range targets() {
		if !known[one.measure] {
			t.Errorf("a target is of %s, which is not measured", one.measure)
		}
	}
}

func TestTargetsAreReachedOrMissed(t *testing.T) {
	f := listFigures{N: 1000, Bound: 9000, Engines: map[string]engineFigures{
		ownName:  {BytesPerRecord: 10.5, LoadPerS: 1_999_999, RSSAnon: 200_000_001, VerifyS: 60},
		"badger": {BytesPerRecord: 21, LoadPerS: 1_000_000},
	}}
	f.Ratios = map[string]map[string]float64{"badger": ratios(f.Engines[ownName], f.Engines["badger"])}
	var out strings.Builder
	f.print(&out)
	for figure, verdict := range map[string]string{"disk, bytes a record": "reached", "load, records a second": "MISSED", "anonymous memory": "MISSED", "verify all": "reached"} {
		if !regexp.MustCompile(figure + ` +at (most|least) .* ` + verdict).MatchString(out.String()) {
			t.Errorf("%s is not told as %s\n%s", figure, verdict, &out)
		}
	}
	if !strings.Contains(out.String(), "21 (2)") || !strings.Contains(out.String(), "of N=140,000,000; this is N=1000") {
		t.Error(&out)
	}
}

// explained checks that docs/benchmarks.md names every key.
func explained(t *testing.T, data []byte) {
	t.Helper()
	doc, err := os.ReadFile("../../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	var walk func(v any)
	walk = func(v any) {
		object, _ := v.(map[string]any)
		for key, value := range object {
			if !strings.Contains(string(doc), "`"+key+"`") && key != ownName {
				t.Errorf("docs/benchmarks.md does not explain %s", key)
			}
			walk(value)
		}
	}
	var figures any
	if err := json.Unmarshal(data, &figures); err != nil {
		t.Fatal(err)
	}
	walk(figures)
}
