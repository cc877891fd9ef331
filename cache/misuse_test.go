package cache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// TestAnotherProcessOpens is the child of the test below.
func TestAnotherProcessOpens(t *testing.T) {
	dir := os.Getenv(soakFolder)
	if dir == "" {
		return // not a child
	}
	_, err := cache.Open(dir, options())
	fmt.Println("held by another:", errors.Is(err, cache.ErrHeld))
}

func TestASecondProcessIsRefusedAndDisturbsNothing(t *testing.T) {
	dir, m := storeFolder(t), newModel(t)
	s := openStore(t, dir)
	p := m.publisher(t, 0)
	apply(t, s, m.next(p)[feed.Snapshot])
	for range 3 {
		child := exec.Command(os.Args[0], "-test.run=^TestAnotherProcessOpens$")
		child.Env = append(os.Environ(), soakFolder+"="+dir)
		out, err := child.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "held by another: true") {
			t.Fatalf("a second process: %v\n%s", err, out)
		}
		apply(t, s, m.next(p)[feed.Delta])
		m.mustBeWhole(t, s)
	}
}

// storeOf returns the closed store of some releases of the model: a snapshot
// and deltas.
func storeOf(t *testing.T, m *model, releases int) string {
	t.Helper()
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := m.publisher(t, 0)
	apply(t, s, m.next(p)[feed.Snapshot])
	for range releases - 1 {
		apply(t, s, m.next(p)[feed.Delta])
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAGenerationThatIsPutInThePlaceOfAnotherIsNotServed(t *testing.T) {
	m := newModel(t)
	older, newer := storeOf(t, m, 1), storeOf(t, m, 2) // one key, one name, one number
	for name, c := range map[string]struct{ from, to string }{
		"an old copy of itself":       {generation(older, 1), generation(newer, 1)},
		"the book of another":         {generation(older, 1) + "/../book", generation(newer, 1)},
		"a generation for the book":   {generation(older, 1), generation(newer, 1) + "/../book"},
		"an old book for the new one": {generation(older, 1) + "/../book", generation(newer, 1) + "/../book"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := storeFolder(t)
			copySparse(t, newer, dir)
			to := strings.Replace(c.to, newer, dir, 1)
			if err := os.RemoveAll(to); err != nil {
				t.Fatal(err)
			}
			copySparse(t, c.from, to)
			s, err := openQuietly(dir)
			if err != nil {
				return // refused
			}
			defer s.Close()
			if s.Status()[0].Err == nil {
				t.Errorf("the list is served as release %d", s.Status()[0].Release)
			}
			m.mustAnswer(t, s, false)
			apply(t, s, m.next(m.publisher(t, 2))[feed.Snapshot])
			m.mustBeWhole(t, s)
		})
	}
}

func TestAJournalThatIsSwappedIsNotApplied(t *testing.T) {
	m := newModel(t)
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := m.publisher(t, 0)
	apply(t, s, m.next(p)[feed.Snapshot])
	if err := s.Apply(canceled(), m.next(p)[feed.Delta]); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s.Close()
	tamper(t, generation(dir, 1), func(txn *badger.Txn) error { // sealed with the same key, for another place
		return txn.Set(versionKey('J', 0, 2), get(txn, versionKey('S', 3, 1)))
	})
	s = openStore(t, dir)
	if err := s.Resume(context.Background()); err == nil {
		t.Error("a journal that holds something else was applied")
	}
	m.mustBeWhole(t, s)
	if held := s.Position("sltd").Sequence; held != 1 {
		t.Errorf("release %d is held", held)
	}
}

func TestAClockThatJumpsChangesNoAnswer(t *testing.T) {
	dir, m := storeOf(t, newModel(t), 2), newModel(t)
	s := openStore(t, dir)
	future, past := time.Now().AddDate(50, 0, 0), time.Unix(0, 0)
	for _, at := range []time.Time{past, future, past} {
		if err := s.Checked("sltd", at); err != nil {
			t.Fatal(err)
		}
		m.mustBeWhole(t, s)
	}
	if got := s.Status()[0].Checked; !got.Equal(future.UTC().Truncate(time.Second)) {
		t.Errorf("checked at %v", got)
	}
	s.Close()
	m.mustBeWhole(t, openStore(t, dir))
}

// TestLookUpsRaceAllThatChangesAStore is for the race detector, and for panics.
func TestLookUpsRaceAllThatChangesAStore(t *testing.T) {
	m := newModel(t)
	for _, end := range []string{"close", "erase"} {
		t.Run(end, func(t *testing.T) {
			s := openStore(t, storeFolder(t))
			p := m.publisher(t, 0)
			apply(t, s, m.next(p)[feed.Snapshot])
			ctx, cancel := context.WithCancel(context.Background())
			var others sync.WaitGroup
			loop := func(do func()) {
				others.Go(func() {
					for ctx.Err() == nil {
						do()
					}
				})
			}
			for range 2 {
				n := 0
				loop(func() {
					n++
					a, err := s.Lookup(cache.Query{Number: modelNumber(n % modelNumbers), Class: list.Passport, Issuer: codes[n%modelNumbers%3]})
					if err != nil || a.Lists[0].Err == nil && len(a.Matches) > 1 {
						t.Errorf("the look-up answers %+v, %v", a, err)
					}
				})
			}
			loop(func() {
				s.Verify(ctx, "sltd")
				s.Repair(ctx, "sltd", nil)
				s.Checked("sltd", time.Now())
				s.Status()
			})
			others.Go(func() { s.Tend(ctx, "sltd", time.Millisecond) })
			for n := range 6 {
				c := m.next(p)
				apply(t, s, c[[]feed.Kind{feed.Delta, feed.Delta, feed.Snapshot}[n%3]])
			}
			next := m.next(p)[feed.Delta]
			others.Go(func() { s.Apply(ctx, next) })
			if err := map[string]func() error{"close": s.Close, "erase": s.Erase}[end](); err != nil {
				t.Error(err)
			}
			cancel()
			others.Wait()
			a, err := s.Lookup(cache.Query{Number: modelNumber(1), Class: list.Passport, Issuer: "D"})
			if err != nil || len(a.Matches) > 0 || a.Lists[0].Err == nil {
				t.Errorf("after it has ended the look-up answers %+v, %v", a, err)
			}
		})
	}
}
