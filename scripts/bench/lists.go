package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"portcullis/scripts/bench/job"
)

// The steps that the bench takes by itself, and the last, which is a step of
// the job at another time.
const (
	stepFirst       = "first"
	stepFirstCold   = "first, cold"
	stepVerifyAgain = "verify again"
)

// largeList is a list of which an engine's store is big and its load long: it
// is loaded once, and there is one store on the disk at a time.
const largeList = 20_000_000

const longRounds = 3

// A turn is a step and how often it is taken. Look-ups are taken once more at
// first, to warm up.
type turn struct {
	step   string
	rounds int
}

// turns are the steps in their order. Deltas come last, since a list changes
// once.
func turns(n int, cold bool) []turn {
	lookups, long := rounds+1, longRounds
	if n >= largeList {
		lookups, long = longRounds+1, 1
	}
	all := []turn{{job.Load, long}, {stepFirst, longRounds}}
	if cold {
		all = append(all, turn{stepFirstCold, longRounds})
	}
	all = append(all, turn{job.Miss, lookups}, turn{job.Hit, lookups}, turn{job.Miss2, lookups}, turn{job.Hit2, lookups},
		turn{job.Memory, 1}, turn{job.Verify, long})
	for delta := range deltaSizes {
		all = append(all, turn{applyStep(delta), 1})
	}
	return append(all, turn{job.Added, 1})
}

// applyStep is the step of a delta, counted from 0: the last two are applied
// while one reader looks up, and two.
func applyStep(delta int) string { return job.ApplyStep(delta+1, max(delta-1, 0)) }

// benchLists has every engine do the same job. They take turns, so that what
// else the machine does falls on all of them; with a large list, one does all
// of it before the next.
func benchLists(ctx context.Context, o options, w *workload, dir string) (f *listFigures, err error) {
	f = &listFigures{N: w.n, Bound: w.bound, Deltas: w.deltas, Engines: map[string]engineFigures{}, Ratios: map[string]map[string]float64{}}
	engines, err := f.engines(ctx, o, w, dir)
	if err != nil {
		return nil, err
	}
	groups := [][]*engine{engines}
	if w.n >= largeList {
		groups = nil
		for i := range engines {
			groups = append(groups, engines[i:i+1])
		}
	}
	for _, group := range groups {
		if err := f.take(ctx, o, w, group); err != nil {
			return nil, err
		}
	}
	for _, e := range engines[1:] {
		f.Ratios[e.name] = ratios(f.Engines[ownName], f.Engines[e.name])
	}
	return f, nil
}

// engines returns ours and the peers, if they can be built.
func (f *listFigures) engines(ctx context.Context, o options, w *workload, dir string) ([]*engine, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	all := []*engine{{name: ownName, program: []string{self, engineCommand}}}
	program, err := buildPeers(ctx, o, dir)
	if err != nil {
		f.Skipped = append(f.Skipped, err.Error())
		say("lists: %v", err)
	} else {
		for _, name := range peerNames {
			all = append(all, &engine{name: name, program: []string{program}})
		}
	}
	for _, e := range all {
		e.folder, e.dir = w.folder, filepath.Join(dir, e.name)
	}
	return all, nil
}

// take has engines take all their turns, and puts down the figures. What they
// stored is removed.
func (f *listFigures) take(ctx context.Context, o options, w *workload, engines []*engine) (err error) {
	all := map[string]*taken{}
	var names []string
	for _, e := range engines {
		names = append(names, e.name)
		all[e.name] = &taken{replies: map[string][]job.Reply{}}
		defer func() { err = errors.Join(err, e.stop(), os.RemoveAll(e.dir)) }() // which is large
	}
	for _, turn := range turns(w.n, o.cold) {
		say("lists: %s: %s", strings.Join(names, ", "), turn.step)
		for range turn.rounds {
			for _, e := range engines {
				if err := all[e.name].take(ctx, e, turn.step); err != nil {
					return err
				}
			}
		}
	}
	for _, e := range engines {
		if e.name == ownName {
			if err := f.takeOurs(ctx, o, e, all[e.name]); err != nil {
				return err
			}
		}
		f.Engines[e.name] = all[e.name].figures(w)
	}
	return nil
}

// takeOurs takes the steps that are of our store alone.
func (f *listFigures) takeOurs(ctx context.Context, o options, e *engine, t *taken) error {
	r, err := e.do(ctx, job.Verify)
	if err != nil {
		return fmt.Errorf("after the deltas: %w", err)
	}
	t.replies[stepVerifyAgain] = []job.Reply{r}
	if err := e.stop(); err != nil {
		return err
	}
	say("lists: memory curve")
	if f.Limited, err = limited(ctx, o, e); err != nil {
		f.Skipped = append(f.Skipped, fmt.Sprintf("the memory curve is missing or cut short: %v", err))
	}
	return nil
}
