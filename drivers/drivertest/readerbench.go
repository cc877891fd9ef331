package drivertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/reader"
	readerwire "portcullis/drivers/reader/wire"
)

// A ReaderBench is what a reader is tested on.
type ReaderBench struct {
	Profile reader.Profile
	Port    string        // where the device appears, whatever node it has
	Open    reader.Opener // opens a node
	Busy    error         // what opening a port in use says; nil where each open makes its own device
	Device  ReaderDevice
	Cycles  int // how often to unplug it in a row; 0 is 3 times
	New     func(p reader.Profile, port string, open reader.Opener) drivers.Reader
}

// patience is far more than anything here takes: a test that waits so long has
// found something that hangs.
const patience = 30 * time.Second

// A readerRun is a reader that runs on a bench.
type readerRun struct {
	t      *testing.T
	bench  ReaderBench
	meter  *meter
	events chan drivers.ReaderEvent
	cancel context.CancelFunc
	ended  chan error
}

func newReaderRun(t *testing.T, b ReaderBench) *readerRun {
	r := &readerRun{t: t, bench: b, meter: newMeter(b.Open), events: make(chan drivers.ReaderEvent)}
	t.Cleanup(r.stop)
	return r
}

// start runs the reader, once.
func (r *readerRun) start() {
	if r.ended != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel, r.ended = cancel, make(chan error, 1)
	dut := r.bench.New(r.bench.Profile, r.bench.Port, r.meter.open)
	go func() { r.ended <- dut.Run(ctx, r.events) }()
}

// stop ends the run, once.
func (r *readerRun) stop() {
	if r.cancel == nil {
		return
	}
	r.cancel()
	r.cancel = nil
	select {
	case err := <-r.ended:
		if err != nil {
			r.t.Errorf("Run = %v, want nil", err)
		}
	case <-time.After(patience):
		r.t.Error("Run does not end")
	}
}

func (r *readerRun) now() time.Time { return time.Now() }

// plug gives the device a port, starts the reader if it does not run, and
// takes the events of that.
func (r *readerRun) plug() {
	r.t.Helper()
	if err := r.bench.Device.Plug(); err != nil {
		r.t.Fatal(err)
	}
	r.start()
	r.becomesReady()
}

// becomesReady takes the states of a reader that is opened and asked.
func (r *readerRun) becomesReady() {
	r.t.Helper()
	r.wants("opening")
	e := r.next()
	for name(e) == "probing" {
		e = r.next()
	}
	if name(e) != "ready" {
		r.t.Fatalf("event is %q (%s), want \"ready\"", name(e), e.Detail)
	}
	if slices.ContainsFunc(r.bench.Profile.Setup, func(e reader.Exchange) bool { return e.Expect == "" }) {
		r.silence() // it may answer all the same
	}
}

