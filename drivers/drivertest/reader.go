package drivertest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"portcullis/drivers/reader"
)

// A ReaderDevice is the far end of a reader's link. It starts unplugged.
type ReaderDevice interface {
	Plug() error   // under another name than before
	Unplug() error // at any moment
	Send(ctx context.Context, b []byte) error
	Do(ctx context.Context, script string) error // see sim.Script
}

// The documents of the contract: the specimens of Doc 9303, of the issuer UTO.
var (
	td1 = []string{"I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"}
	td2 = []string{"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"}
	td3 = []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}
)

// TestReader holds a reader to what drivers.Reader promises, on the bench that
// open sets up anew for each test. The tests run at the same time, as they mostly
// wait.
func TestReader(t *testing.T, open func(t *testing.T) ReaderBench) {
	for _, c := range slices.Concat(readerTests, readerFaultTests) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, newReaderRun(t, open(t)))
		})
	}
}

// TestReaderLeaks unplugs a reader again and again. It counts files and goroutines, so
// that nothing else may run.
func TestReaderLeaks(t *testing.T, b ReaderBench) { testCycles(t, newReaderRun(t, b)) }

// A readerTest is one clause of the contract.
type readerTest struct {
	name string
	test func(*testing.T, *readerRun)
}

var readerTests = []readerTest{
	{"documents are read", testDocuments},
	{"how the bytes are cut makes no difference", testChunks},
	{"two documents without a gap are two", testGlued},
	{"noise is one fault", testNoise},
	{"half a frame is one fault", testHalf},
	{"100 KB without an end are one fault", testEndless},
	{"a byte outside the alphabet keeps its cell", testOddBytes},
	{"a failed read is told", testNoRead},
	{"a slow consumer gets everything in order", testSlowConsumer},
	{"a reader comes later, goes, and comes back", testReplug},
	{"a plug pulled in a frame is a bad reading", testUnplugInFrame},
	{"a pulled plug is noticed within a few reads", testUnplugReads},
	{"a silent line is not polled", testIdleReads},
	{"nobody else gets the port", testBusy},
}

func testDocuments(t *testing.T, r *readerRun) {
	r.plug()
	for _, lines := range [][]string{td3, td2, td1, td3} {
		r.present(lines)
		r.wantsLines(lines)
	}
}

func testChunks(t *testing.T, r *readerRun) {
	r.bench.Profile.Frame.IdleMS = 10_000 // a pause of this test is no silence
	r.plug()
	for _, size := range []int{1, 2, 3, 7, 16, 25, 40, 64} {
		r.do(fmt.Sprintf("chunks 1 %d", size))
		r.present(td3)
		r.wantsLines(td3)
	}
}

func testGlued(t *testing.T, r *readerRun) {
	r.plug()
	r.do("glued " + zone(td3) + " " + zone(td1))
	r.wantsLines(td3)
	r.wantsLines(td1)
}

func testNoise(t *testing.T, r *readerRun) {
	r.plug()
	times := 3
	if r.bench.Profile.Frame.Kind == "tlv" {
		times = 1 // what it answers is lost in the noise too
	}
	for range times {
		r.send([]byte(strings.Repeat("\xaa\x55\x80\xff", 10)))
		r.wants("reading: noise")
		if times == 1 {
			r.silence() // nothing else ends the noise
		}
		r.present(td3)
		r.wantsLines(td3)
		r.settle()
	}
}

func testHalf(t *testing.T, r *readerRun) {
	r.plug()
	whole := r.frame(td3)
	for _, n := range []int{10, 40, len(whole) * 3 / 4} {
		r.send(whole[:n])
		r.wantsFault("truncated")
		r.settle()
		r.present(td3)
		r.wantsLines(td3)
		r.settle()
	}
}

func testEndless(t *testing.T, r *readerRun) {
	r.bench.Profile.Frame.IdleMS = 500 // a pause of this test is no silence
	r.plug()
	r.do("endless 102400")
	r.wants("reading: too-long")
	r.silence()
	r.present(td3)
	r.wantsLines(td3)
}

