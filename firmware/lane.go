package firmware

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"portcullis/cache/list"
	"portcullis/drivers"
	"portcullis/firmware/audit"
	"portcullis/firmware/console"
	"portcullis/firmware/health"
	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
	"portcullis/firmware/subject"
	"portcullis/mrz"
)

// Parts are what a lane is made of. All are required but those that say so.
type Parts struct {
	Site, Name string // where the lane stands, and which it is
	Version    string // of the program
	Demo       bool   // the pages say that nothing is real

	Reader      drivers.Reader
	ReaderLabel string // profiles and ports, for the page
	Gate        drivers.Gate
	Lights      drivers.Lights
	Buzzer      drivers.Buzzer
	Display     drivers.Display

	Lists    Lists
	Titles   map[string]string             // of lists, for the page; the name where there is none
	Updates  func(list string) string      // what keeps a list from being updated, "" for nothing; nil for nothing ever
	Faults   func() []console.Fault        // further faults for the page; nil for none
	Log      func() (*audit.Log, error)    // opens the log, again when a write to it has failed
	Subjects func() (*subject.Keys, error) // opens the keys of pseudonyms, again when that failed

	Floor   func() time.Time // a time that has passed, as it was signed; nil for none
	Policy  inspect.Policy
	Station station.Policy

	Console  *console.Server
	Metrics  *Metrics
	Watchdog *Watchdog // knows the pulses of the loops; nil for none
	Logger   *slog.Logger
	Watch    func(station.Action) // told of every action that is done, and must not wait; nil for nobody
}

// The rhythm of a lane.
const (
	tick       = 250 * time.Millisecond // time passes for the station
	refresh    = time.Second            // the pages are told anew, at the latest
	relog      = 5 * time.Second        // a log or a device that failed is tried again
	deviceTime = 2 * time.Second        // a device that takes longer has failed
	// A document that was read longer ago, while the lane was held up, is not known
	// to be that of whoever stands there now: it clears nobody, who is asked again.
	staleReading = 5 * time.Second
)

// PublishWithin is how often a lane promises to tell its pages anew.
const PublishWithin = 5 * refresh

// A Lane is one lane at work. One goroutine, its Run, owns all of it.
type Lane struct {
	Parts
	station station.Station
	seen    subject.Seen
	subject subject.Pseudonym            // of the document that is being decided on
	used    map[string]subject.Pseudonym // of documents that the gate was released for, and whose passage is open

	log      *audit.Log
	subjects *subject.Keys
	logError error // why nothing can be recorded
	nextLog  time.Time

	page        page
	devices     map[string]error // the devices that failed, by name
	nextDevices time.Time

	pulse, stored *health.Pulse // of this loop, and of the disk

	outcomes  chan outcome
	clearings chan clearing
	closed    atomic.Pointer[string]             // why the lane is closed; nil when it is not
	gateNow   atomic.Pointer[drivers.GateStatus] // what the gate said last; nil when it has not
}

// outcome is what an officer recorded, and where to answer whether it was kept.
type outcome struct {
	event station.OutcomeGiven
	reply chan error
}

// NewLane returns a lane that is closed until it runs.
func NewLane(p Parts) *Lane {
	l := &Lane{
		Parts:    p,
		station:  station.Station{Policy: p.Station},
		seen:     subject.Seen{Window: p.Policy.MultipleUseWindow},
		used:     map[string]subject.Pseudonym{},
		devices:  map[string]error{},
		outcomes: make(chan outcome), clearings: make(chan clearing),
	}
	l.watchLoops()
	l.page.lane = station.Lane{State: station.Closed}
	l.closed.Store(l.page.whyClosed())
	return l
}

