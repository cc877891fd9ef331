package registrytest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"portcullis/central/registry"
)

func twoImportsOfOneFile(t *testing.T, open Opener, fresh func(*testing.T) string) {
	d := openDesk(t, open, fresh(t))
	job := registry.Job{Files: []string{writeRecords(t, lines, false)}}
	// The first waits behind its first batch until the second has one too.
	wait := make(chan struct{})
	var once sync.Once
	var first error
	var all sync.WaitGroup
	started := make(chan struct{})
	all.Go(func() {
		_, first = d.Import(ctx, job, Today, func(registry.Progress) {
			once.Do(func() {
				close(started)
				<-wait
			})
		})
	})
	<-started
	var told sync.Once
	_, second := d.Import(ctx, job, Today, func(registry.Progress) { told.Do(func() { close(wait) }) })
	all.Wait()
	if !errors.Is(first, registry.ErrImporting) || second != nil {
		t.Errorf("the first ends with %v, the second with %v: want one refused, one done", first, second)
	}
	if n := d.statistics().Records; n != lines {
		t.Errorf("%d records, want %d", n, lines)
	}
}

func twoImportsOfTwoFiles(t *testing.T, open Opener, fresh func(*testing.T) string) {
	d := openDesk(t, open, fresh(t))
	var all sync.WaitGroup
	for _, file := range []string{writeRecords(t, lines, false), writeOther(t)} {
		all.Go(func() {
			if _, err := d.Import(ctx, registry.Job{Files: []string{file}}, Today, silent); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := d.statistics().Records; n != lines+6000 {
		t.Errorf("%d records, want %d", n, lines+6000)
	}
}

// A gated store halts before one of its transactions.
type gated struct {
	registry.Store
	left          int // transactions before the gate
	reached, open chan struct{}
}

func (g *gated) Update(ctx context.Context, f func(registry.Tx) error) error {
	if g.left--; g.left == -1 {
		close(g.reached)
		<-g.open
	}
	return g.Store.Update(ctx, f)
}

// twoFinishers halts one finisher of a load while it looks for what to remove,
// and has another finish the load meanwhile.
func twoFinishers(t *testing.T, open Opener, fresh func(*testing.T) string) {
	store, err := open(fresh(t))
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, store)
	_, err = d.Import(ctx, registry.Job{Files: []string{writeOther(t)}}, Today, silent)
	d.must(err)
	_, err = d.Import(ctx, registry.Job{Files: []string{writeRecords(t, lines, true)}, Replace: true}, Today, silent)
	d.refused(err, registry.ErrRejected)

	g := &gated{store, 3, make(chan struct{}), make(chan struct{})} // to open, to begin, and a first page
	slow := newDeskOpen(t, g)
	var all sync.WaitGroup
	all.Go(func() {
		if err := slow.FinalizeInit(ctx, "", Today); !errors.Is(err, registry.ErrNotLoading) {
			t.Errorf("got %v", err)
		}
	})
	<-g.reached
	d.must(d.FinalizeInit(ctx, "", Today))
	close(g.open)
	all.Wait()
	if n := d.statistics().Records; n != lines {
		t.Errorf("%d records, want %d", n, lines)
	}
}

func rejectedLinesKeepALoadOpen(t *testing.T, open Opener, fresh func(*testing.T) string) {
	d := openDesk(t, open, fresh(t))
	d.create(passport(1))
	job := registry.Job{Files: []string{writeRecords(t, 5000, true)}, Replace: true}
	_, err := d.Import(ctx, job, Today, silent)
	d.refused(err, registry.ErrRejected)
	d.holds(passport(1))
	if s := d.statistics(); len(s.Loads) != 1 || len(s.Imports) != 1 {
		t.Errorf("%d loads and %d imports are open, want one each", len(s.Loads), len(s.Imports))
	}
	d.must(d.AbortInit(ctx, ""))
	d.holds(passport(1))
	if s := d.statistics(); len(s.Loads) != 0 || len(s.Imports) != 0 {
		t.Errorf("%d loads and %d imports are open, want none", len(s.Loads), len(s.Imports))
	}
	_, err = d.Import(ctx, job, Today, silent) // from the beginning
	d.refused(err, registry.ErrRejected)
	job.SkipInvalid = true
	p, err := d.Import(ctx, job, Today, silent)
	d.must(err)
	if n := d.statistics().Records; n != 5000 || p.Taken != 5000 {
		t.Errorf("%d records of %d taken, want 5000", n, p.Taken)
	}

	empty := filepath.Join(t.TempDir(), "empty.csv")
	d.must(os.WriteFile(empty, []byte("number,issuing_state,type,status\n"), 0o600))
	job = registry.Job{Files: []string{empty}, Replace: true}
	_, err = d.Import(ctx, job, Today, silent)
	d.refused(err, registry.ErrEmpty)
	job.AllowEmpty = true
	_, err = d.Import(ctx, job, Today, silent)
	d.must(err)
	d.holds()
}

func abortedIsNotDone(t *testing.T, open Opener, fresh func(*testing.T) string) {
	d := openDesk(t, open, fresh(t))
	d.create(passport(1))
	job := registry.Job{Files: []string{writeRecords(t, 1000, false)}, Replace: true}
	_, err := d.Import(ctx, job, Today, func(registry.Progress) { d.must(d.AbortInit(ctx, "")) }) // behind the last batch
	d.refused(err, registry.ErrImporting)
	d.holds(passport(1))
	p, err := d.Import(ctx, job, Today, silent) // from the beginning
	d.must(err)
	if n := d.statistics().Records; n != 1000 || p.Taken != 1000 {
		t.Errorf("%d records of %d taken, want 1000", n, p.Taken)
	}
}

func doneIsNotDoneAgain(t *testing.T, open Opener, fresh func(*testing.T) string) {
	d := openDesk(t, open, fresh(t))
	job := registry.Job{Files: []string{writeRecords(t, 1000, true)}}
	first, err := d.Import(ctx, job, Today, silent)
	d.must(err)
	told := 0
	second, err := d.Import(ctx, job, Today.AddDate(0, 0, 1), func(registry.Progress) { told++ })
	d.must(err)
	if first != second || told > 0 {
		t.Errorf("done again: %d batches, %+v", told, second)
	}
	d.create(passport(1)) // now it is another matter
	third, err := d.Import(ctx, job, Today, silent)
	d.must(err)
	if third.Taken != 0 || third.Rejected != first.Rejected+first.Taken {
		t.Errorf("got %+v", third)
	}
}

func brokenOffSource(t *testing.T, open Opener, fresh func(*testing.T) string) {
	d := openDesk(t, open, fresh(t))
	path := filepath.Join(t.TempDir(), "records.csv")
	var text strings.Builder
	text.WriteString("number,issuing_state,type,status,country\n")
	for i := range 5000 {
		fmt.Fprintf(&text, "UT%06d,UTO,P,lost,UTO\n", i)
	}
	text.WriteString("\"UT009999,UTO,P,lost,UTO\n")
	d.must(os.WriteFile(path, []byte(text.String()), 0o600))
	_, err := d.Import(ctx, registry.Job{Files: []string{path}}, Today, silent)
	if err == nil || strings.Contains(err.Error(), "9999") {
		t.Errorf("got %v", err)
	}
	if n := d.statistics().Records; n != 5000 {
		t.Errorf("%d records, want the 5000 before the quote", n)
	}
	ended, end := context.WithCancel(ctx)
	end()
	if _, err := d.Import(ended, registry.Job{Files: []string{path}}, Today, silent); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
