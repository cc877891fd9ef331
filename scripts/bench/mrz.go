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
var specimen = zone{
	Format: "TD3",
	Lines: []string{
		"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
		"L898902C36UTO7408122F1204159ZE184226B<<<<<10",
	},
	Number: "L898902C3", BirthDate: "740812", ExpiryDate: "120415",
}

// mrzRounds are many and short, so that some of them are undisturbed.
const (
	mrzRounds = 15
	mrzParses = 100_000
)

// mrzBench is the zones of the bench, and how long ours takes to read them.
type mrzBench struct {
	o     options
	dir   string // for what the peers read
	mixed []zone
	rows  []row

	ofSpecimen, ofMixed timing
}

// benchMRZ measures the parser and the repair, and their peers on the same zones.
func benchMRZ(ctx context.Context, o options, dir string) (*mrzFigures, error) {
	b := &mrzBench{o: o, dir: dir}
	if err := b.makeZones(); err != nil {
		return nil, err
	}
	if err := b.parse(); err != nil {
		return nil, err
	}
	f := &mrzFigures{Allocs: max(b.ofSpecimen.allocs, b.ofMixed.allocs)}
	f.NS, f.Best = b.ofSpecimen.figures()
	f.MixedNS, f.MixedBest = b.ofMixed.figures()
	say("mrz: repair %d zones", len(b.rows)*o.zones)
	var err error
	if f.Repair, err = repairs(b.rows); err != nil {
		return nil, err
	}
	if err := b.peers(ctx, f); err != nil {
		f.Skipped = append(f.Skipped, err.Error())
		say("mrz: %v", err)
	}
	return f, nil
}

func (b *mrzBench) makeZones() (err error) {
	if b.mixed, err = mixedZones(); err != nil {
		return err
	}
	b.rows, err = noisyRows(b.o.zones)
	return err
}

func (b *mrzBench) parse() (err error) {
	say("mrz: %d rounds of %d parses, of the specimen and of the mixed set", mrzRounds, mrzParses)
	if b.ofSpecimen, err = parses([]zone{specimen}); err != nil {
		return err
	}
	b.ofMixed, err = parses(b.mixed)
	return err
}

// A timing is the processor time of a parse, by round, and its allocations.
type timing struct {
	ns     []float64
	allocs float64
}

// figures returns the median and the best.
func (t timing) figures() (ns, best float64) { return round3(median(t.ns)), round3(slices.Min(t.ns)) }

// over returns how many times faster this is than another: medians and best.
func (t timing) over(other []float64) (ratio, best float64) {
	return round3(median(other) / median(t.ns)), round3(slices.Min(other) / slices.Min(t.ns))
}

// parses measures the parser on zones, over and over.
func parses(zones []zone) (t timing, err error) {
	for range mrzRounds + 1 {
		round, allocs, err := parseRound(zones)
		if err != nil {
			return t, err
		}
		t.ns, t.allocs = append(t.ns, round), allocs
	}
	t.ns = t.ns[1:] // the first warms up
	return t, nil
}

var errNotRead = errors.New("a zone was not read as what it is")

// parseRound returns the processor time and the allocations of one parse with
// all that can be asked of it.
func parseRound(zones []zone) (ns, allocs float64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := processorTime()
	for range mrzParses / len(zones) {
		for i := range zones {
			r, err := mrz.Parse(zones[i].Lines)
			if err != nil || !r.Valid() || len(r.Checks()) < 4 || r.Findings() != nil {
				return 0, 0, errNotRead
			}
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