func testOddBytes(t *testing.T, r *readerRun) {
	r.plug()
	sent, want := slices.Clone(td3), slices.Clone(td3)
	sent[0] = "P<\x07\xff " + sent[0][5:]
	want[0] = "P<???" + want[0][5:]
	r.present(sent)
	r.wantsLines(want)
}

func testNoRead(t *testing.T, r *readerRun) {
	f := r.bench.Profile.Frame
	if f.NoRead == "" && slices.Contains([]string{"lines", "keys", "imager"}, f.Kind) {
		t.Skip("such a reader does not say that it could not read")
	}
	r.plug()
	r.do("noread")
	r.wants("reading: no-read")
	r.present(td3)
	r.wantsLines(td3)
}

func testSlowConsumer(t *testing.T, r *readerRun) {
	r.plug()
	many := 40
	if r.bench.Profile.Arm.When == "removal" {
		many = 4 // each has to be taken away
	}
	for i := range many {
		before := r.meter.counts().bytes
		r.present(numbered(i))
		r.arrived(before + len(r.frame(numbered(i)))) // and nobody takes the event
	}
	for i := range many {
		r.wantsLines(numbered(i))
	}
}

// numbered returns a document with a number of its own.
func numbered(i int) []string { return []string{td3[0], fmt.Sprintf("%02d%s", i, td3[1][2:])} }

func testReplug(t *testing.T, r *readerRun) {
	r.start()
	r.wants("absent")
	for range 3 {
		r.plug()
		r.present(td3)
		r.wantsLines(td3)
		r.unplug()
		r.wants("gone")
	}
}

func testUnplugInFrame(t *testing.T, r *readerRun) {
	r.plug()
	before := r.meter.counts().bytes
	r.do("half " + zone(td3))
	r.arrived(before + len(r.frame(td3))/2)
	r.unplug()
	want := "truncated"
	if r.bench.Profile.Zone.PairMS > 0 {
		want = "partial" // half of the document is a line that is whole
	}
	r.wantsFault(want)
	r.wants("gone")
	r.plug()
	r.present(td1)
	r.wantsLines(td1)
}

func testUnplugReads(t *testing.T, r *readerRun) {
	r.plug()
	before := r.meter.counts()
	r.unplug()
	r.wants("gone")
	if n := r.meter.counts().reads - before.reads; n > 5 {
		t.Errorf("%d reads until the unplugging was told, want 5 at most", n)
	}
}

// testIdleReads cannot fail because a machine is slow: that makes the reads
// fewer still.
func testIdleReads(t *testing.T, r *readerRun) {
	r.plug()
	r.silence()
	began, before := r.now(), r.meter.counts()
	r.silence()
	reads, took := r.meter.counts().reads-before.reads, r.now().Sub(began)
	if limit := 1 + int(took/(reader.ReadTick/2)); reads > limit {
		t.Errorf("%d reads in %v of silence, want %d at most", reads, took, limit)
	}
}

func testBusy(t *testing.T, r *readerRun) {
	if r.bench.Busy == nil {
		t.Skip("each open makes a device of its own")
	}
	r.plug()
	r.opensBusy()
	r.present(td3) // and nothing was lost to the other
	r.wantsLines(td3)
	r.stop()
	r.opensFree()
}

func testCycles(t *testing.T, r *readerRun) {
	cycles := cmp.Or(r.bench.Cycles, 3)
	r.start()
	r.wants("absent")
	var first usage
	for i := range cycles {
		r.plug()
		r.present(td3)
		r.wantsLines(td3)
		r.unplug()
		r.wants("gone")
		if i == 1 {
			first = measure(t)
		}
	}
	last := measure(t)
	t.Logf("after 2 cycles %+v, after %d %+v, and %d links opened", first, cycles, last, r.meter.counts().opens)
	if last.files != first.files || last.goroutines > first.goroutines+2 {
		t.Errorf("after %d cycles %+v, after 2 %+v", cycles, last, first)
	}
	if n := r.meter.counts(); n.open != 0 || n.opens > 2*cycles {
		t.Errorf("%d links opened in %d cycles, %d still open", n.opens, cycles, n.open)
	}
}
