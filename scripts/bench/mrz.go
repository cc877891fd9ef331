package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/mrz"
)

// specimen is the passport of Doc 9303-4, Appendix B.
var specimen = []string{
	"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
	"L898902C36UTO7408122F1204159ZE184226B<<<<<10",
}

// mrzRounds are many and short, so that some of them are undisturbed.
const (
	mrzRounds = 15
	mrzParses = 100_000
)

// benchMRZ measures the parser and its peers on the same specimen.
func benchMRZ(ctx context.Context, o options) (*mrzFigures, error) {
	say("mrz: %d rounds of %d parses", mrzRounds, mrzParses)
	f := &mrzFigures{Peers: map[string]mrzPeer{}}
	var ns []float64
	for range mrzRounds + 1 {
		round, allocs, err := parseRound()
		if err != nil {
			return nil, err
		}
		ns, f.Allocs = append(ns, round), allocs
	}
	ns = ns[1:] // the first warms up
	f.NS, f.Best = round3(median(ns)), round3(slices.Min(ns))
	peers, err := nodePeers(ctx, o)
	if err != nil {
		f.Skipped = append(f.Skipped, err.Error())
		say("mrz: %v", err)
	}
	for name, p := range peers {
		m, best := median(p.NS), slices.Min(p.NS)
		f.Peers[name] = mrzPeer{
			Version: p.Version, NS: round3(m), Best: round3(best),
			Ratio: round3(m / median(ns)), RatioBest: round3(best / slices.Min(ns)),
		}
	}
	return f, nil
}

var errNotRead = errors.New("the specimen was not read as what it is")

// parseRound returns the processor time and the allocations of one parse with
// all that can be asked of it.
func parseRound() (ns, allocs float64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := processorTime()
	for range mrzParses {
		r, err := mrz.Parse(specimen)
		if err != nil || !r.Valid() || len(r.Checks()) != 5 || r.Findings() != nil {
			return 0, 0, errNotRead
		}
	}
	took := processorTime() - start
	runtime.ReadMemStats(&after)
	return float64(took) / mrzParses, float64((after.Mallocs - before.Mallocs) / mrzParses), nil
}

// processorTime is what this process has used of the processor so far. Unlike
// the time on the wall it does not count what other processes use.
func processorTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		panic(fmt.Sprintf("bench: getrusage: %v", err)) // it has no way to fail
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
