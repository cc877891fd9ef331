package registrytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/list"
	"portcullis/central/registry"
	"portcullis/central/synthetic"
)

// Opener opens the store at a place, as another process can.
type Opener func(place string) (registry.Store, error)

// Imports tries how imports behave. Places are where nothing is yet.
func Imports(t *testing.T, open Opener, fresh func(*testing.T) string) {
	for name, f := range map[string]func(*testing.T, Opener, func(*testing.T) string){
		"GarbageIsRejectedByLineAndTheRestTaken":   garbageIsRejected,
		"AnImportGoesOnBetweenAnyTwoTransactions":  goesOnAnywhere,
		"AFullLoadGoesOnBetweenAnyTwoTransactions": loadGoesOnAnywhere,
		"AKilledImportGoesOn":                      killedImportGoesOn,
		"AKilledFullLoadGoesOn":                    killedLoadGoesOn,
		"TwoImportsOfOneFileExcludeEachOther":      twoImportsOfOneFile,
		"TwoImportsOfTwoFilesAreOneBehindAnother":  twoImportsOfTwoFiles,
		"TwoFinishersOfALoadLoseNothing":           twoFinishers,
		"AnAbortedLoadIsNotDone":                   abortedIsNotDone,
		"RejectedLinesKeepAFullLoadOpen":           rejectedLinesKeepALoadOpen,
		"AnImportThatIsDoneIsNotDoneAgain":         doneIsNotDoneAgain,
		"ASourceThatBreaksOffKeepsWhatWasWhole":    brokenOffSource,
	} {
		t.Run(name, func(t *testing.T) { f(t, open, fresh) })
	}
}

// lines is how many records a file of the tests has: some batches.
const lines = 13_000

// garbage stands among the records of a file, each many times.
var garbage = []string{
	`{"number":"UT1","issuing_state":"UTO","type":"P","status":"lost","country":"UTO"}`,
	`{"number":"UT000777","issuing_state":"UTO","type":"P","status":"lost"}`,
	"\x00\xff\xfe garbage", `{"number":`, `[]`, ``,
	`{"number":"UT000778","issuing_state":"UTO","type":"P","status":"lost","country":"UTO","expires":"2020-01-01"}`,
}

// writeRecords makes a file of records with garbage among them, which repeat
// from time to time.
func writeRecords(t testing.TB, count int, dirty bool) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "records.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	enc := json.NewEncoder(f)
	i := 0
	for r := range synthetic.Records(7, count) {
		if err := enc.Encode(r); err != nil {
			t.Fatal(err)
		}
		if i++; dirty && i%100 == 0 {
			fmt.Fprintln(f, garbage[i/100%len(garbage)])
		}
		if dirty && i%1000 == 0 {
			enc.Encode(r)
		}
	}
	return path
}

func openDesk(t *testing.T, open Opener, place string) desk {
	t.Helper()
	s, err := open(place)
	if err != nil {
		t.Fatal(err)
	}
	return newDesk(t, s)
}

// An outcome is all that an import leads to.
type outcome struct {
	Records    []list.Record
	Statistics registry.Statistics
	Progress   registry.Progress
	Rejected   []registry.Error
}

// outcome returns where an import led, without the cursors, which count
// transactions.
func (d desk) outcome(p registry.Progress, job registry.Job) (o outcome) {
	d.t.Helper()
	o.Records, _ = d.all()
	o.Statistics, o.Progress = d.statistics(), p
	d.must(d.Rejected(ctx, p, job, func(e registry.Error) error {
		o.Rejected = append(o.Rejected, e)
		return nil
	}))
	o.Statistics.Cursor, o.Progress.Cursor = 0, 0
	return o
}

func silent(registry.Progress) {}

// uninterrupted is the outcome of a job at a new place.
func uninterrupted(t *testing.T, open Opener, place string, prepare func(desk), job registry.Job) outcome {
	t.Helper()
	d := openDesk(t, open, place)
	defer d.Close()
	prepare(d)
	p, err := d.Import(ctx, job, Today, silent)
	d.must(err)
	return d.outcome(p, job)
}

func nothing(desk) {}

