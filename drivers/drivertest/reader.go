package drivertest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"portcullis/drivers/reader"
)

// A ReaderDevice is the far end of a reader's line. It starts unplugged.
type ReaderDevice interface {
	Plug() error   // under another name than before
	Unplug() error // at any moment
	Send(ctx context.Context, b []byte) error
}

// The documents of the contract: the specimens of Doc 9303, of the issuer UTO.
var (
	td1 = []string{"I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"}
	td2 = []string{"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"}
	td3 = []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}
)

// TestReader holds a reader to what drivers.Reader promises, on the bench that
// open sets up anew for each test.
func TestReader(t *testing.T, open func(t *testing.T) ReaderBench) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *readerRun)
	}{
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
		{"a plug pulled in a frame is a truncated reading", testUnplugInFrame},
		{"a pulled plug is noticed within a few reads", testUnplugReads},
		{"a silent line is not polled", testIdleReads},
		{"nobody else gets the port", testBusy},
		{"unplugging again and again leaves nothing behind", testCycles},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, newReaderRun(t, open(t))) })
	}
}

func testDocuments(t *testing.T, r *readerRun) {
	r.plug()
	for _, lines := range [][]string{td3, td2, td1, td3} {
		r.send(r.frame(lines))
		r.wantsLines(lines)
	}
}

func testChunks(t *testing.T, r *readerRun) {
	r.bench.Profile.Frame.IdleMS = 10_000 // a pause of this test is no silence
	r.plug()
	random := rand.New(rand.NewPCG(1, 1))
	for size := 1; size <= 64; size++ {
		for b := r.frame(td3); len(b) > 0; {
			n := min(len(b), 1+random.IntN(size))
			r.send(b[:n])
			b = b[n:]
		}
		r.wantsLines(td3)
	}
}

func testGlued(t *testing.T, r *readerRun) {
	r.plug()
	r.send(slices.Concat(r.frame(td3), r.frame(td1)))
	r.wantsLines(td3)
	r.wantsLines(td1)
}

func testNoise(t *testing.T, r *readerRun) {
	r.plug()
	for range 3 {
		r.send([]byte(strings.Repeat("\xaa\x55\x80\xff", 10)))
		r.wants("reading: noise")
		r.send(r.frame(td3))
		r.wantsLines(td3)
	}
}

func testHalf(t *testing.T, r *readerRun) {
	r.plug()
	for _, n := range []int{10, 40, len(r.frame(td3)) - 4} {
		r.send(r.frame(td3)[:n])
		r.wants("reading: truncated")
		r.send(r.frame(td3))
		r.wantsLines(td3)
	}
}

func testEndless(t *testing.T, r *readerRun) {
	r.bench.Profile.Frame.IdleMS = 1000 // a pause of this test is no silence
	r.plug()
	const size = 100 << 10
	r.send(r.frame([]string{strings.Repeat("<", size)})[:size])
	r.wants("reading: too-long")
	r.silence()
	r.send(r.frame(td3))
	r.wantsLines(td3)
}

func testOddBytes(t *testing.T, r *readerRun) {
	r.plug()
	sent, want := slices.Clone(td3), slices.Clone(td3)
	sent[0] = "P<\x07\xff " + sent[0][5:]
	want[0] = "P<???" + want[0][5:]
	r.send(r.frame(sent))
	r.wantsLines(want)
}

func testNoRead(t *testing.T, r *readerRun) {
	r.plug()
	r.send(r.frame(nil))
	r.wants("reading: no-read")
	r.send(r.frame(td3))
	r.wantsLines(td3)
}

func testSlowConsumer(t *testing.T, r *readerRun) {
	r.plug()
	const many = 40
	all := 0
	for i := range many {
		b := r.frame([]string{td3[0], fmt.Sprintf("%02d%s", i, td3[1][2:])})
		r.send(b)
		all += len(b)
	}
	r.arrived(all) // all were read while nobody took an event
	for i := range many {
		r.wantsLines([]string{td3[0], fmt.Sprintf("%02d%s", i, td3[1][2:])})
	}
}

func testReplug(t *testing.T, r *readerRun) {
	r.start()
	r.wants("absent")
	for range 3 {
		r.plug()
		r.send(r.frame(td3))
		r.wantsLines(td3)
		r.unplug()
		r.wants("gone")
	}
}

func testUnplugInFrame(t *testing.T, r *readerRun) {
	r.plug()
	r.send(r.frame(td3)[:40])
	r.arrived(40)
	r.unplug()
	r.wants("reading: truncated", "gone")
	r.plug()
	r.send(r.frame(td1))
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
	r.plug()
	r.opensBusy()
	r.send(r.frame(td3)) // and nothing was lost to the other
	r.wantsLines(td3)
	r.stop()
	r.opensFree()
}

func testCycles(t *testing.T, r *readerRun) {
	cycles := max(r.bench.Cycles, 5)
	if testing.Short() {
		cycles = 5
	}
	r.start()
	r.wants("absent")
	var first usage
	for i := range cycles {
		r.plug()
		r.send(r.frame(td3))
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
