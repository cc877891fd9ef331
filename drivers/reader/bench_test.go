package reader_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/reader"
)

// A port is a fake link: what is put into send arrives, and fail ends it.
type port struct {
	send  chan string
	fail  chan error
	stall atomic.Int64 // nanoseconds between the arrival of bytes and Read's return
	reads atomic.Int64
	bad   atomic.Int64 // bytes that came spoilt
	sent  []string
	open  atomic.Bool
	dirty atomic.Bool // the buffer held bytes of the read before
}

func (p *port) Read(ctx context.Context, b []byte) (int, error) {
	p.reads.Add(1)
	if bytes.ContainsFunc(b, func(r rune) bool { return r != 0 }) {
		p.dirty.Store(true)
	}
	select {
	case s := <-p.send:
		time.Sleep(time.Duration(p.stall.Load()))
		return copy(b, s), nil
	case err := <-p.fail:
		return 0, err
	case <-time.After(reader.ReadTick):
		return 0, nil
	}
}

func (p *port) Write(_ context.Context, b []byte) error {
	p.sent = append(p.sent, string(b))
	return nil
}

func (p *port) BadBytes() int { return int(p.bad.Load()) }

func (p *port) Close() error {
	p.open.Store(false)
	return nil
}

// A bench is a supervisor at a port in a folder of the test's own. It runs in
// a synctest bubble: time passes only while everything waits.
type bench struct {
	t      *testing.T
	dir    string
	port   *port
	finds  atomic.Int64 // how often the port was looked for
	opens  atomic.Int64
	opened atomic.Value // the node that was opened last
	refuse atomic.Value // what opening says: a func() error
	events chan drivers.ReaderEvent
	ended  chan error
	cancel context.CancelFunc

	mu     sync.Mutex
	traces []reader.Trace // guarded by mu
}

func (b *bench) trace(e reader.Trace) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.traces = append(b.traces, e)
}

// traced returns the texts of the traces of a kind.
func (b *bench) traced(what reader.TraceEvent) (texts []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.traces {
		if e.What == what {
			texts = append(texts, e.Text)
		}
	}
	return texts
}

// start runs a supervisor for a port named in the bench's folder.
func start(t *testing.T, profile, name string, nodes ...string) *bench {
	return startWith(t, load(t, profile), name, nodes...)
}

func startWith(t *testing.T, p reader.Profile, name string, nodes ...string) *bench {
	b := &bench{
		t: t, dir: t.TempDir(),
		port:   &port{send: make(chan string), fail: make(chan error)},
		events: make(chan drivers.ReaderEvent),
		ended:  make(chan error, 1),
	}
	b.refuses(nil)
	for _, n := range nodes {
		b.node(n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	b.cancel = cancel
	at := reader.At(filepath.Join(b.dir, name))
	find := func() (string, error) {
		b.finds.Add(1)
		return at()
	}
	s := reader.New(p, reader.Options{Find: find, Trace: b.trace, Open: func(_ context.Context, path string, _ reader.Line) (reader.Link, error) {
		b.opens.Add(1)
		b.opened.Store(filepath.Base(path))
		if err := b.refuse.Load().(func() error)(); err != nil {
			return nil, err
		}
		b.port.open.Store(true)
		return b.port, nil
	}})
	go func() { b.ended <- s.Run(ctx, b.events) }()
	return b
}

// refuses sets what opening says from here on.
func (b *bench) refuses(err error) { b.refuse.Store(func() error { return err }) }

func (b *bench) node(name string) {
	if err := os.WriteFile(filepath.Join(b.dir, name), nil, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) remove(name string) {
	if err := os.Remove(filepath.Join(b.dir, name)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) link(node, name string) {
	if err := os.Symlink(node, filepath.Join(b.dir, name)); err != nil {
		b.t.Fatal(err)
	}
}

// wants takes the next events, each a state or "reading: fault".
func (b *bench) wants(want ...string) (last drivers.ReaderEvent) {
	b.t.Helper()
	for _, w := range want {
		last = <-b.events
		got := last.State.String()
		if last.Reading != nil {
			got = fmt.Sprintf("reading: %v", last.Reading.Fault)
		}
		if got != w {
			b.t.Fatalf("event is %q (%s), want %q", got, last.Detail, w)
		}
	}
	return last
}

// quiet fails when an event comes within a time.
func (b *bench) quiet(d time.Duration) {
	b.t.Helper()
	select {
	case e := <-b.events:
		b.t.Fatalf("event %v (%s), want none", e.State, e.Detail)
	case <-time.After(d):
	}
}

// stop ends the run, which must take a read tick at most.
func (b *bench) stop() {
	b.t.Helper()
	began := time.Now()
	b.cancel()
	if err := <-b.ended; err != nil {
		b.t.Errorf("Run = %v, want nil", err)
	}
	if took := time.Since(began); took > reader.ReadTick {
		b.t.Errorf("Run took %v to end, want %v at most", took, reader.ReadTick)
	}
	if b.port.open.Load() {
		b.t.Error("the link is left open")
	}
	if b.port.dirty.Load() {
		b.t.Error("a document stays in the buffer")
	}
}
