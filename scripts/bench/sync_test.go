package main

import (
	"bytes"
	"io"
	"math"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"portcullis/cache/list"
)

func TestEntropyOfASetIsThatOfItsNumber(t *testing.T) {
	for _, k := range []int{1000, 30_000} {
		// log2 of how many sets of k places among 2^64 there are: the places
		// are so many that none is drawn twice.
		lnFactorial, _ := math.Lgamma(float64(k) + 1)
		want := 64 - lnFactorial/math.Ln2/float64(k)
		if got := setEntropy(k); math.Abs(got-want) > 0.02 {
			t.Errorf("%d digests take %.3f bits each, want %.3f", k, got, want)
		}
	}
	if got := indexEntropy(1<<20, 1<<10); math.Abs(got-11.4427) > 0.0001 {
		t.Errorf("%v bits", got)
	}
}

// What is measured as digests does not depend on what is said of the records.
func TestDigestsAreMeasuredAlone(t *testing.T) {
	records, codes, err := madeUp(addedSeed, 3000)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := digestsSize(records)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := digestsSize(identities(records)); err != nil || again != alone {
		t.Errorf("%d bytes, and %d: %v", alone, again, err)
	}
	added, err := deltaSize(records, codes, false)
	if err != nil {
		t.Fatal(err)
	}
	removed, err := deltaSize(records, codes, true)
	if err != nil || alone >= removed || removed >= added {
		t.Errorf("digests take %d bytes, %d when removed, %d when added: %v", alone, removed, added, err)
	}
	if bound := 3000 * setEntropy(3000) / 8; float64(alone) < bound-20 {
		t.Errorf("%d bytes, and the bound is %.0f", alone, bound)
	}
}

func TestOneNumberOfTwoDocumentsIsMeasured(t *testing.T) {
	one := pack(list.Record{Digest: 5, Class: list.Passport}, 1, 1)
	two := pack(list.Record{Digest: 5, Class: list.Passport}, 2, 1)
	if n, err := digestsSize([]packed{one, two}); err != nil || n == 0 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestFilesAreCountedByWhatTheyAreFor(t *testing.T) {
	for address, want := range map[string]fileKind{
		"/timestamp.json":                    timestampKind,
		"/41.snapshot.json":                  metadataKind,
		"/2.root.json":                       metadataKind,
		"/bench/ab.release.json":             manifestKind,
		"/bench/9-history-0123456789ab.json": manifestKind,
		"/bench/8-9-delta-0123456789ab.bin":  deltaKind,
		"/bench/9-snapshot-0123456789ab.bin": snapshotKind,
		"/bench/9-tree-0123456789ab.bin":     snapshotKind,
	} {
		if got := kindOf(address); got != want {
			t.Errorf("%s is for %s, want %s", address, got, want)
		}
	}
}

// The parts that a meter tells add up to what went over the wire.
func TestAMeterCountsHeadersAndBodies(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	body := bytes.Repeat([]byte("x"), 5000)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(body) })}
	go server.Serve(l) // ends with Close
	t.Cleanup(func() { server.Close() })
	m := &meter{}
	client := m.client()
	for range 2 {
		response, err := client.Get("http://" + l.Addr().String() + "/timestamp.json")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	d := m.day()
	if d.Requests != 2 || d.Timestamp != 10_000 || d.Headers < 200 || d.Headers > 2000 || d.Timestamp+d.Headers != m.total.Load() {
		t.Errorf("%+v of %d", d, m.total.Load())
	}
	m.reset()
	if d := m.day(); d != (dayFigures{}) {
		t.Errorf("after a reset there are %+v", d)
	}
}

func TestProcessorTimeIsReadBehindAnyName(t *testing.T) {
	line := "4242 (a name) of (two) words) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1 0"
	if got, err := cpuOf(line); err != nil || got != 2*time.Second {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := cpuOf("4242 (short) S 1"); err == nil {
		t.Error("half a line is taken")
	}
}

func TestSyncTargetsAreReachedOrMissed(t *testing.T) {
	f := syncFigures{deltaBytes: newDeltaBytes(), Entropy: newDeltaBytes(), Whole: newDeltaBytes(), WholeEntropy: newDeltaBytes(), ByIndex: bytesEach{"1000": 2.3}}
	f.Add["1000"], f.Entropy.Add["1000"] = 7.21, 7
	f.Remove["1000"], f.Entropy.Remove["1000"] = 7.22, 7
	f.DeviceBytes = targetDayBytes
	f.Refusal.Pull, f.Refusal.Push = 90.1, 2
	var out strings.Builder
	f.print(&out)
	for figure, verdict := range map[string]string{"digests of 1000 added": "reached", "digests of 1000 removed": "MISSED", "a device's day": "reached", "by pull": "MISSED", "by push": "reached"} {
		if !regexp.MustCompile(figure + `.* at most .* ` + verdict).MatchString(out.String()) {
			t.Errorf("%s is not told as %s\n%s", figure, verdict, &out)
		}
	}
	if strings.Contains(out.String(), "30000 added") {
		t.Error("a delta that was not measured is told of")
	}
}
