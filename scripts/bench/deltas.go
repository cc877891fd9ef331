package main

import (
	"crypto/ed25519"
	"errors"
	"math/rand/v2"
	"slices"

	"portcullis/cache/list"
	"portcullis/scripts/bench/job"
)

// deltaSizes are the changes of each delta, half of them removed and half
// added. The first is a quiet day's; the next are a busy one's, the same for
// no reader, one and two. A small list has smaller ones.
var deltaSizes = [...]int{1250, 30_000, 30_000, 30_000}

// publish makes the releases, and the deltas for the peers.
func (m *making) publish(signer ed25519.PrivateKey, added []packed) error {
	key, err := list.NewKey(m.key[:])
	if err != nil {
		return err
	}
	p := &publisher{dir: m.folder.Path(releaseFolder), signer: signer, codes: m.codes, base: m.records}
	if err := p.snapshot(key.ID()); err != nil {
		return err
	}
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
		if err := errors.Join(err, err2, p.delta(gone, come)); err != nil {
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

func sumOf(values []int) (sum int) {
	for _, v := range values {
		sum += v
	}
	return sum
}
