package job_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portcullis/scripts/bench/job"
)

func TestPercentilesAreOfTheSamples(t *testing.T) {
	var samples []time.Duration
	for i := range 1001 {
		samples = append(samples, time.Duration(1000-i))
	}
	if got, want := job.LatencyOf(samples), (job.Latency{P50: 500, P99: 990, P999: 999}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := job.LatencyOf([]time.Duration{7}); got != (job.Latency{P50: 7, P99: 7, P999: 7}) {
		t.Errorf("of one sample: %+v", got)
	}
	if got := job.LatencyOf(nil); got != (job.Latency{}) {
		t.Errorf("of none: %+v", got)
	}
}

// shelf is a store that counts what is asked of it. It is the job that is
// tested, not a store.
type shelf struct {
	lookups, misses, applied atomic.Int64
	blind                    bool // finds nothing
	waiting                  bool // applies until it was asked
	closed                   bool
}

func (s *shelf) Load() (job.Store, error) { return s, nil }
func (s *shelf) Open() (job.Store, error) { return s, nil }
func (s *shelf) Verify() error            { return nil }
func (s *shelf) Close() error             { s.closed = true; return nil }

func (s *shelf) Lookup(q job.Query) (int, error) {
	s.lookups.Add(1)
	if q.Number != "HIT" {
		s.misses.Add(1)
		return 0, nil
	}
	if s.blind {
		return 0, nil
	}
	return 1, nil
}

func (s *shelf) Apply(delta int) error {
	s.applied.Store(int64(delta))
	for s.waiting && s.lookups.Load() < 10 {
		runtime.Gosched()
	}
	return nil
}

// serve takes steps with a workload of two misses and a hit.
func serve(t *testing.T, s *shelf, steps ...string) ([]job.Reply, error) {
	t.Helper()
	w := job.Workload(t.TempDir())
	for file, lines := range map[string][]byte{
		job.MissesFile: append(job.AppendQuery(nil, job.Query{Number: "MISS", Code: "D"}), job.AppendQuery(nil, job.Query{Number: "MISS", Class: 3, Issuer: 9, Code: "UTO"})...),
		job.HitsFile:   job.AppendQuery(nil, job.Query{Number: "HIT", Class: 1, Issuer: 1, Code: "UTO"}),
	} {
		if err := os.WriteFile(w.Path(file), lines, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	err := job.Serve(s, w, strings.NewReader(strings.Join(steps, "\n")), &out)
	var replies []job.Reply
	for lines := json.NewDecoder(&out); lines.More(); {
		var r job.Reply
		if err := lines.Decode(&r); err != nil {
			t.Fatal(err)
		}
		replies = append(replies, r)
	}
	return replies, err
}

func TestEachReaderLooksUpAll(t *testing.T) {
	s := &shelf{}
	replies, err := serve(t, s, job.Miss, job.Hit, job.Miss2, job.Hit2)
	if err != nil || len(replies) != 4 || s.lookups.Load() != 2+1+4+2 || s.misses.Load() != 2+4 {
		t.Errorf("%v, %d replies, %d look-ups, %d of misses", err, len(replies), s.lookups.Load(), s.misses.Load())
	}
	if !s.closed {
		t.Error("the store is left open")
	}
}

func TestAWrongAnswerEndsTheJob(t *testing.T) {
	s := &shelf{blind: true}
	replies, err := serve(t, s, job.Miss, job.Hit, job.Miss)
	if err == nil || len(replies) != 1 || !s.closed {
		t.Errorf("%v, %d replies, closed is %v", err, len(replies), s.closed)
	}
	if _, err := serve(t, &shelf{}, "dance"); err == nil {
		t.Error("a step that there is not is taken")
	}
}

func TestReadersLookUpWhileADeltaIsApplied(t *testing.T) {
	s := &shelf{waiting: true}
	replies, err := serve(t, s, job.ApplyStep(7, 2))
	if err != nil || s.applied.Load() != 7 || replies[0].P50 == 0 || replies[0].Seconds == 0 {
		t.Errorf("%v, delta %d, %+v", err, s.applied.Load(), replies)
	}
	s = &shelf{}
	if replies, err = serve(t, s, job.ApplyStep(1, 0)); err != nil || s.lookups.Load() != 0 || replies[0].P50 != 0 {
		t.Errorf("without readers: %v, %d look-ups, %+v", err, s.lookups.Load(), replies)
	}
}

func TestRecordsThatAreCutOffAreRefused(t *testing.T) {
	w := job.Workload(t.TempDir())
	if err := os.WriteFile(w.Path(job.RecordsFile), make([]byte, 3*len(job.Record{})-1), 0o600); err != nil {
		t.Fatal(err)
	}
	n := 0
	var last error
	for _, err := range w.Records(job.RecordsFile) {
		n++
		last = errors.Join(last, err)
	}
	if n != 3 || last == nil {
		t.Errorf("%d records, %v", n, last)
	}
}

func TestMemoryIsTold(t *testing.T) {
	replies, err := serve(t, &shelf{}, job.Memory)
	if err != nil || replies[0].RSSAnon < 1<<16 {
		t.Errorf("%v, %+v", err, replies)
	}
}
