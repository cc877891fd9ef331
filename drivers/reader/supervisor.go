package reader

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

// queueLength is how many events wait for a slow consumer before reading
// waits too. After that the port's own buffer fills; nothing here grows.
const queueLength = 64

// steadyAfter is how long a link must have held for its loss to be news: a
// loose plug that is lost sooner, and sent nothing, is opened ever more rarely.
const steadyAfter = time.Second

// Options are what a supervisor needs besides the profile.
type Options struct {
	// Find returns the node at which the reader is now, and an error for which
	// errors.Is says ErrAbsent while it is at none. See [At].
	Find  func() (string, error)
	Open  Opener
	Trace func(Trace) // told of what happens on the link, and must not wait; nil for nobody
}

// A Supervisor is one reader, however often it is unplugged. It implements
// drivers.Reader.
type Supervisor struct {
	profile Profile
	options Options
	beat    func()
}

var (
	_ drivers.Reader = (*Supervisor)(nil)
	_ drivers.Beater = (*Supervisor)(nil)
)

// New returns the reader that speaks a profile.
func New(p Profile, o Options) *Supervisor {
	return &Supervisor{profile: p, options: o, beat: func() {}}
}

// OnBeat has Run call beat each time that it comes round: at every read of the
// port, and at every look for one.
func (s *Supervisor) OnBeat(beat func()) { s.beat = beat }

// Run reads until ctx is done, which takes one [ReadTick] at most, and returns
// nil then. It returns early with a profile that cannot be used, and with an
// error of the Opener that is permanent.
func (s *Supervisor) Run(ctx context.Context, events chan<- drivers.ReaderEvent) error {
	if err := s.profile.Validate(); err != nil {
		return fmt.Errorf("run reader: %w", err)
	}
	lines, err := s.profile.Line.Lines()
	if err != nil {
		return fmt.Errorf("run reader: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &watch{Supervisor: s, lines: lines, queue: make(chan drivers.ReaderEvent, queueLength), clock: time.Now()}
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
	lines  []Line // the settings to try, the one in use first
	proven bool   // the first of them is the reader's
	talk   *session
	queue  chan drivers.ReaderEvent
	pauses backoff

	last drivers.ReaderEvent // the state and detail told last
	told bool                // whether any were
	had  bool                // whether the reader was ever ready
	node string

	// clock is the line's own time: it advances by how long reads waited, and
	// by one tick for each at most. So a pause of this program, during which
	// the port kept the bytes, is no silence on the line.
	clock   time.Time
	arrived time.Time // when the last bytes arrived
}

// loop attempts until ctx is done or an attempt is the last.
func (w *watch) loop(ctx context.Context) error {
	for ctx.Err() == nil {
		w.beat()
		pause, err := w.attempt(ctx)
		if err != nil {
			return err
		}
		w.rest(ctx, pause)
	}
	return nil
}

// rest waits, and goes on saying that all is well meanwhile.
func (w *watch) rest(ctx context.Context, d time.Duration) {
	for ; d > 0 && ctx.Err() == nil; d -= lookPause {
		w.beat()
		sleep(ctx, min(d, lookPause))
	}
}

// attempt finds, opens and serves the reader once. It returns how long to wait
// before the next.
func (w *watch) attempt(ctx context.Context) (time.Duration, error) {
	node, err := w.options.Find()
	if err != nil {
		w.missing(ctx, err)
		return w.pauses.pause(lookPause), nil
	}
	w.node = node
	if w.last.State != drivers.ReaderOpening && !w.asking() {
		w.tell(ctx, drivers.ReaderOpening, node)
	}
	link, err := w.options.Open(ctx, node, w.lines[0])
	if err != nil {
		return w.refused(ctx, err)
	}
	err = w.serve(ctx, link)
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, errNoAnswer) || errors.Is(err, errGarbled):
		w.unanswered(ctx, err)
	default:
		w.tell(ctx, drivers.ReaderGone, err.Error())
	}
	return w.pauses.pause(openPause), nil
}

// asking says whether the reader has yet to answer for the first time. Then that
// it is opened once more is no news.
func (w *watch) asking() bool { return w.told && w.last.State == drivers.ReaderProbing }

// unanswered has the next attempt set the line otherwise.
func (w *watch) unanswered(ctx context.Context, err error) {
	tried := w.lines[0]
	if len(w.lines) > 1 {
		w.lines = append(w.lines[1:], tried)
		w.pauses.reset()
	}
	detail := w.node
	if w.profile.Link == "serial" {
		detail += " at " + tried.String()
	}
	w.tell(ctx, drivers.ReaderProbing, fmt.Sprintf("%s: %v (%s)", detail, err, w.profile.Name))
}

