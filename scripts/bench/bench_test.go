package main

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/list"
)

func TestPercentilesAreOfTheSamples(t *testing.T) {
	var samples []time.Duration
	for i := range 1001 {
		samples = append(samples, time.Duration(1000-i))
	}
	if got, want := latencyOf(samples), (latency{P50: 500, P99: 990, P999: 999}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := latencyOf([]time.Duration{7}); got != (latency{P50: 7, P99: 7, P999: 7}) {
		t.Errorf("of one sample: %+v", got)
	}
}

func TestRoundsGiveMedianAndBest(t *testing.T) {
	got := overRounds([]latency{{P50: 3, P99: 9, P999: 90}, {P50: 1, P99: 30, P999: 70}, {P50: 2, P99: 10, P999: 80}})
	want := latency{P50: 2, P99: 10, P999: 80, Best: &latency{P50: 1, P99: 9, P999: 70}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestEntropyIsOfDigestsAndOfWhatVaries(t *testing.T) {
	var records []list.Record
	for i := range 256 {
		records = append(records, list.Record{Digest: list.Digest(i), Class: list.Class(i % 2), Issuer: "UTO", Country: "UTO"})
	}
	lnFactorial, _ := math.Lgamma(257)
	want := (256*64-lnFactorial/math.Ln2)/8 + 256.0/8 // a bit for the class
	if got := entropy(records); got != int64(math.Ceil(want)) {
		t.Errorf("%d bytes, want %.1f", got, want)
	}
	for i := range records { // a country that follows from the issuer says nothing more
		records[i].Issuer = []string{"UTO", "D"}[i%2]
		records[i].Country = records[i].Issuer
	}
	if got := entropy(records); got != int64(math.Ceil(want+256.0/8)) {
		t.Errorf("%d bytes, want %.1f", got, want+256.0/8)
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"-only", "mrz,nothing"}, {"-n", "10"}, {"-documents", "1"}, {"-zones", "0"}} {
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
	args := []string{"-n", "2000", "-documents", "40", "-zones", "20", "-out", out, "-dir", dir, "-peers", filepath.Join(dir, "none")}
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
	if len(f.MRZ.Skipped) != 1 || len(f.Lists.Skipped) != 1 || f.MRZ.Allocs != 0 || f.Lists.Engines[ownName].DiskBytes == 0 || f.Path.Verdict.P50 == 0 {
		t.Errorf("%s", data)
	}
	if own := f.MRZ.Repair["TD3"]["k1"]; len(f.MRZ.Repair) != 2 || len(f.MRZ.Repair["TD1"]) != 4 || own.Zones != 20 || own.NS == 0 {
		t.Errorf("%s", data)
	}
	explained(t, data)
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
		{figures{Machine: m, Lists: &listFigures{}}, "engines entropy_bound_bytes machine n ratios"},
		{figures{Machine: m, Path: &pathFigures{}}, "decide_ns documents gate_ns list_records machine port_ns verdict_ns"},
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