func garbageIsRejected(t *testing.T, open Opener, fresh func(*testing.T) string) {
	job := registry.Job{Files: []string{writeRecords(t, lines, true)}}
	o := uninterrupted(t, open, fresh(t), nothing, job)
	p := o.Progress
	if p.Taken != lines || len(o.Records) != lines || p.Rejected == 0 || p.Expired == 0 || p.Lines != p.Taken+p.Rejected+p.Expired || !p.Done || p.Bytes != p.Total {
		t.Errorf("got %+v", p)
	}
	if len(o.Rejected) != int(p.Rejected) { // each breaks one rule
		t.Errorf("%d rejections told, %d counted", len(o.Rejected), p.Rejected)
	}
	rules, last := map[registry.Rule]int{}, 0
	for _, e := range o.Rejected {
		rules[e.Rule]++
		if e.Line < last || e.Source != job.Files[0] || strings.Contains(e.Error(), "UT0007") {
			t.Errorf("rejected %v behind line %d", e, last)
		}
		last = e.Line
	}
	for _, rule := range []registry.Rule{registry.LineInvalid, registry.NumberInvalid, registry.NumberPresent, registry.CountryMissing} {
		if rules[rule] == 0 {
			t.Errorf("nothing was rejected by %s", rule)
		}
	}
}

// errCut is what the transactions of a store that is cut off end with.
var errCut = errors.New("cut off")

// A cut store does some transactions, and no more: for what has been written,
// that is as if the process were killed.
type cut struct {
	registry.Store
	left int
}

func (c *cut) Update(ctx context.Context, f func(registry.Tx) error) error {
	if c.left--; c.left < 0 {
		return errCut
	}
	return c.Store.Update(ctx, f)
}

// goesOnAnywhere starts a job again and again, and lets each start do a few
// transactions.
func goesOnAnywhere(t *testing.T, open Opener, fresh func(*testing.T) string) {
	job := registry.Job{Files: []string{writeRecords(t, lines, true), writeRecords(t, 10, false)}}
	want := uninterrupted(t, open, fresh(t), nothing, job)
	interrupted(t, open, fresh(t), nothing, job, want)
}

func loadGoesOnAnywhere(t *testing.T, open Opener, fresh func(*testing.T) string) {
	job := registry.Job{Files: []string{writeRecords(t, lines, true)}, Replace: true, SkipInvalid: true}
	before := func(d desk) {
		_, err := d.Import(ctx, registry.Job{Files: []string{writeOther(d.t)}}, Today, silent)
		d.must(err)
	}
	want := uninterrupted(t, open, fresh(t), before, job)
	if len(want.Records) != lines {
		t.Errorf("%d records, want %d", len(want.Records), lines)
	}
	interrupted(t, open, fresh(t), before, job, want)
}

// writeOther makes a file of records that a load removes, and of some that it
// brings again.
func writeOther(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile(writeRecords(t, 500, false))
	if err != nil {
		t.Fatal(err)
	}
	var more strings.Builder
	for i := range 6000 {
		fmt.Fprintf(&more, `{"number":"UT%06d","issuing_state":"UTO","type":"P","status":"lost","country":"UTO"}`+"\n", i)
	}
	path := filepath.Join(t.TempDir(), "other.jsonl")
	if err := os.WriteFile(path, append(data, more.String()...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func interrupted(t *testing.T, open Opener, place string, prepare func(desk), job registry.Job, want outcome) {
	t.Helper()
	store, err := open(place)
	if err != nil {
		t.Fatal(err)
	}
	prepare(newDesk(t, store))
	for starts := 1; starts < 100; starts++ {
		c := &cut{store, 3 + starts/4} // one to open, one to find the job, the others of work
		d := newDeskOpen(t, c)
		p, err := d.Import(ctx, job, Today, silent)
		switch {
		case errors.Is(err, errCut):
			continue
		case err != nil:
			t.Fatal(err)
		}
		if starts < 5 {
			t.Errorf("the import was done after %d starts: it was hardly interrupted", starts)
		}
		if diff := cmp.Diff(want, d.outcome(p, job)); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		return
	}
	t.Error("the import never ends")
}

// newDeskOpen is a desk whose store the test still needs.
func newDeskOpen(t *testing.T, s registry.Store) desk {
	t.Helper()
	r, err := registry.Open(ctx, s, "sltd", Key())
	if err != nil {
		t.Fatal(err)
	}
	return desk{r, t}
}

// BenchmarkImport takes in a file of many records.
func BenchmarkImport(b *testing.B, open Opener, place func() string) {
	const many = 200_000
	job := registry.Job{Files: []string{writeRecords(b, many, false)}}
	for b.Loop() {
		s, err := open(place())
		if err != nil {
			b.Fatal(err)
		}
		r, err := registry.Open(ctx, s, "sltd", Key())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.Import(ctx, job, Today, silent); err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
	b.ReportMetric(float64(b.N*many)/b.Elapsed().Seconds(), "records/s")
}
