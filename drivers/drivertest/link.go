package drivertest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"portcullis/drivers/reader"
)

// A LinkPeer is the device at the far end of a link.
type LinkPeer interface {
	Send(b []byte) error
	Receive(n int) ([]byte, error) // waits for n bytes of the host
	Unplug() error                 // for good
}

// A LinkBench is what a link is tested on. An error that does not apply to such
// links is nil.
type LinkBench struct {
	Open   func(ctx context.Context) (reader.Link, error) // always the same device
	Peer   LinkPeer
	Gone   error // what Read says when the device went
	Busy   error // what Open says when somebody has it; nil where each open makes its own device
	OneWay error // what Write says where nothing can be sent
	Wedged error // what Write says when the device does not take it
	Cycles int   // how often to open it in a row; 0 is 1000 times
}

// TestLink holds a link to what reader.Link promises, on the bench that open sets up
// anew for each test.
func TestLink(t *testing.T, open func(t *testing.T) LinkBench) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *linkRun)
	}{
		{"nothing came", testNothing},
		{"every byte arrives", testBytesIn},
		{"every byte is sent", testBytesOut},
		{"a device that goes is noticed", testGone},
		{"last bytes are read before that", testLastBytes},
		{"a link that is closed is of no use", testClosed},
		{"nobody else gets the device", testLinkBusy},
		{"nothing is done for a context that is done", testDone},
		{"a write that is not taken is given up", testWedged},
		{"opening again and again leaves nothing behind", testOpens},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, &linkRun{t, open(t)}) })
	}
}

// A linkRun is one test of a link.
type linkRun struct {
	t     *testing.T
	bench LinkBench
}

func (r *linkRun) open() reader.Link {
	r.t.Helper()
	link, err := r.bench.Open(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = link.Close() })
	return link
}

func (r *linkRun) send(b []byte) {
	r.t.Helper()
	if err := r.bench.Peer.Send(b); err != nil {
		r.t.Fatal(err)
	}
}

// within fails the test when do does not return.
func (r *linkRun) within(what string, do func()) {
	r.t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(patience):
		r.t.Fatalf("%s hangs", what)
	}
}

// reads reads until there are n bytes, or an error.
func (r *linkRun) reads(link reader.Link, n int) (got []byte, err error) {
	r.t.Helper()
	buf := make([]byte, 512)
	for end := time.Now().Add(patience); len(got) < n; {
		k, err := link.Read(r.t.Context(), buf)
		if err != nil {
			return got, err
		}
		if got = append(got, buf[:k]...); time.Now().After(end) {
			r.t.Fatalf("got %d bytes of %d", len(got), n)
		}
	}
	return got, nil
}

func testNothing(t *testing.T, r *linkRun) {
	link := r.open()
	began := time.Now()
	for range 5 {
		if n, err := link.Read(t.Context(), make([]byte, 64)); n != 0 || err != nil {
			t.Fatalf("Read = %d, %v; want 0, nil", n, err)
		}
	}
	if took := time.Since(began); took < 5*reader.ReadTick/2 {
		t.Errorf("5 empty reads took %v: they do not wait", took)
	}
}

// allBytes is every value that a byte can have.
func allBytes() (b []byte) {
	for i := range 256 {
		b = append(b, byte(i))
	}
	return b
}

func testBytesIn(t *testing.T, r *linkRun) {
	link := r.open()
	for range 3 {
		r.send(allBytes())
		if got, err := r.reads(link, 256); err != nil || !bytes.Equal(got, allBytes()) {
			t.Errorf("read % x, %v", got, err)
		}
	}
}

func testBytesOut(t *testing.T, r *linkRun) {
	link := r.open()
	for range 3 {
		if err := link.Write(t.Context(), allBytes()); !errors.Is(err, r.bench.OneWay) {
			t.Fatalf("Write = %v, want %v", err, r.bench.OneWay)
		}
		if r.bench.OneWay != nil {
			return
		}
		if got, err := r.bench.Peer.Receive(256); err != nil || !bytes.Equal(got, allBytes()) {
			t.Errorf("the device received % x, %v", got, err)
		}
	}
}

func testGone(t *testing.T, r *linkRun) {
	link := r.open()
	if _, err := link.Read(t.Context(), make([]byte, 64)); err != nil {
		t.Fatal(err)
	}
	if err := r.bench.Peer.Unplug(); err != nil {
		t.Fatal(err)
	}
	var err error
	reads := 0
	for ; err == nil && reads < 5; reads++ {
		_, err = link.Read(t.Context(), make([]byte, 64))
	}
	if !errors.Is(err, r.bench.Gone) {
		t.Fatalf("after %d reads: %v, want %v", reads, err, r.bench.Gone)
	}
	for range 3 {
		if n, err := link.Read(t.Context(), make([]byte, 64)); n != 0 || !errors.Is(err, r.bench.Gone) {
			t.Errorf("Read after that = %d, %v; want %v", n, err, r.bench.Gone)
		}
	}
	r.within("Close", func() {
		if err := link.Close(); err != nil {
			t.Errorf("Close after that = %v", err)
		}
	})
}