func (r *readerRun) unplug() {
	r.t.Helper()
	if err := r.bench.Device.Unplug(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *readerRun) frame(lines []string) []byte {
	r.t.Helper()
	b, err := readerwire.Encode(r.bench.Profile.Frame, lines)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

func (r *readerRun) send(b []byte) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	if err := r.bench.Device.Send(ctx, b); err != nil {
		r.t.Fatal(err)
	}
}

// do has the device do what a script says.
func (r *readerRun) do(script string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	if err := r.bench.Device.Do(ctx, script); err != nil {
		r.t.Fatal(err)
	}
}

func (r *readerRun) present(lines []string) {
	r.t.Helper()
	r.do("present " + zone(lines))
}

// zone writes lines as a script does.
func zone(lines []string) string {
	var b strings.Builder
	for _, c := range []byte(strings.Join(lines, "|")) {
		if c > ' ' && c < 0x7F {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()
}

// settle waits until what the reader answers has come, if it answers.
func (r *readerRun) settle() {
	r.t.Helper()
	if r.bench.Profile.Arm.Expect != "" || r.bench.Profile.Feedback.Good != "" {
		r.silence()
	}
}

// next takes an event.
func (r *readerRun) next() drivers.ReaderEvent {
	r.t.Helper()
	select {
	case e := <-r.events:
		return e
	case <-time.After(patience):
		r.t.Fatal("no event")
		return drivers.ReaderEvent{}
	}
}

// name is how the tests write an event.
func name(e drivers.ReaderEvent) string {
	if e.Reading != nil {
		return fmt.Sprintf("reading: %v", e.Reading.Fault)
	}
	return e.State.String()
}

// wants takes events that must be these.
func (r *readerRun) wants(want ...string) {
	r.t.Helper()
	for _, w := range want {
		if e := r.next(); name(e) != w {
			r.t.Fatalf("event is %q (%s), want %q", name(e), e.Detail, w)
		}
	}
}

// wantsFault takes a reading with a fault. Where a row, or half a zone, is a frame
// like another, its check digits have to tell it.
func (r *readerRun) wantsFault(fault string) {
	r.t.Helper()
	e := r.next()
	if e.Reading != nil && r.rows() && e.Reading.Fault == drivers.NoFault && !reader.Holds(e.Reading.Lines) {
		return
	}
	if name(e) != "reading: "+fault {
		r.t.Fatalf("event is %q (%s), want a reading: %s", name(e), e.Detail, fault)
	}
}

// rows reports whether a row by itself is a frame of the reader.
func (r *readerRun) rows() bool {
	return slices.Contains([]string{"lines", "imager", "keys"}, r.bench.Profile.Frame.Kind)
}

// wantsLines takes a reading that must have these lines.
func (r *readerRun) wantsLines(want []string) {
	r.t.Helper()
	e := r.next()
	if e.Reading == nil || !slices.Equal(e.Reading.Lines, want) {
		r.t.Fatalf("event is %q (%s), want a reading of the lines that were sent", name(e), e.Detail)
	}
	if e.Reading.At.IsZero() || e.Reading.At.After(time.Now()) {
		r.t.Errorf("reading is of %v", e.Reading.At)
	}
}

// arrived waits until the open link has delivered n bytes.
func (r *readerRun) arrived(n int) {
	r.t.Helper()
	r.until("bytes", func(c counts) bool { return c.bytes >= n })
}

// silence waits until reads have found nothing for longer than the idle gap.
func (r *readerRun) silence() {
	r.t.Helper()
	start := r.meter.counts().empty
	ticks := 2 + int(r.bench.Profile.Frame.Idle()/reader.ReadTick)
	r.until("silence", func(c counts) bool { return c.empty >= start+ticks })
}

// until waits for a state of the meter.
func (r *readerRun) until(what string, done func(counts) bool) {
	r.t.Helper()
	late := time.After(patience)
	for {
		now, changed := r.meter.watch()
		if done(now) {
			return
		}
		select {
		case <-changed:
		case <-late:
			r.t.Fatalf("no %s: %+v", what, now)
		}
	}
}

func (r *readerRun) opensBusy() {
	r.t.Helper()
	link, err := r.bench.Open(r.t.Context(), r.bench.Port, r.bench.Profile.Line)
	if err == nil {
		_ = link.Close()
	}
	if !errors.Is(err, r.bench.Busy) {
		r.t.Errorf("opening a port in use = %v, want %v", err, r.bench.Busy)
	}
}

func (r *readerRun) opensFree() {
	r.t.Helper()
	link, err := r.bench.Open(r.t.Context(), r.bench.Port, r.bench.Profile.Line)
	if err != nil {
		r.t.Fatalf("opening a port that was given up = %v", err)
	}
	if err := link.Close(); err != nil {
		r.t.Error(err)
	}
}

// usage is what a leak would add to.
type usage struct{ files, goroutines int }

func measure(t *testing.T) usage {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("cannot count open files: %v", err)
	}
	return usage{files: len(files), goroutines: runtime.NumGoroutine()}
}
