package synthetic_test

import (
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"portcullis/central/registry"
	"portcullis/central/synthetic"
)

var today = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func TestRecordsFollowFromTheSeed(t *testing.T) {
	one := slices.Collect(synthetic.Records(1, 1000))
	if again := slices.Collect(synthetic.Records(1, 1000)); !slices.Equal(one, again) {
		t.Error("the same seed gives other records")
	}
	if longer := slices.Collect(synthetic.Records(1, 2000)); !slices.Equal(one, longer[:1000]) {
		t.Error("asking for more changes the first ones")
	}
	if other := slices.Collect(synthetic.Records(2, 1000)); slices.Equal(one, other) {
		t.Error("another seed gives the same records")
	}
	// Whoever compares two measurements relies on this.
	h := sha256.New()
	for _, r := range one {
		fmt.Fprintln(h, r.Number, r.IssuingState, r.Type, r.Status, r.Date, r.Country, r.Lot)
	}
	if got := fmt.Sprintf("%x", h.Sum(nil)[:8]); got != "2422e19d65516167" {
		t.Errorf("the records of seed 1 hash to %s", got)
	}
}

func TestRecordsKeepAllRulesAndNoTwoAreAlike(t *testing.T) {
	const count = 100_000
	im := registry.NewImport(today)
	statuses, states, lengths := map[string]int{}, map[string]int{}, map[int]int{}
	line := 0
	for r := range synthetic.Records(7, count) {
		line++
		im.Add("synthetic", line, r)
		statuses[r.Status]++
		states[r.IssuingState]++
		lengths[len(r.Number)]++
		if r.IssuingState < "QMA" || r.IssuingState > "QZZ" {
			t.Fatalf("%s is not a code that is left to its users", r.IssuingState)
		}
	}
	if len(im.Entries()) != count || len(im.Rejected()) > 0 {
		t.Fatalf("%d entries, %v", len(im.Entries()), im.Rejected()[:1])
	}
	if got := float64(statuses["lost"]) / count; math.Abs(got-0.55) > 0.01 {
		t.Errorf("%.3f of the documents are lost", got)
	}
	if len(statuses) != 5 || len(states) < 200 {
		t.Errorf("%d statuses, %d States", len(statuses), len(states))
	}
	if len(lengths) != 3 || lengths[7] == 0 || lengths[8] == 0 || lengths[9] == 0 {
		t.Errorf("lengths of numbers: %v", lengths)
	}
}

func TestSpecimensKeepAllRulesAndAreOfUtopia(t *testing.T) {
	im := registry.NewImport(today)
	classes, statuses := map[string]bool{}, map[string]bool{}
	for i, r := range synthetic.Specimens() {
		im.Add("specimens", i+1, r)
		classes[r.Type], statuses[r.Status] = true, true
		if r.IssuingState != "UTO" || !strings.HasPrefix(r.Number, "SPEC") {
			t.Errorf("specimen %d is of %s", i, r.IssuingState)
		}
	}
	if len(im.Rejected()) > 0 || len(classes) != 3 || len(statuses) != 5 {
		t.Errorf("%v; classes %v, statuses %v", im.Rejected(), classes, statuses)
	}
}

func BenchmarkRecords(b *testing.B) {
	for b.Loop() {
		for range synthetic.Records(1, 100_000) {
		}
	}
}
