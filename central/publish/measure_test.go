package publish_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"portcullis/cache/list"
)

// many are n records in order that nobody holds in memory, the same each time.
// Their digests lie as chance would have it; one in a hundred has a reference.
func many(n uint64) iter.Seq2[list.Record, error] {
	return func(yield func(list.Record, error) bool) {
		rnd := rand.New(rand.NewPCG(7, n))
		step := ^uint64(0) / n
		for i := range n {
			if !yield(one(rnd, list.Digest(i*step+rnd.Uint64N(step))), nil) {
				return
			}
		}
	}
}

func one(rnd *rand.Rand, d list.Digest) list.Record {
	state := func() string {
		return "Q" + string(rune('M'+rnd.IntN(8))) + string(rune('A'+min(rnd.IntN(26), rnd.IntN(26))))
	}
	r := list.Record{Digest: d, Class: list.Class(1 + rnd.IntN(2)), Issuer: state(), Status: list.Status(1 + rnd.IntN(3)), Date: list.Date(9000 + rnd.IntN(4000))}
	if r.Country = r.Issuer; rnd.IntN(10) == 0 {
		r.Country = state()
	}
	if rnd.IntN(100) == 0 {
		r.Reference = fmt.Sprintf("%s/%d", r.Issuer, rnd.IntN(1e6))
	}
	return r
}

// TestMeasure tells how long releases of PUBLISH_MEASURE records take. It is no
// test, and skipped without it.
func TestMeasure(t *testing.T) {
	n, _ := strconv.ParseUint(os.Getenv("PUBLISH_MEASURE"), 10, 64)
	if n == 0 {
		t.Skip("set PUBLISH_MEASURE to a number of records")
	}
	s := newSite(t)
	p := s.publisher()
	started := time.Now()
	r, err := p.PublishAll(context.Background(), noon, many(n))
	if err != nil {
		t.Fatal(err)
	}
	snapshot := r.Manifest.Steps[0]
	t.Logf("%d records: first release %.1fs, snapshot %.2f bytes a record, peak %d MB", n, time.Since(started).Seconds(), float64(snapshot.Size)/float64(n), peakMB())
	c := someChange(n, 1000, 250)
	started = resetPeak(t)
	r, err = p.Publish(context.Background(), hours(1), c)
	if err != nil || !r.Made {
		t.Fatal(r, err)
	}
	t.Logf("a release of 1,000 added and 250 removed: %.2fs, %.2f bytes a change, peak %d MB", time.Since(started).Seconds(), float64(r.Manifest.Steps[0].Size)/1250, peakMB())
	os.RemoveAll(filepath.Join(s.dir, "sltd", ".state"))
	started = resetPeak(t)
	r, err = p.Publish(context.Background(), hours(2), list.Change{Removed: list.Identities(c.Added[:1])})
	if err != nil || !r.Made {
		t.Fatal(r, err)
	}
	t.Logf("a release after the state was lost: %.2fs, peak %d MB", time.Since(started).Seconds(), peakMB())
	started = resetPeak(t)
	r, err = p.Publish(context.Background(), hours(24*8), list.Change{Removed: list.Identities(c.Added[1:2])})
	if err != nil || !r.Made || r.Manifest.Steps[1].To.Sequence != 4 {
		t.Fatal(r, err)
	}
	t.Logf("a release with a new snapshot: %.2fs, peak %d MB", time.Since(started).Seconds(), peakMB())
}

// someChange adds and removes records that lie anywhere in the list.
func someChange(n uint64, added, removed int) (c list.Change) {
	rnd := rand.New(rand.NewPCG(8, n))
	i, every := 0, int(n)/removed
	for r := range many(n) {
		if i++; i%every == 0 {
			c.Removed = append(c.Removed, list.Identities([]list.Record{r})...)
		}
	}
	for range added {
		c.Added = append(c.Added, one(rnd, list.Digest(rnd.Uint64())))
	}
	slices.SortFunc(c.Added, list.Compare)
	return c
}

// resetPeak has the system count the greatest use of memory anew.
func resetPeak(t *testing.T) time.Time {
	t.Helper()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200); err != nil {
		t.Log("the peak is that of all before: ", err)
	}
	return time.Now()
}

func peakMB() int {
	data, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(data), "VmHWM:")
	var kB int
	fmt.Sscan(rest, &kB)
	return kB / 1024
}
