package firmware

import (
	"context"
	"errors"
	"maps"
	"time"

	"portcullis/drivers"
	"portcullis/firmware/audit"
	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
)

// step hands an event to the station and does what it says. When a record
// cannot be made durable, nothing that follows from it is done.
func (l *Lane) step(ctx context.Context, now time.Time, e station.Event) {
	actions := l.station.Step(now, e)
	if written, err := l.record(actions); err != nil {
		l.logError, l.nextLog = err, now.Add(relog)
		l.Logger.Error("write log", "error", err)
		actions = l.station.Step(now, station.RecordFailed{Written: written})
	}
	l.do(ctx, now, actions)
}

// do does actions but for their records, which are durable.
func (l *Lane) do(ctx context.Context, now time.Time, actions []station.Action) {
	failing := len(l.devices)
	for _, a := range actions {
		l.act(ctx, now, a)
	}
	l.noteDevices(ctx, now, failing)
}

// noteDevices tells the station when other devices fail than a moment ago.
func (l *Lane) noteDevices(ctx context.Context, now time.Time, failing int) {
	if len(l.devices) != failing {
		l.step(ctx, now, station.FaultsChanged{Faults: l.deviceFaults()})
	}
}

// record makes the records of a step durable, which stand first in it, and
// returns how many are.
func (l *Lane) record(actions []station.Action) (written int, err error) {
	for _, a := range actions {
		r, ok := a.(station.Record)
		if !ok {
			break
		}
		if l.log == nil {
			return written, l.logError
		}
		if err := l.log.Append(entryOf(l.Name, r)); err != nil {
			return written, err
		}
		l.stored.Beat()
		written++
		l.settle(r)
	}
	return written, nil
}

// settle ends the use of a document: it stands, or nobody passed and it is
// taken back.
func (l *Lane) settle(r station.Record) {
	switch r.Kind {
	case station.NoPassage:
		l.seen.Forget(l.used[r.Key])
		delete(l.used, r.Key)
	case station.Passed:
		delete(l.used, r.Key)
	}
}

func entryOf(lane string, r station.Record) audit.Entry {
	e := audit.Entry{
		Time: r.At, Kind: string(r.Kind), Lane: lane, Passage: r.Passage, Document: r.Document, Subject: r.Key,
		Outcome: string(r.Outcome), Officer: r.Officer, Detail: r.Detail, Elapsed: r.Elapsed,
	}
	if r.Kind != station.Decided {
		return e
	}
	e.Verdict = r.Decision.Verdict().String()
	for _, c := range r.Decision.Codes() {
		e.Reasons = append(e.Reasons, string(c))
	}
	for _, s := range r.Decision.Lists() {
		e.Lists = append(e.Lists, audit.ListUse{Name: s.Name, Release: s.Release, Age: seconds(s.Age), State: s.Freshness.String()})
	}
	return e
}

// act does one action. Records are done already.
func (l *Lane) act(ctx context.Context, now time.Time, a station.Action) {
	ctx, cancel := context.WithTimeout(ctx, deviceTime)
	defer cancel()
	switch a := a.(type) {
	case station.Lights:
		l.device("lights", show(ctx, l.Lights.Show, signals, string(a.Signal)))
		l.page.signal = signals[string(a.Signal)]
	case station.Display:
		l.device(display, show(ctx, l.Display.Show, messages, string(a.Message)))
		l.page.message = messages[string(a.Message)]
	case station.Buzzer:
		l.device("buzzer", show(ctx, l.Buzzer.Sound, tones, string(a.Tone)))
		l.page.tone = tones[string(a.Tone)]
	case station.Gate:
		l.command(ctx, now, a)
	case station.Lane:
		l.page.lane = a
	case station.Passage:
		l.page.passage(a)
	}
	if l.Watch != nil {
		l.Watch(a)
	}
}

// command commands the gate. A release is a use of the document, and its grant is
// the passage, which has a number that no other has, before a restart or after it.
func (l *Lane) command(ctx context.Context, now time.Time, g station.Gate) {
	if g.Command == station.Lock {
		l.device("gate", l.Gate.Lock(ctx))
		return
	}
	l.used[l.subject.Today] = l.subject
	l.seen.Mark(now, l.subject)
	l.device("gate", l.Gate.Release(ctx, drivers.Grant(g.Passage)))
}

// device notes whether a device did as it was told.
func (l *Lane) device(name string, err error) {
	_, had := l.devices[name]
	switch {
	case err != nil && !had:
		l.Logger.Error("command device", "device", name, "error", err)
		l.devices[name] = err
	case err == nil && had:
		l.Logger.Info("device works again", "device", name)
		delete(l.devices, name)
	}
}

// display is a device without which a lane goes on: the lamps and the page tell
// the traveller the same.
const display = "display"

// deviceFaults closes the lane while a device does not do as it is told, unless
// the lane can do without.
func (l *Lane) deviceFaults() []inspect.Code {
	for name := range l.devices {
		if name != display {
			return []inspect.Code{inspect.DeviceFault}
		}
	}
	return nil
}

// retryDevices commands anew the devices that fail, and no others: to lock a gate
// that works would make an intruder of whoever was let through just now.
func (l *Lane) retryDevices(ctx context.Context, now time.Time) {
	failing := len(l.devices)
	for name := range maps.Clone(l.devices) {
		l.device(name, l.retry(ctx, name))
	}
	l.noteDevices(ctx, now, failing)
}

func (l *Lane) retry(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, deviceTime)
	defer cancel()
	switch name {
	case "gate":
		return l.Gate.Lock(ctx)
	case "lights":
		return l.Lights.Show(ctx, l.page.signal)
	case display:
		return l.Display.Show(ctx, l.page.message)
	}
	return l.Buzzer.Sound(ctx, l.page.tone)
}

// halt leaves everything at rest, and the log closed.
func (l *Lane) halt() {
	err := errors.Join(l.Gate.Halt(), l.Lights.Halt(), l.Buzzer.Halt(), l.Display.Halt())
	if l.log != nil {
		err = errors.Join(err, l.log.Close())
	}
	if err != nil {
		l.Logger.Error("put lane at rest", "error", err)
	}
}

// The words that a station uses are those of package drivers.
var (
	signals  = byWord(drivers.SignalOff, drivers.SignalReady, drivers.SignalBusy, drivers.SignalProceed, drivers.SignalStop)
	tones    = byWord(drivers.ToneNone, drivers.ToneClear, drivers.ToneRefer, drivers.ToneDocument, drivers.TonePerson)
	messages = byWord(drivers.MessageClosed, drivers.MessagePresent, drivers.MessageWait, drivers.MessageAgain,
		drivers.MessageProceed, drivers.MessageOfficer)
)

func byWord[T interface{ String() string }](values ...T) map[string]T {
	words := make(map[string]T, len(values))
	for _, v := range values {
		words[v.String()] = v
	}
	return words
}

// errWord means that a station and the drivers do not share a word.
var errWord = errors.New("no device knows this word")

func show[T any](ctx context.Context, do func(context.Context, T) error, known map[string]T, word string) error {
	v, ok := known[word]
	if !ok {
		return errWord
	}
	return do(ctx, v)
}
