package reader

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"portcullis/drivers"
)

// queueLength is how many events wait for a slow consumer before reading
// waits too. After that the port's own buffer fills; nothing here grows.
const queueLength = 64

// steadyAfter is how long a link must have held for its loss to be news: a
// loose plug that is lost sooner, and sent nothing, is opened ever more rarely.
const steadyAfter = time.Second

// A Supervisor is the reader at one port, however often it is unplugged. It
// implements drivers.Reader.
type Supervisor struct {
	profile Profile
	port    string
	open    Opener
}

var _ drivers.Reader = (*Supervisor)(nil)

// New returns the reader that speaks a profile at a port: a path, a link to
// one, or a pattern that one port matches.
func New(p Profile, port string, open Opener) *Supervisor {
	return &Supervisor{profile: p, port: port, open: open}
}

// Run reads until ctx is done, which takes one [ReadTick] at most, and returns
// nil then. It returns early with a profile that cannot be used, and with an
// error of the Opener that is permanent.
func (s *Supervisor) Run(ctx context.Context, events chan<- drivers.ReaderEvent) error {
	framer, err := NewFramer(s.profile)
	if err != nil {
		return fmt.Errorf("run reader: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &watch{Supervisor: s, framer: framer, queue: make(chan drivers.ReaderEvent, queueLength), clock: time.Now()}
	ended := make(chan error, 1)
	go func() {
		defer close(w.queue)
		ended <- w.loop(ctx)
	}()
	forward(ctx, w.queue, events)
	return <-ended
}

// forward hands events on in order, so that reading need not wait for whoever
// takes them. It ends with the queue.
func forward(ctx context.Context, queue <-chan drivers.ReaderEvent, events chan<- drivers.ReaderEvent) {
	for e := range queue {
		select {
		case events <- e:
		case <-ctx.Done():
			return
		}
	}
}

// A watch is one run of a supervisor.
type watch struct {
	*Supervisor
	framer Framer
	queue  chan drivers.ReaderEvent
	pauses backoff

	last drivers.ReaderEvent // the state and detail told last
	told bool                // whether any were
	had  bool                // whether the reader was ever ready

	// clock is the line's own time: it advances by how long reads waited, and
	// by one tick for each at most. So a pause of this program, during which
	// the port kept the bytes, is no silence on the line.
	clock   time.Time
	arrived time.Time // when the last bytes arrived
}

// loop attempts until ctx is done or an attempt is the last.
func (w *watch) loop(ctx context.Context) error {
	for ctx.Err() == nil {
		pause, err := w.attempt(ctx)
		if err != nil {
			return err
		}
		sleep(ctx, pause)
	}
	return nil
}

// attempt finds, opens and serves the port once. It returns how long to wait
// before the next.
func (w *watch) attempt(ctx context.Context) (time.Duration, error) {
	node, err := resolve(w.port)
	if err != nil {
		w.missing(ctx, err)
		return w.pauses.pause(lookPause), nil
	}
	if w.last.State != drivers.ReaderOpening {
		w.tell(ctx, drivers.ReaderOpening, node)
	}
	link, err := w.open(ctx, node)
	if err != nil {
		return w.refused(ctx, err)
	}
	w.had = true
	w.tell(ctx, drivers.ReaderReady, node)
	err = w.serve(ctx, link)
	if ctx.Err() == nil {
		w.tell(ctx, drivers.ReaderGone, err.Error())
	}
	return w.pauses.pause(openPause), nil
}

// missing tells that no port, or more than one, was found. That a reader which
// went away is not there is no news.
func (w *watch) missing(ctx context.Context, err error) {
	switch {
	case !w.had:
		w.tell(ctx, drivers.ReaderAbsent, err.Error())
	case !errors.Is(err, errAbsent) || w.last.State != drivers.ReaderGone:
		w.tell(ctx, drivers.ReaderGone, err.Error())
	}
}

// refused tells that a port which is there could not be opened.
func (w *watch) refused(ctx context.Context, err error) (time.Duration, error) {
	switch {
	case ctx.Err() != nil:
		return 0, nil
	case isPermanent(err):
		return 0, fmt.Errorf("run reader: %w", err)
	case errors.Is(err, fs.ErrNotExist): // gone between finding and opening
		w.missing(ctx, fmt.Errorf("find port %s: %w", w.port, errAbsent))
		return w.pauses.pause(lookPause), nil
	}
	w.tell(ctx, drivers.ReaderOpening, err.Error())
	return w.pauses.pause(openPause), nil
}

// serve reads a link until it is lost or ctx is done, and closes it.
func (w *watch) serve(ctx context.Context, link Link) error {
	opened := time.Now()
	w.arrived = opened
	err := w.read(ctx, link)
	if w.arrived.After(opened) || time.Since(opened) >= steadyAfter {
		w.pauses.reset()
	}
	if cerr := link.Close(); cerr != nil {
		err = fmt.Errorf("%w; %w", err, cerr)
	}
	w.clock = w.clock.Add(w.profile.Frame.Idle())
	w.deliver(ctx, w.framer.Idle(w.clock), w.arrived)
	return err
}

// read frames what a link delivers, until the link ends.
func (w *watch) read(ctx context.Context, link Link) error {
	buf := make([]byte, 4096)
	for {
		began := time.Now()
		n, err := link.Read(ctx, buf)
		now := time.Now()
		w.clock = w.clock.Add(min(now.Sub(began), ReadTick))
		w.deliver(ctx, w.framer.Idle(w.clock), w.arrived)
		if n > 0 {
			w.arrived = now
			w.deliver(ctx, w.framer.Push(w.clock, buf[:n]), now)
			clear(buf[:n])
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// deliver queues the readings of frames.
func (w *watch) deliver(ctx context.Context, frames []Frame, at time.Time) {
	for _, f := range frames {
		if !isDocument(f) {
			continue
		}
		r := Assemble(w.profile, f)
		r.At = at
		w.put(ctx, drivers.ReaderEvent{At: at, State: w.last.State, Reading: &r})
	}
}

// tell queues a change of state, or of its reason. What was told last is not
// told again.
func (w *watch) tell(ctx context.Context, s drivers.ReaderState, detail string) {
	if w.told && w.last.State == s && w.last.Detail == detail {
		return
	}
	w.told = true
	w.last = drivers.ReaderEvent{At: time.Now(), State: s, Detail: detail}
	w.put(ctx, w.last)
}

func (w *watch) put(ctx context.Context, e drivers.ReaderEvent) {
	select {
	case w.queue <- e:
	case <-ctx.Done():
	}
}
