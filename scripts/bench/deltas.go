package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"portcullis/scripts/bench/job"
)

// deltaSizes are the changes of each delta, half of them removed and half
// added. The first is a quiet hour's; the next are a day's, the same for
// no reader, one and two. A small list has smaller ones.
var deltaSizes = []int{1250, 30_000, 30_000, 30_000}

// writeDeltas writes what each delta removes and adds.
func (m *making) writeDeltas(added []packed) error {
	pick := m.removable()
	for i, size := range m.deltas {
		come, gone := added[:size/2:size/2], make([]packed, size/2)
		added = added[size/2:]
		for j := range gone {
			gone[j] = pick()
		}
		slices.SortFunc(come, comparePacked)
		slices.SortFunc(gone, comparePacked)
		removedFile, addedFile := job.DeltaFiles(i + 1)
		_, err := writePacked(m.folder.Path(removedFile), gone)
		_, err2 := writePacked(m.folder.Path(addedFile), come)
		if err := errors.Join(err, err2); err != nil {
			return err
		}
	}
	return nil
}

// removable returns what picks a record of the list by chance, each once, and
// none that is looked up.
func (m *making) removable() (pick func() packed) {
	taken := map[uint64]bool{}
	d := newDigester(m.key[:])
	for _, r := range m.hits {
		taken[d.digest(r.Number)] = true
	}
	rnd := rand.New(rand.NewPCG(removedSeed, 0))
	return func() packed {
		r := m.records[rnd.IntN(len(m.records))]
		for taken[r.digest] {
			r = m.records[rnd.IntN(len(m.records))]
		}
		taken[r.digest] = true
		return r
	}
}

// publish publishes the list and all deltas, for the store that takes in
// releases.
func (w *workload) publish(ctx context.Context) error {
	say("publish the list")
	l, err := openListed(w.folder)
	if err != nil {
		return err
	}
	key, err := l.key()
	if err != nil {
		return err
	}
	c, err := beginCentral(w.folder.Path(releaseFolder), w.folder.Path(rolesFolder), time.Now())
	if err != nil {
		return err
	}
	p, err := c.publisher(key, deltasOnly())
	if err != nil {
		return err
	}
	if _, err := p.PublishAll(ctx, time.Now(), l.all()); err != nil {
		return err
	}
	for i := range w.deltas {
		change, err := l.delta(i + 1)
		if err == nil {
			_, err = publishDelta(ctx, p, time.Now(), change)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func sumOf(values []int) (sum int) {
	for _, v := range values {
		sum += v
	}
	return sum
}
