package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"portcullis/cache"
	"portcullis/drivers"
	"portcullis/drivers/reader"
	"portcullis/drivers/sim"
	"portcullis/firmware"
	"portcullis/firmware/audit"
	"portcullis/firmware/console"
	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
	"portcullis/firmware/subject"
)

// benchProfile is the reader that the bench speaks as. The end of its frames
// is a byte, so that no silence has to be waited for.
const benchProfile = "sita-ocr"

// A benchLane is the appliance's lane, wired as the program wires it but for
// two things: its gate takes no time, as 3,000 travellers would take hours
// otherwise, and its link notes when bytes came in.
type benchLane struct {
	profile reader.Profile
	opener  reader.Opener
	device  *sim.Reader
	board   *sim.Lane
	gate    *turnstile
	lane    *firmware.Lane

	start   time.Time
	arrived atomic.Int64         // when the driver last had bytes, in nanoseconds since the start
	framed  atomic.Int64         // and when it last made a reading of a frame
	ready   chan struct{}        // the lane takes a document
	decided chan station.Passage // each once, when it is recorded and shown

	count  int    // documents presented
	newest uint64 // passage that was told
}

func newBenchLane(store *cache.Store, dir string, profile reader.Profile) (_ *benchLane, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	port := filepath.Join(dir, "reader")
	b := &benchLane{
		start: time.Now(), profile: profile, opener: sim.Opener(profile), device: sim.NewReader(profile, port), gate: newTurnstile(),
		ready: make(chan struct{}, 1), decided: make(chan station.Passage, 1),
	}
	if err := b.device.Plug(); err != nil {
		return nil, err
	}
	if b.board, err = sim.NewLane(sim.LaneTimes{}, nil); err != nil {
		return nil, err
	}
	b.lane = firmware.NewLane(b.parts(store, firmware.Folder(dir), port))
	return b, nil
}

func (b *benchLane) parts(store *cache.Store, folder firmware.Folder, port string) firmware.Parts {
	metrics, log := firmware.NewMetrics("bench"), slog.New(slog.DiscardHandler)
	return firmware.Parts{
		Site: "bench", Name: "1", Version: "bench",
		Reader: reader.New(b.profile, reader.Options{Find: reader.At(port), Open: b.open, Trace: b.trace}), ReaderLabel: b.profile.Name,
		Gate: b.gate, Lights: b.board.Lights(), Buzzer: b.board.Buzzer(), Display: b.board.Display(),
		Lists:    store,
		Log:      func() (*audit.Log, error) { return audit.Open(folder.Audit(), audit.Options{Software: "bench"}) },
		Subjects: func() (*subject.Keys, error) { return subject.Open(folder.Subjects(), time.Now()) },
		Policy:   inspect.Policy{AcceptSpecimens: true},
		Console:  console.New(console.Options{Metrics: metrics.Handler(), Within: firmware.PublishWithin, Log: log}),
		Metrics:  metrics, Logger: log, Watch: b.watch,
	}
}

// watch is told what the lane does. Only the lane's own goroutine calls it.
func (b *benchLane) watch(a station.Action) {
	switch a := a.(type) {
	case station.Lane:
		select {
		case <-b.ready: // what was true is not any more
		default:
		}
		if a.State == station.Ready {
			b.ready <- struct{}{}
		}
	case station.Passage:
		if a.Number > b.newest {
			b.newest = a.Number
			b.decided <- a
		}
	}
}

// open opens the link as the appliance does, and listens to it.
func (b *benchLane) open(ctx context.Context, path string, line reader.Line) (reader.Link, error) {
	port, err := b.opener(ctx, path, line)
	return link{port, b}, err
}

// trace notes when a reading was made.
func (b *benchLane) trace(t reader.Trace) {
	if t.What == reader.TraceReading {
		b.framed.Store(int64(t.At.Sub(b.start)))
	}
}

// A link notes when bytes came in.
type link struct {
	reader.Link
	lane *benchLane
}

func (l link) Read(ctx context.Context, b []byte) (int, error) {
	n, err := l.Link.Read(ctx, b)
	if n > 0 {
		l.lane.arrived.Store(int64(time.Since(l.lane.start)))
	}
	return n, err
}

// A turnstile is a gate that each traveller is through at once.
type turnstile struct {
	released chan time.Time // when it was told to let one through
	grants   chan drivers.Grant
}

func newTurnstile() *turnstile {
	return &turnstile{released: make(chan time.Time, 1), grants: make(chan drivers.Grant, 1)}
}

func (t *turnstile) Release(_ context.Context, g drivers.Grant) error {
	t.released <- time.Now()
	t.grants <- g
	return nil
}

func (t *turnstile) Lock(context.Context) error { return nil }

func (t *turnstile) Halt() error { return nil }

func (t *turnstile) Watch(ctx context.Context, to chan<- drivers.GateStatus) error {
	now := drivers.GateStatus{State: drivers.GateLocked}
	for {
		select {
		case to <- now:
		case <-ctx.Done():
			return nil
		}
		if now.State == drivers.GateGranted {
			now = drivers.GateStatus{State: drivers.GateLocked, Passages: now.Passages + 1}
			continue
		}
		g, err := receive(ctx, t.grants)
		if err != nil {
			return nil
		}
		now.State, now.Grant = drivers.GateGranted, g
	}
}