// watchLoops gives every loop that can tell that it goes round its pulse.
func (l *Lane) watchLoops() {
	if l.Watchdog == nil {
		l.pulse, l.stored = new(health.Pulse), new(health.Pulse)
		return
	}
	l.pulse, l.stored = l.Watchdog.Pulse(health.Lane), l.Watchdog.Pulse(health.Storage)
	if b, ok := l.Reader.(drivers.Beater); ok {
		b.OnBeat(l.Watchdog.Pulse(health.Reader).Beat)
	}
	if b, ok := l.Gate.(drivers.Beater); ok {
		b.OnBeat(l.Watchdog.Pulse(health.Gate).Beat)
	}
}

// Storage is the loop that tries the disk of a folder while the log does not.
func (l *Lane) Storage(dir string) Storage { return Storage{Dir: dir, Pulse: l.stored} }

// Ready tells why the lane cannot take a traveller, or nil when it can.
func (l *Lane) Ready() error {
	if why := l.closed.Load(); why != nil {
		return fmt.Errorf("the lane is closed: %s", *why)
	}
	return nil
}

// Run works the lane until ctx is done, and leaves its devices at rest.
func (l *Lane) Run(ctx context.Context) error {
	readings := make(chan drivers.ReaderEvent)
	gate := make(chan drivers.GateStatus)
	return Run(ctx,
		Loop{"reader", func(ctx context.Context) error { return l.Reader.Run(ctx, readings) }},
		Loop{"gate", func(ctx context.Context) error { return l.Gate.Watch(ctx, gate) }},
		Loop{"lane", func(ctx context.Context) error { return l.work(ctx, readings, gate) }},
	)
}

// work takes one event after another.
func (l *Lane) work(ctx context.Context, readings <-chan drivers.ReaderEvent, gate <-chan drivers.GateStatus) error {
	defer l.halt()
	l.openLog(time.Now())
	if l.logError != nil {
		l.do(ctx, time.Now(), l.station.Step(time.Now(), station.RecordFailed{}))
	}
	ticks := time.NewTicker(tick)
	defer ticks.Stop()
	l.page.begin(l)
	for {
		l.pulse.Beat()
		select {
		case <-ctx.Done():
			return nil
		case e := <-readings:
			l.read(ctx, e)
		case g := <-gate:
			l.gateSays(ctx, g)
		case o := <-l.outcomes:
			l.outcome(ctx, o)
		case c := <-l.clearings:
			l.clearTamper(ctx, c)
		case <-ticks.C:
			l.tick(ctx, time.Now())
			if time.Since(l.page.published) < refresh {
				continue
			}
		}
		l.page.publish(l, time.Now())
	}
}

// tick lets time pass, and tries again what has failed.
func (l *Lane) tick(ctx context.Context, now time.Time) {
	if l.logError != nil && now.After(l.nextLog) {
		l.openLog(now)
		if l.logError == nil {
			l.step(ctx, now, station.RecordRestored{})
		}
	}
	if now.After(l.nextDevices) {
		l.nextDevices = now.Add(relog)
		l.retryDevices(ctx, now)
	}
	l.step(ctx, now, station.Tick{})
	if l.subjects == nil {
		return
	}
	if err := l.subjects.Expire(now); err != nil {
		l.Logger.Error("destroy old pseudonym keys", "error", err)
	}
}

// openLog opens the log and the keys that it needs, or leaves the lane closed
// for want of them.
func (l *Lane) openLog(now time.Time) {
	if l.log != nil {
		l.log.Close()
		l.log = nil
	}
	l.nextLog = now.Add(relog)
	if l.subjects == nil {
		l.subjects, l.logError = l.Subjects()
	}
	if l.subjects != nil {
		l.log, l.logError = l.Log()
	}
	if l.logError != nil {
		l.Logger.Error("open log", "error", l.logError)
		return
	}
	if l.station.First == 0 {
		l.station.First = l.log.Head().Seq + 1 // no earlier passage has that number
	}
}

