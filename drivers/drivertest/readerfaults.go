package drivertest

import (
	"fmt"
	"slices"
	"testing"

	"portcullis/drivers"
	"portcullis/drivers/reader"
)

// readerFaultTests are what has to hold when something is wrong with the device or
// with the line: no other document than that which lay there is delivered as one whose
// check digits hold, and the next one is read.
var readerFaultTests = []readerTest{
	{"pauses within a frame end none", testJitter},
	{"a bit that is another makes no other document", testFlip},
	{"a byte that is lost makes no other document", testLose},
	{"check bytes that do not fit are a fault", testBadSum},
	{"a document that was looked at twice is one reading", testTwice},
	{"a document behind a broken frame is not mixed with it", testBroken},
	{"a reader that does not answer is not ready", testDeaf},
	{"a reader that does not answer any more is degraded", testDeafened},
	{"a reader that forgets is armed again", testForget},
	{"a reader that is not armed again reads nothing more", testNaive},
	{"keys that the kernel lost are a fault", testDropped},
	{"a keyboard on another layout is understood", testLayout},
}

func testJitter(t *testing.T, r *readerRun) {
	r.plug()
	r.do("chunks 16 64\njitter 50ms")
	if len(r.frame(td3)) > 1000 {
		r.do("chunks 64 640\njitter 5ms")
	}
	for range 2 {
		r.present(td3)
		r.wantsLines(td3)
	}
}

// rounds is how often a random fault is tried.
const rounds = 4

func testFlip(t *testing.T, r *readerRun) {
	if r.bench.Profile.Frame.Kind == "keys" {
		t.Skip("between a keyboard and its records the kernel sees to that")
	}
	testGarbled(t, r, "flip")
}

func testLose(t *testing.T, r *readerRun) { testGarbled(t, r, "lose") }

func testGarbled(t *testing.T, r *readerRun, verb string) {
	r.plug()
	for range rounds {
		before := r.meter.counts().bytes
		r.do(verb + " 1")
		r.present(td3)
		r.arrived(before + len(r.frame(td3)) - 1)
		r.do(verb + " 0")
		r.silence()
		r.present(td1)
		r.readsUntil(td1, td3)
		r.settle()
	}
}

func testBadSum(t *testing.T, r *readerRun) {
	if !r.checked() {
		t.Skip("such frames have no check bytes")
	}
	r.plug()
	r.do("badsum " + zone(td3))
	r.wants("reading: checksum")
	r.present(td1)
	r.wantsLines(td1)
}

// checked reports whether frames have check bytes.
func (r *readerRun) checked() bool {
	f := r.bench.Profile.Frame
	return f.Kind == "muse" || f.Checksum != "" && f.Checksum != "none"
}

func testTwice(t *testing.T, r *readerRun) {
	alone := r.bench.New
	r.bench.New = func(p reader.Profile, port string, open reader.Opener) drivers.Reader {
		group := reader.NewGroup()
		group.Add("", alone(p, port, open))
		return group
	}
	r.plug()
	r.do("glued " + zone(td3) + " " + zone(td3))
	r.wantsLines(td3)
	r.present(td1)
	r.wantsLines(td1)
}

func testBroken(t *testing.T, r *readerRun) {
	r.plug()
	r.do("half " + zone(td3) + "\npresent " + zone(td1))
	r.silence()
	r.present(td2)
	seen := r.readsUntil(td2, td3, td1)
	starts := []string{"sita", "muse", "rte", "stx"} // a start within a frame begins another
	if slices.Contains(starts, r.bench.Profile.Frame.Kind) && !slices.ContainsFunc(seen, func(lines []string) bool { return slices.Equal(lines, td1) }) {
		t.Error("the document behind the broken frame was not read")
	}
}

func testDeaf(t *testing.T, r *readerRun) {
	if !r.expects() {
		t.Skip("such a reader is not asked anything")
	}
	r.do("deaf 1h")
	r.start()
	r.wants("absent")
	if err := r.bench.Device.Plug(); err != nil {
		t.Fatal(err)
	}
	states := []string{"opening", "probing"}
	if r.bench.Profile.Probe.Send == "" {
		states = append(states, "degraded")
	}
	r.wants(states...)
	r.silence()
	r.do("deaf 0s")
	r.wantsReady()
	r.present(td3)
	r.wantsLines(td3)
}

