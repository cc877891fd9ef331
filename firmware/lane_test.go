package firmware_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/keys"
	"portcullis/cache/list"
	"portcullis/drivers"
	"portcullis/drivers/sim"
	"portcullis/firmware"
	"portcullis/firmware/audit"
	"portcullis/firmware/console"
	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
	"portcullis/firmware/subject"
	"portcullis/mrz"
)

// openStore returns a store with a list on which the passports of Utopia with
// these numbers are stolen. It was issued when [feedtest.Issued] says.
func openStore(t *testing.T, stolen ...string) *cache.Store {
	t.Helper()
	dir := t.TempDir()
	key, err := list.NewKey(bytes.Repeat([]byte{1}, list.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sltd.key"), bytes.Repeat([]byte{1}, list.KeySize), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := cache.Open(filepath.Join(dir, "lists"), cache.Options{Keys: keys.NewRing(dir, keys.Machine{}), Lists: []string{"sltd"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	records := feedtest.Records(1, 100)
	for _, number := range stolen {
		digest, err := key.Digest(number)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, list.Record{Digest: digest, Class: list.Passport, Issuer: "UTO", Status: list.Stolen, Date: 13000, Country: "UTO"})
	}
	p := &feedtest.Publisher{List: "sltd", ShardBits: 2}
	made := p.Release(t, records)
	r := feedtest.Builder{Release: made.Manifest.Release}
	r.Release.KeyID = key.ID()
	r.Add(feed.Step{}, made.Files[made.Step(feed.Snapshot).Name])
	err = s.Apply(t.Context(), r.Done().Content(t, feed.Snapshot))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// noon is when a lane of these tests begins: an hour after its list was issued.
var noon = feedtest.Issued.Add(time.Hour)

// A bench is a lane at work, with everything real but its reader and what hangs
// on the lines of its board. Its time is that of a test.
type bench struct {
	t     *testing.T
	lane  *firmware.Lane
	board *sim.Lane
	parts firmware.Parts
	dir   string // the data folder

	events chan drivers.ReaderEvent

	mu     sync.Mutex       // guards what follows
	did    []station.Action // what the lane did
	log    *audit.Log       // that was opened last
	logErr error            // why it cannot be opened
}

// atWork runs a lane in a bubble of time, and ends it after the test.
func atWork(t *testing.T, store *cache.Store, change func(*bench), test func(*bench)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(noon)) // a bubble begins in another year
		b := newBench(t, store, dir)
		if change != nil {
			change(b)
		}
		stop := b.run()
		defer stop()
		b.pass(time.Second) // until the contacts of the gate have spoken
		test(b)
	})
}

func newBench(t *testing.T, store *cache.Store, dir string) *bench {
	t.Helper()
	b := &bench{t: t, dir: dir, events: make(chan drivers.ReaderEvent)}
	var err error
	if b.board, err = sim.NewLane(sim.LaneTimes{}, firmware.Folder(dir).Tamper()); err != nil {
		t.Fatal(err)
	}
	b.parts = firmware.Parts{
		Name: "1", Version: "test",
		Reader: b, Gate: b.board.Gate(), Lights: b.board.Lights(), Buzzer: b.board.Buzzer(), Display: b.board.Display(),
		Lists: store, Log: b.openLog,
		Subjects: func() (*subject.Keys, error) { return subject.Open(filepath.Join(dir, "subjects"), time.Now()) },
		Policy:   inspect.Policy{AcceptSpecimens: true, RequiredLists: []string{"sltd"}},
		Metrics:  firmware.NewMetrics("test"), Logger: slog.New(slog.DiscardHandler),
		Watch: b.watch,
	}
	b.parts.Console = console.New(console.Options{})
	return b
}

func (b *bench) auditDir() string { return filepath.Join(b.dir, "audit") }

// openLog opens the log, unless the test has it fail.
func (b *bench) openLog() (*audit.Log, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.logErr != nil {
		return nil, b.logErr
	}
	var err error
	b.log, err = audit.Open(b.auditDir(), audit.Options{})
	return b.log, err
}

// breakLog has the next write to the log fail, and until it is mended any try to
// open it again.
func (b *bench) breakLog(why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.logErr = why; b.log != nil {
		b.log.Close()
	}
}

func (b *bench) mendLog() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.logErr = nil
}

func (b *bench) watch(a station.Action) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.did = append(b.did, a)
}

// actions are what the lane did so far.
func (b *bench) actions() []station.Action {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.did)
}

// run starts the lane and its board; a reader is plugged in.
func (b *bench) run() (stop func()) {
	b.lane = firmware.NewLane(b.parts)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- b.lane.Run(ctx) }()
	go func() { ended <- b.board.Run(ctx) }()
	b.events <- drivers.ReaderEvent{At: time.Now(), State: drivers.ReaderReady}
	return func() {
		cancel()
		if err := errors.Join(<-ended, <-ended); err != nil {
			b.t.Error(err)
		}
	}
}

// Run makes a bench the reader of its lane: it delivers what tests present.
func (b *bench) Run(ctx context.Context, events chan<- drivers.ReaderEvent) error {
	for {
		select {
		case e := <-b.events:
			select {
			case events <- e:
			case <-ctx.Done():
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// present has a document read, and waits until the lane has dealt with it; no
// time passes.
func (b *bench) present(lines []string) {
	b.events <- drivers.ReaderEvent{At: time.Now(), State: drivers.ReaderReady, Reading: &drivers.Reading{Lines: lines, At: time.Now()}}
	synctest.Wait()
}

// pass lets time pass.
func (b *bench) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// passport returns the zone of a passport that is good for a few years.
func (b *bench) passport(number string) []string {
	b.t.Helper()
	lines, err := mrz.Compose(mrz.TD3, mrz.Fields{
		Code: "P", IssuingState: "UTO", Number: number, Primary: "ERIKSSON", Secondary: "ANNA MARIA",
		Nationality: "UTO", BirthDate: "740812", Sex: "F", ExpiryDate: "300101",
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return lines
}

// last returns what the pages were told last of a passage, and of the lane.
func (b *bench) last() (p station.Passage, l station.Lane) {
	for _, a := range b.actions() {
		switch a := a.(type) {
		case station.Passage:
			p = a
		case station.Lane:
			l = a
		}
	}
	return p, l
}

// state is what the lane shows itself to be in.
func (b *bench) state() station.State {
	_, l := b.last()
	return l.State
}

// released counts how often the gate was released.
func (b *bench) released() (n int) {
	for _, a := range b.actions() {
		if g, ok := a.(station.Gate); ok && g.Command == station.Release {
			n++
		}
	}
	return n
}

// recorded returns the entries of the log as they are on the disk.
func (b *bench) recorded() (entries []audit.Entry) {
	b.t.Helper()
	_, err := audit.Walk(b.auditDir(), func(r audit.Record) error {
		entries = append(entries, r.Entry)
		return nil
	})
	if err != nil {
		b.t.Error(err)
	}
	return entries
}

// kinds are the kinds of the entries of the log.
func kinds(entries []audit.Entry) (all []string) {
	for _, e := range entries {
		all = append(all, e.Kind)
	}
	return all
}

// mustBe checks the state of the lane.
func (b *bench) mustBe(want station.State, causes ...inspect.Code) {
	b.t.Helper()
	if _, l := b.last(); l.State != want || !slices.Equal(l.Causes, causes) {
		b.t.Errorf("the lane is %s for %v, want %s for %v", l.State, l.Causes, want, causes)
	}
	if err := b.lane.Ready(); (err != nil) != (want == station.Closed) {
		b.t.Errorf("a lane that is %s says of itself: %v", want, err)
	}
}
