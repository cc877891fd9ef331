package tty_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/links"
	"portcullis/drivers/reader"
)

// A reader's plug is pulled in the middle of a frame, ten times. This runs in the
// guest machine (scripts/guest), on a USB port that is plugged in and pulled.
func TestAReaderThatIsPulledLeavesNothingBehind(t *testing.T) {
	if os.Getenv("PORTCULLIS_GUEST") == "" {
		t.Skip("runs in the guest machine: make guest")
	}
	const whole = "\x1c\x02I<UTOD231458907<<<<<<<<<<<<<<<\r7408122F1204159UTO<<<<<<<<<<<6\rERIKSSON<<ANNA<MARIA<<<<<<<<<<\r\x03\x1d"
	half := whole[:len(whole)/2]
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the collector would close what was left open
	r := plugged(t, "/dev/ttyUSB*")
	var first use
	for cycle := range 10 {
		name := fmt.Sprint("scanner", cycle)
		fmt.Println("host: serial", name)
		r.until(drivers.ReaderReady)
		fmt.Printf("host: send %s %q\n", name, whole)
		r.arrived(len(whole))
		if got := r.reading(); got.Fault != drivers.NoFault || len(got.Lines) != 3 {
			t.Fatalf("cycle %d: %v of %d lines, want a whole one of 3", cycle, got, len(got.Lines))
		}
		fmt.Printf("host: send %s %q\n", name, half)
		r.arrived(len(half))
		fmt.Println("host: pull", name)
		if got := r.reading(); got.Fault != drivers.FaultTruncated || got.Bytes != len(half) {
			t.Fatalf("cycle %d: %v of %d bytes, want a truncated one of %d", cycle, got, got.Bytes, len(half))
		}
		r.until(drivers.ReaderGone)
		if cycle == 0 {
			first = inUse(t)
		}
	}
	flat(t, first)
}

// A pluggedReader is a supervisor that runs, on a port that tells of its bytes.
type pluggedReader struct {
	t      *testing.T
	events chan drivers.ReaderEvent
	bytes  chan int // how many each read brought
}

func plugged(t *testing.T, port string) *pluggedReader {
	t.Helper()
	profile, err := reader.Load("sita-ocr")
	if err != nil {
		t.Fatal(err)
	}
	profile.Frame.IdleMS = 10_000 // so that the plug ends a frame, and not the silence
	r := &pluggedReader{t: t, events: make(chan drivers.ReaderEvent), bytes: make(chan int, 4096)}
	open := func(ctx context.Context, path string, line reader.Line) (reader.Link, error) {
		link, err := links.Open(profile)(ctx, path, line)
		return tap{link, r.bytes}, err
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- reader.New(profile, reader.Options{Find: reader.At(port), Open: open}).Run(ctx, r.events)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

// A tap tells how many bytes came through a port.
type tap struct {
	reader.Link
	bytes chan<- int
}

func (p tap) Read(ctx context.Context, b []byte) (int, error) {
	n, err := p.Link.Read(ctx, b)
	if n > 0 {
		p.bytes <- n
	}
	return n, err
}

// arrived waits until a number of bytes has come, and no more.
func (r *pluggedReader) arrived(want int) {
	r.t.Helper()
	for want > 0 {
		select {
		case n := <-r.bytes:
			want -= n
		case <-time.After(deadline):
			r.t.Fatalf("%d bytes are missing", want)
		}
	}
	if want < 0 {
		r.t.Fatalf("%d bytes too many came", -want)
	}
}

// until waits for a state of the reader; no reading may come before it.
func (r *pluggedReader) until(s drivers.ReaderState) {
	r.t.Helper()
	for {
		e := r.next()
		if e.Reading != nil {
			r.t.Fatalf("%v before the reader is %v", e.Reading, s)
		}
		if e.State == s {
			return
		}
	}
}

func (r *pluggedReader) reading() drivers.Reading {
	r.t.Helper()
	e := r.next()
	if e.Reading == nil {
		r.t.Fatalf("the reader is %v (%s), want a reading", e.State, e.Detail)
	}
	return *e.Reading
}

func (r *pluggedReader) next() drivers.ReaderEvent {
	r.t.Helper()
	select {
	case e := <-r.events:
		return e
	case <-time.After(deadline):
		r.t.Fatal("the reader says nothing")
		return drivers.ReaderEvent{}
	}
}

// use is what a process holds.
type use struct{ files, goroutines int }

func inUse(t *testing.T) use {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return use{len(files), runtime.NumGoroutine()}
}

// flat fails the test if more is held than at first, once what is still ending has
// had its time.
func flat(t *testing.T, first use) {
	t.Helper()
	tick, late := time.NewTicker(10*time.Millisecond), time.After(deadline)
	defer tick.Stop()
	for {
		now := inUse(t)
		if now.files <= first.files && now.goroutines <= first.goroutines {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%+v is held, and was %+v at first", now, first)
		}
	}
}