func testLastBytes(t *testing.T, r *linkRun) {
	link := r.open()
	r.send([]byte("LAST"))
	if got, err := r.reads(link, 1); err != nil || !strings.HasPrefix("LAST", string(got)) {
		t.Fatalf("read %q, %v", got, err)
	}
	if err := r.bench.Peer.Unplug(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.reads(link, 1<<20); !errors.Is(err, r.bench.Gone) {
		t.Errorf("reads end with %v, want %v", err, r.bench.Gone)
	}
}

func testClosed(t *testing.T, r *linkRun) {
	link := r.open()
	if _, err := link.Read(t.Context(), make([]byte, 64)); err != nil {
		t.Fatal(err)
	}
	r.within("Close", func() {
		if err := link.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	r.within("what comes after Close", func() {
		if n, err := link.Read(t.Context(), make([]byte, 64)); n != 0 || err == nil {
			t.Errorf("Read after Close = %d, %v; want an error", n, err)
		}
		if err := link.Write(t.Context(), []byte("A")); err == nil {
			t.Error("Write after Close says nothing")
		}
		if err := link.Close(); err != nil {
			t.Errorf("second Close = %v", err)
		}
	})
}

func testLinkBusy(t *testing.T, r *linkRun) {
	if r.bench.Busy == nil {
		t.Skip("each opening makes a device of its own")
	}
	link := r.open()
	for range 3 {
		other, err := r.bench.Open(t.Context())
		if err == nil {
			_ = other.Close()
		}
		if !errors.Is(err, r.bench.Busy) {
			t.Errorf("opening a device in use = %v, want %v", err, r.bench.Busy)
		}
	}
	r.send([]byte("MINE")) // and nothing was lost to the other
	if got, err := r.reads(link, 4); err != nil || string(got) != "MINE" {
		t.Errorf("read %q, %v", got, err)
	}
	if err := link.Close(); err != nil {
		t.Error(err)
	}
	r.open()
}

func testDone(t *testing.T, r *linkRun) {
	link := r.open()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		if _, err := link.Read(ctx, make([]byte, 64)); !errors.Is(err, context.Canceled) {
			t.Errorf("Read = %v, want Canceled", err)
		}
		if err := link.Write(ctx, []byte("A")); !errors.Is(err, context.Canceled) && r.bench.OneWay == nil {
			t.Errorf("Write = %v, want Canceled", err)
		}
	}
	if n, err := link.Read(t.Context(), make([]byte, 64)); n != 0 || err != nil {
		t.Errorf("Read after that = %d, %v; want 0, nil", n, err)
	}
}

// testWedged writes what the device takes only a byte of.
func testWedged(t *testing.T, r *linkRun) {
	if r.bench.OneWay != nil {
		t.Skip("nothing can be sent")
	}
	link := r.open()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	written := make(chan error, 1)
	go func() { written <- link.Write(ctx, make([]byte, 4<<20)) }()
	r.within("the device", func() {
		if _, err := r.bench.Peer.Receive(1); err != nil {
			t.Error(err)
		}
	})
	cancel()
	r.within("Write", func() {
		if err := <-written; !errors.Is(err, r.bench.Wedged) {
			t.Errorf("Write of what nobody takes = %v, want %v", err, r.bench.Wedged)
		}
	})
	if n, err := link.Read(t.Context(), make([]byte, 64)); n != 0 || err != nil {
		t.Errorf("Read beside it = %d, %v; want 0, nil", n, err)
	}
	r.within("Close", func() {
		if err := link.Close(); err != nil && !errors.Is(err, r.bench.Wedged) {
			t.Errorf("Close = %v", err)
		}
	})
}

func testOpens(t *testing.T, r *linkRun) {
	cycles := max(r.bench.Cycles, 5)
	if r.bench.Cycles == 0 && !testing.Short() {
		cycles = 1000
	}
	var first usage
	for i := range cycles {
		link, err := r.bench.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := link.Close(); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			first = settled(t, usage{})
		}
	}
	if last := settled(t, first); last.files > first.files || last.goroutines > first.goroutines {
		t.Errorf("after %d cycles %+v, after 2 %+v", cycles, last, first)
	}
}

// settled returns what is in use as soon as that is no more than wanted, or else
// when nothing has changed for a while: what ends a goroutine is seldom the last
// thing that it does.
func settled(t *testing.T, want usage) usage {
	var seen []usage
	for len(seen) < 20 || slices.ContainsFunc(seen[len(seen)-10:], func(u usage) bool { return u != seen[len(seen)-1] }) {
		now := measure(t)
		if now.files <= want.files && now.goroutines <= want.goroutines || len(seen) > 1000 {
			return now
		}
		seen = append(seen, now)
		select {
		case <-t.Context().Done():
			return now
		case <-time.After(time.Millisecond):
		}
	}
	return seen[len(seen)-1]
}