// read deals with what the reader says.
func (l *Lane) read(ctx context.Context, e drivers.ReaderEvent) {
	if e.Reading == nil {
		l.Logger.Info("reader", "name", e.Reader, "state", e.State.String(), "detail", e.Detail)
		l.page.readers.note(e)
		state, detail := l.page.readers.summary()
		l.Metrics.reader.Set(oneIf(state == drivers.ReaderReady))
		l.Metrics.readers.WithLabelValues(e.Reader).Set(oneIf(e.State == drivers.ReaderReady))
		l.step(ctx, time.Now(), station.ReaderChanged{State: state.String(), Detail: detail})
		return
	}
	l.Metrics.read(e.Reading.Fault)
	if e.Reading.Fault != drivers.NoFault {
		l.Logger.Info("reading failed", "fault", e.Reading.Fault.String(), "bytes", e.Reading.Bytes)
		l.step(ctx, time.Now(), station.ReadFailed{Fault: e.Reading.Fault.String()})
		return
	}
	l.inspect(ctx, *e.Reading)
}

// inspect decides on a document and has the lane act on it.
func (l *Lane) inspect(ctx context.Context, r drivers.Reading) {
	now := time.Now()
	in := inspect.Input{Now: now, Today: mrz.DayOf(now), ClockSet: true, Policy: l.Policy}
	if l.Floor != nil {
		in.Floor = l.Floor()
	}
	if zone, err := mrz.Parse(r.Lines); err == nil {
		in.Zone = zone
	}
	ask(l.Lists, &in)
	l.subject = l.subjectOf(now, &in.Zone)
	in.LastUsed = l.seen.Last(now, l.subject)
	decision := inspect.Decide(in)
	took := time.Since(r.At)
	if took > staleReading && decision.Verdict() == inspect.Clear {
		l.Logger.Info("reading is too old to clear", "age", took.String())
		l.subject = subject.Pseudonym{}
		l.step(ctx, now, station.ReadFailed{Fault: "too old"})
		return
	}
	l.Metrics.decided(decision, took)
	l.step(ctx, now, station.Inspected{
		Decision: decision, Document: in.Zone.Document.String(), Key: l.subject.Today, Elapsed: took,
	})
	l.subject = subject.Pseudonym{}
}

// subjectOf returns the pseudonym of a document whose number is certain.
func (l *Lane) subjectOf(now time.Time, z *mrz.Result) subject.Pseudonym {
	if l.subjects == nil || !z.Sound(mrz.Number) {
		return subject.Pseudonym{}
	}
	number, err := list.Clean(nil, z.Document.Number.Value())
	if err != nil {
		return subject.Pseudonym{}
	}
	p, err := l.subjects.Of(now, z.Document.IssuingState.Value(), string(z.Document.Class()), string(number))
	if err != nil {
		l.Logger.Error("make pseudonym", "error", err)
	}
	return p
}

// Acknowledge records what an officer says came of a passage. It is for the
// console, and returns when the log has it.
func (l *Lane) Acknowledge(ctx context.Context, a console.Acknowledgement) error {
	number, err := strconv.ParseUint(a.Passage, 10, 64)
	if err != nil {
		return console.ErrUnknownPassage
	}
	o := outcome{
		event: station.OutcomeGiven{Passage: number, Outcome: station.Outcome(a.Outcome), Officer: pageOfficer},
		reply: make(chan error, 1),
	}
	select {
	case l.outcomes <- o:
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-o.reply
}

// pageOfficer is who gives an outcome on the page: whoever stands at it, for
// the page knows no names.
const pageOfficer = "lane"

func (l *Lane) outcome(ctx context.Context, o outcome) {
	if err := l.station.Accepts(o.event); err != nil {
		o.reply <- consoleError(err)
		return
	}
	l.step(ctx, time.Now(), o.event)
	if l.logError != nil {
		o.reply <- fmt.Errorf("keep outcome: %w", l.logError)
		return
	}
	o.reply <- nil
}

// consoleError puts the refusals of a station into the console's words.
func consoleError(err error) error {
	switch err {
	case station.ErrUnknownPassage:
		return console.ErrUnknownPassage
	case station.ErrRecorded:
		return console.ErrRecorded
	}
	return err
}
