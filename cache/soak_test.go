package cache_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache"
	"portcullis/cache/feed"
)

const (
	soakFolder = "CACHE_SOAK_FOLDER" // of the store that a child process works on
	soakPlan   = "CACHE_SOAK_PLAN"   // what it does there
	soakRounds = "CACHE_SOAK_ROUNDS" // kills; the soak is run only where they are named
)

// maxStoreUse is what the store of the soak may take on the disk. The list has
// some 20 kB. Badger keeps up to five flushed logs in level 0 of each tree
// before it merges them, and notes up to ten thousand dead tables in a
// manifest before it writes that anew; the rest is empty at a clean end.
const maxStoreUse = 4 << 20

// TestSoakChild is the child of the soak: it does what its plan says, tells
// each step before and after, and then waits to be killed.
func TestSoakChild(t *testing.T) {
	dir := os.Getenv(soakFolder)
	if dir == "" {
		return // not a child
	}
	w := &soakWorker{t: t, dir: dir, m: newModel(t)}
	for n, step := range strings.Fields(os.Getenv(soakPlan)) {
		w.prepare(step)
		fmt.Println("begin", step, n)
		w.do(step)
		fmt.Println("end", step)
	}
	fmt.Println("idle")
	io.Copy(io.Discard, os.Stdin) // until killed, or left alone
}

type soakWorker struct {
	t     *testing.T
	dir   string
	m     *model
	store *cache.Store
	p     *publisher
	next  map[feed.Kind]feed.Content
}

// prepare does what is no work of the store.
func (w *soakWorker) prepare(step string) {
	if step != "delta" && step != "load" {
		return
	}
	if w.p == nil {
		w.p = w.m.publisher(w.t, w.store.Position("sltd").Sequence)
	}
	w.next = w.m.next(w.p)
}

func (w *soakWorker) do(step string) {
	switch step {
	case "damage":
		w.damage()
	case "open":
		w.store = openStore(w.t, w.dir)
	case "resume":
		w.must(w.store.Resume(context.Background()))
	case "delta":
		w.apply(feed.Delta)
	case "load":
		w.apply(feed.Snapshot)
	case "verify":
		_, err := w.store.Verify(context.Background(), "sltd")
		w.must(err)
	case "repair":
		w.repair()
	case "scrub":
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		w.must(w.store.Tend(ctx, "sltd", 10*time.Millisecond))
	case "close":
		w.must(w.store.Close())
	default:
		w.t.Fatal("no such step: " + step)
	}
}

func (w *soakWorker) must(err error) {
	if err != nil {
		w.t.Fatal(err)
	}
}

// apply applies the next release, as a delta where there can be one.
func (w *soakWorker) apply(kind feed.Kind) {
	c, ok := w.next[kind]
	if !ok {
		c = w.next[feed.Snapshot]
	}
	before, done := w.store.Position("sltd").Sequence, make(chan struct{})
	go func() { // tells when it is live, and only what it replaced is to be deleted
		for w.store.Position("sltd").Sequence == before {
			select {
			case <-done:
				return
			case <-time.After(100 * time.Microsecond):
			}
		}
		fmt.Println("live")
	}()
	apply(w.t, w.store, c)
	close(done)
	fmt.Println("applied", w.p.sequence)
}

// damage flips a bit in some shards, before the store is opened.
func (w *soakWorker) damage() {
	folders, _ := filepath.Glob(filepath.Join(w.dir, "sltd-*"))
	for _, folder := range folders {
		tamper(w.t, folder, func(txn *badger.Txn) error {
			for _, key := range someShards(txn) {
				w.must(flipped(txn, key))
			}
			return nil
		})
	}
}

// someShards returns a few keys of shards.
func someShards(txn *badger.Txn) (some [][]byte) {
	it := txn.NewIterator(badger.DefaultIteratorOptions)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if key := it.Item().KeyCopy(nil); key[0] == 'S' && rand.IntN(20) == 0 {
			some = append(some, key)
		}
	}
	return some
}

// repair takes bad shards from a snapshot of the release that is held.
func (w *soakWorker) repair() {
	held := w.store.Position("sltd").Sequence
	if held == 0 {
		return
	}
	r := repairFromModel(w.t, w.store, w.m)
	if len(r.Left) > 0 {
		w.t.Fatalf("a repair leaves %d shards bad", len(r.Left))
	}
}

func repairFromModel(t *testing.T, s *cache.Store, m *model) cache.RepairReport {
	t.Helper()
	file := snapshotFile(t, modelShardBits, m.records(s.Position("sltd").Sequence))
	snapshot, err := s.OpenSnapshot("sltd", bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Repair(context.Background(), "sltd", snapshot)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAThousandKillsLoseNothing kills a process at random moments of all that
// it does to a store, and looks at the whole store after each.
func TestAThousandKillsLoseNothing(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv(soakRounds))
	if err != nil {
		t.Skip("takes minutes: run make soak-lists")
	}
	s := newSoak(t)
	began := time.Now()
	for n := 1; n <= rounds; n++ {
		s.round()
		if n%100 == 0 {
			t.Logf("%d kills: release %d, %d kB on the disk in %d files, killed in %v", n, s.acknowledged, s.use>>10, s.files, s.phases)
		}
	}
	t.Logf("soak: %d kills checked, %d more in a row, in %v; %d releases; at most %d kB on the disk; killed in %v; %d after damage; "+
		"torn %d times: %d refused, %d served with errors, %d whole; nothing lost, no wrong answer, nothing left behind",
		rounds, s.more, time.Since(began).Round(time.Second), s.acknowledged, s.most>>10, s.phases, s.damaged, s.torn.count, s.torn.refused, s.torn.partial, s.torn.whole)
	for _, phase := range []string{"load", "delta", "reclaim", "idle"} {
		if s.phases[phase] < rounds/25 {
			t.Errorf("only %d of %d kills fell into %s", s.phases[phase], rounds, phase)
		}
	}
}
