package drivertest

import (
	"syscall"
	"testing"
	"time"
)

// SoakReader unplugs a reader as often as the bench says, holds what it has open to
// what it had after two times, and then tells the processor time that the absent
// reader costs. That is a figure, and no test: it is another's machine as well.
func SoakReader(t *testing.T, b ReaderBench, absent time.Duration) {
	r := newReaderRun(t, b)
	began, before := time.Now(), cpuTime(t)
	testCycles(t, r)
	t.Logf("%d cycles in %v, with %v of processor time", b.Cycles, time.Since(began).Round(time.Second), (cpuTime(t) - before).Round(time.Millisecond))
	began, before = time.Now(), cpuTime(t)
	select {
	case e := <-r.events:
		t.Errorf("event of an absent reader: %q (%s)", name(e), e.Detail)
	case <-time.After(absent):
	}
	used, took := cpuTime(t)-before, time.Since(began)
	t.Logf("absent for %v: %v of processor time, %.3f %% of one core", took.Round(time.Second), used.Round(time.Microsecond), 100*used.Seconds()/took.Seconds())
}

// cpuTime returns what this process has used, in the kernel as well.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