// missing tells that no port, or more than one, was found. That a reader which
// went away is not there is no news.
func (w *watch) missing(ctx context.Context, err error) {
	switch {
	case !w.had:
		w.tell(ctx, drivers.ReaderAbsent, err.Error())
	case !errors.Is(err, ErrAbsent) || w.last.State != drivers.ReaderGone:
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
		w.missing(ctx, fmt.Errorf("find reader at %s: %w", w.node, ErrAbsent))
		return w.pauses.pause(lookPause), nil
	}
	w.tell(ctx, drivers.ReaderOpening, err.Error())
	return w.pauses.pause(openPause), nil
}

// serve talks over a link until it is lost, given up or ctx is done, and closes
// it.
func (w *watch) serve(ctx context.Context, link Link) error {
	framer, err := wire.New(w.profile.Frame)
	if err != nil {
		return err // it was validated
	}
	opened := time.Now()
	w.arrived = opened
	w.talk = newSession(w.profile, framer, len(w.lines) > 1 && !w.proven)
	err = w.converse(ctx, link)
	if w.talk.proven {
		w.proven = true
	}
	if w.arrived.After(opened) || time.Since(opened) >= steadyAfter {
		w.pauses.reset()
	}
	if cerr := link.Close(); cerr != nil {
		err = fmt.Errorf("%w; %w", err, cerr)
	}
	w.clock = w.clock.Add(w.profile.Frame.Idle())
	_ = w.do(ctx, nil, w.talk.end(w.clock)) // nothing is sent
	return err
}

// converse hands the session what a link delivers and does what it says, until
// the link ends or the session gives it up.
func (w *watch) converse(ctx context.Context, link Link) error {
	if err := w.do(ctx, link, w.talk.begin(w.clock)); err != nil {
		return err
	}
	buf := make([]byte, 4096)
	bad := 0
	for {
		w.beat()
		began := time.Now()
		n, err := link.Read(ctx, buf)
		now := time.Now()
		if all := badBytes(link); all > bad {
			w.trace(TraceBad, func() string { return fmt.Sprintf("%d bytes with a wrong parity or stop bit", all-bad) })
			bad = all
		}
		w.clock = w.clock.Add(min(now.Sub(began), ReadTick))
		failed := w.do(ctx, link, w.talk.tick(w.clock))
		if n > 0 {
			w.arrived = now
			w.trace(TraceIn, func() string { return Mask(w.profile.Frame, buf[:n]) })
			failed = cmp.Or(failed, w.do(ctx, link, w.talk.take(w.clock, buf[:n])))
			clear(buf[:n])
		}
		if err := cmp.Or(err, failed, w.talk.failed, ctx.Err()); err != nil {
			return err
		}
	}
}

// sendTime is how long a reader may take to take what it is sent.
const sendTime = time.Second

// do carries out what a session says. A link to which nothing can be sent any
// more is lost; what was read from it is not.
func (w *watch) do(ctx context.Context, link Link, effects []effect) (lost error) {
	for _, e := range effects {
		switch {
		case e.frame != nil:
			w.trace(TraceFrame, e.frame.String)
		case e.reading != nil:
			e.reading.At = w.arrived
			w.trace(TraceReading, func() string { return readingText(*e.reading) })
			w.put(ctx, drivers.ReaderEvent{At: w.arrived, State: w.last.State, Reading: e.reading})
		case lost != nil:
		case e.send != "":
			lost = w.send(ctx, link, e.send)
		default:
			w.become(ctx, e.state, e.detail)
		}
	}
	return lost
}

func (w *watch) send(ctx context.Context, link Link, b Bytes) error {
	w.trace(TraceOut, func() string { return fmt.Sprintf("%q", string(b)) })
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	return link.Write(ctx, []byte(b))
}

// become tells a state of an open reader, and where it is.
func (w *watch) become(ctx context.Context, s drivers.ReaderState, detail string) {
	if s == drivers.ReaderReady {
		w.had = true
	}
	where := w.node
	if detail != "" {
		where += ": " + detail
	}
	if s == drivers.ReaderProbing && w.asking() {
		return
	}
	w.tell(ctx, s, where)
}

// tell queues a change of state, or of its reason. What was told last is not
// told again.
func (w *watch) tell(ctx context.Context, s drivers.ReaderState, detail string) {
	if w.told && w.last.State == s && w.last.Detail == detail {
		return
	}
	w.told = true
	w.last = drivers.ReaderEvent{At: time.Now(), State: s, Detail: detail}
	w.trace(TraceState, func() string { return s.String() + ": " + detail })
	w.put(ctx, w.last)
}

// trace tells a tracer, if there is one.
func (w *watch) trace(what TraceEvent, text func() string) {
	if w.options.Trace != nil {
		w.options.Trace(Trace{At: time.Now(), What: what, Text: text()})
	}
}

func (w *watch) put(ctx context.Context, e drivers.ReaderEvent) {
	select {
	case w.queue <- e:
	case <-ctx.Done():
	}
}