// expects reports whether the reader has to answer before it is ready.
func (r *readerRun) expects() bool {
	p := r.bench.Profile
	return p.Probe.Expect != "" || p.Arm.Expect != "" || slices.ContainsFunc(p.Setup, func(e reader.Exchange) bool { return e.Expect != "" })
}

func testDeafened(t *testing.T, r *readerRun) {
	p := r.bench.Profile
	if p.Arm.Expect == "" || p.Arm.When != "read" {
		t.Skip("such a reader does not answer after each reading")
	}
	r.plug()
	r.do("deaf 1h")
	r.present(td3)
	r.wantsLines(td3)
	r.wants("degraded")
	r.present(td1) // and lies there
	r.do("deaf 0s")
	r.wantsReady()
	r.wantsLines(td1)
}

func testForget(t *testing.T, r *readerRun) {
	r.plug()
	r.do("forget\npresent " + zone(td3))
	if len(r.bench.Profile.Setup) == 0 {
		r.wantsLines(td3)
		return
	}
	r.silence() // it is set up again when it is plugged in again
	r.unplug()
	for e := r.next(); name(e) != "gone"; e = r.next() {
		if e.Reading != nil && !slices.Equal(e.Reading.Lines, td3) {
			t.Errorf("event is %q, want none or the document", name(e))
		}
	}
	r.plug()
	r.present(td1)
	r.wantsLines(td1)
}

func testNaive(t *testing.T, r *readerRun) {
	if when := r.bench.Profile.Arm.When; when != "read" && when != "removal" {
		t.Skip("such a reader is not armed")
	}
	r.bench.Profile.Arm.When = "once"
	r.plug()
	r.present(td3)
	r.wantsLines(td3)
	r.present(td1)
	r.silence()
	r.unplug()
	r.wants("gone") // and no reading before it
}

func testDropped(t *testing.T, r *readerRun) {
	r.keyboard()
	r.plug()
	r.do("dropped " + zone(td3))
	r.wants("reading: lost")
	r.silence()
	r.present(td1)
	r.wantsLines(td1)
}

func testLayout(t *testing.T, r *readerRun) {
	r.keyboard()
	if allowed := r.bench.Profile.Frame.Layouts; len(allowed) > 0 && !slices.Contains(allowed, "de") {
		t.Skip("it never types on that one")
	}
	r.do("layout de")
	r.plug()
	for _, lines := range [][]string{td3, td2, td1} {
		r.present(lines)
		r.wantsLines(lines)
	}
}

func (r *readerRun) keyboard() {
	if r.bench.Profile.Frame.Kind != "keys" {
		r.t.Skip("it is no keyboard")
	}
}

// wantsReady takes states until the reader is ready.
func (r *readerRun) wantsReady() {
	r.t.Helper()
	for e := r.next(); name(e) != "ready"; e = r.next() {
		if e.Reading != nil {
			r.t.Fatalf("event is %q, want \"ready\"", name(e))
		}
	}
}

// readsUntil takes events until a document was read, and returns those before it.
// Whatever comes as a document whose check digits hold has to be one that lay there.
func (r *readerRun) readsUntil(last []string, lay ...[]string) (seen [][]string) {
	r.t.Helper()
	for {
		e := r.next()
		switch {
		case e.Reading == nil || e.Reading.Fault != drivers.NoFault:
		case slices.Equal(e.Reading.Lines, last):
			return seen
		case reader.Holds(e.Reading.Lines) && !slices.ContainsFunc(lay, func(lines []string) bool { return r.same(lines, e.Reading.Lines) }):
			r.t.Error("a document was delivered that nobody presented")
		default:
			seen = append(seen, e.Reading.Lines)
		}
	}
}

// same reports whether lines are those of a document, or, where frames have no check
// bytes, whether the cells are that check digits of a passport are of (Doc 9303-4, 4.2.2).
func (r *readerRun) same(want, got []string) bool {
	if slices.Equal(want, got) {
		return true
	}
	return !r.checked() && covered(want) != "" && covered(want) == covered(got)
}

// covered returns the cells of a passport that are in its composite check digit.
func covered(lines []string) string {
	if len(lines) != 2 || len(lines[1]) != len(td3[1]) {
		return ""
	}
	return fmt.Sprint(lines[1][:10], lines[1][13:20], lines[1][21:])
}
