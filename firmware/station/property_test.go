package station_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
)

// TestNoEventsReleaseWithoutARecordedClear plays random events and holds every
// list of actions to what package station promises.
func TestNoEventsReleaseWithoutARecordedClear(t *testing.T) {
	var kinds []inspect.Decision
	for _, name := range slices.Sorted(maps.Keys(decisions)) {
		kinds = append(kinds, decisions[name](t))
	}
	kinds = append(kinds, inspect.Decision{}, kinds[1], kinds[1], kinds[1], kinds[1]) // kinds[1] is clear
	releases, alerts := 0, 0
	for seed := range uint64(400) {
		w := &world{t: t, r: rand.New(rand.NewPCG(seed, 9)), now: nine, kinds: kinds, durable: map[string]bool{}}
		for range 250 {
			w.next()
			if t.Failed() {
				t.Fatalf("seed %d: %+v", seed, w.last)
			}
		}
		w.everythingIsRecorded()
		releases, alerts = releases+w.releases, alerts+w.alerts
	}
	if releases < 1000 || alerts < 2000 {
		t.Errorf("%d releases and %d alerts: the events are not worth much", releases, alerts)
	}
}

// A world is a lane, and what is really so around it.
type world struct {
	t     *testing.T
	r     *rand.Rand
	now   time.Time
	kinds []inspect.Decision
	lane  station.Station
	last  []any // event and actions

	reader, gate string
	passages     uint64
	tampered     bool
	grant        uint64 // of the last release
	faulty       bool
	logFails     bool // the next record fails, with some luck
	logBroken    bool // the lane was told so

	alert    uint64 // the passage for which an officer was called, until they say something
	numbers  uint64
	releases int
	alerts   int
	wanted   []string // records that must be durable in the end
	durable  map[string]bool
}

// next lets something happen.
func (w *world) next() {
	w.now = w.now.Add(time.Duration(w.r.IntN(6000)) * time.Millisecond)
	var e station.Event = station.Tick{}
	switch w.r.IntN(14) {
	case 0, 1, 2, 3, 4:
		e = station.Inspected{Decision: w.kinds[w.r.IntN(len(w.kinds))], Document: "P UTO", Key: []string{"", "", "A", "B", "C"}[w.r.IntN(5)]}
	case 5:
		e = station.ReadFailed{Fault: "noise"}
	case 6:
		w.reader = w.mostly("ready", "gone", "opening", "")
		e = station.ReaderChanged{State: w.reader}
	case 7, 8, 9:
		w.gate = w.mostly("locked", "granted", "passing", "forced", "tailgate", "held-open", "emergency", "out-of-service", "unknown")
		w.passages += uint64(max(0, w.r.IntN(6)-3))
		w.tampered = w.r.IntN(15) == 0
		e = station.GateChanged{State: w.gate, Grant: w.grant * uint64(w.r.IntN(2)), Passages: w.passages, Tampered: w.tampered}
	case 10, 11:
		e = station.OutcomeGiven{Passage: w.someNumber(), Outcome: station.Refused, Officer: "desk-2"}
	case 12:
		w.faulty = w.r.IntN(6) == 0
		f := station.FaultsChanged{}
		if w.faulty {
			f.Faults = []inspect.Code{inspect.Tamper}
		}
		e = f
	case 13:
		w.logFails = w.r.IntN(5) == 0
		if !w.logFails && w.logBroken {
			e = station.RecordRestored{}
		}
	}
	w.step(e)
}

// someNumber is that of the passage that an officer is called for, or of a
// recent one.
func (w *world) someNumber() uint64 {
	if w.alert > 0 {
		return w.alert
	}
	return w.numbers - uint64(w.r.IntN(2))
}

// mostly returns its first word nearly every time.
func (w *world) mostly(words ...string) string {
	if w.r.IntN(8) > 0 {
		return words[0]
	}
	return words[w.r.IntN(len(words))]
}

// step gives an event and does the actions, as the appliance would.
func (w *world) step(e station.Event) {
	mayOpen := w.reader == "ready" && w.gate == "locked" && !w.tampered && !w.faulty && !w.logBroken && w.alert == 0
	if _, ok := e.(station.RecordRestored); ok {
		w.logBroken = false
	}
	actions := w.lane.Step(w.now, e)
	w.last = []any{e, actions}
	w.want(actions)
	written, recorded := 0, map[uint64]bool{}
	for i, a := range actions {
		if rec, ok := a.(station.Record); ok {
			if w.logFails && w.r.IntN(2) == 0 {
				w.fail(written)
				return
			}
			if written++; written != i+1 {
				w.t.Error("a record stands behind another action")
			}
			w.write(rec, recorded)
		}
		w.do(a, e, mayOpen, recorded)
	}
	w.sees(e, actions)
}

// want notes the records that must not be lost.
func (w *world) want(actions []station.Action) {
	for _, a := range actions {
		if rec, ok := a.(station.Record); ok && rec.Kind != station.LogRestored && rec.Kind != station.OutcomeKept {
			w.wanted = append(w.wanted, id(rec))
		}
	}
}

func id(r station.Record) string { return fmt.Sprint(r.Kind, r.Passage, r.At, r.Detail) }

func (w *world) write(rec station.Record, recorded map[uint64]bool) {
	w.durable[id(rec)] = true
	if rec.Kind == station.Decided && rec.Decision.Verdict() == inspect.Clear {
		recorded[rec.Passage] = true
	}
	if rec.Kind == station.OutcomeKept && rec.Passage == w.alert {
		w.alert = 0
	}
}

// do holds an action to the promises.
func (w *world) do(a station.Action, e station.Event, mayOpen bool, recorded map[uint64]bool) {
	switch a := a.(type) {
	case station.Gate:
		if g, ok := e.(station.GateChanged); ok && g.State == "emergency" {
			w.t.Errorf("the emergency release was answered with %q", a.Command)
		}
		if a.Command != station.Release {
			return
		}
		w.releases++
		if a.Passage <= w.grant {
			w.t.Errorf("released for passage %d after one for passage %d", a.Passage, w.grant)
		}
		w.grant = a.Passage
		in, ok := e.(station.Inspected)
		if !ok || in.Decision.Verdict() != inspect.Clear || len(recorded) != 1 || !mayOpen {
			w.t.Errorf("released: clear decisions recorded before: %d, may open: %v", len(recorded), mayOpen)
		}
		recorded[0] = true // a second release in this list has two
	case station.Passage:
		w.numbers = max(w.numbers, a.Number)
		if a.State == station.Called && a.Waiting && w.alert == 0 {
			w.alert = a.Number
			w.alerts++
		}
	}
}

// fail tells the lane that a record failed; the actions after it are not done.
func (w *world) fail(written int) {
	w.logBroken = true
	actions := w.lane.Step(w.now, station.RecordFailed{Written: written})
	w.last = append(w.last, written, actions)
	if !slices.Contains(actions, station.Action(station.Gate{Command: station.Lock})) {
		w.t.Error("a failed record did not lock the gate")
	}
	for _, a := range actions {
		if _, ok := a.(station.Record); ok {
			w.t.Error("a failed record was answered with a record")
		}
		w.do(a, station.RecordFailed{}, false, nil)
	}
}

// sees holds what is said to the world: an officer learns of every document,
// and nobody is told to go on at a closed lane.
func (w *world) sees(e station.Event, actions []station.Action) {
	in, ok := e.(station.Inspected)
	if !ok || in.Key != "" {
		return
	}
	if !slices.ContainsFunc(actions, func(a station.Action) bool {
		rec, ok := a.(station.Record)
		return ok && rec.Kind == station.Decided
	}) {
		w.t.Error("a decision was not recorded")
	}
}

// everythingIsRecorded ends a story with a log that works.
func (w *world) everythingIsRecorded() {
	w.logFails = false
	w.step(station.RecordRestored{})
	for _, id := range w.wanted {
		if !w.durable[id] {
			w.t.Errorf("a record was lost: %s", id)
		}
	}
}

func TestTheZeroStationIsClosed(t *testing.T) {
	var lane station.Station
	actions := lane.Step(nine, station.Inspected{Decision: decisions["clear"](t), Document: "P UTO", Key: "A"})
	for _, a := range actions {
		if g, ok := a.(station.Gate); ok && g.Command == station.Release {
			t.Error("a lane that knows neither reader nor gate released")
		}
	}
}

func TestAClockThatIsPutBackDoesNotKeepTheGateOpen(t *testing.T) {
	var lane station.Station
	lane.Step(nine, station.ReaderChanged{State: "ready"})
	lane.Step(nine, station.GateChanged{State: "locked"})
	lane.Step(nine, station.Inspected{Decision: decisions["clear"](t), Document: "P UTO", Key: "A"})
	lane.Step(nine, station.GateChanged{State: "granted"})
	actions := lane.Step(nine.Add(-time.Hour), station.Tick{})
	if !slices.Contains(actions, station.Action(station.Gate{Command: station.Lock})) {
		t.Errorf("an hour back: %v", actions)
	}
}

func TestPassageNumbersBeginWhereTheyAreToldTo(t *testing.T) {
	lane := station.Station{First: 500}
	actions := lane.Step(nine, station.Inspected{Decision: decisions["expired"](t), Document: "P UTO"})
	i := slices.IndexFunc(actions, func(a station.Action) bool { _, ok := a.(station.Passage); return ok })
	if got := actions[i].(station.Passage).Number; got != 500 {
		t.Errorf("the first passage has number %d", got)
	}
}

func TestAnAlertIsNotForgottenForManyOthers(t *testing.T) {
	var lane station.Station
	lane.Step(nine, station.Inspected{Decision: decisions["stolen"](t), Document: "P UTO", Key: "A"})
	for range 200 {
		lane.Step(nine, station.Inspected{Decision: decisions["lost"](t), Document: "P UTO", Key: "B"})
	}
	if err := lane.Accepts(station.OutcomeGiven{Passage: 1, Outcome: station.Refused, Officer: "desk-2"}); err != nil {
		t.Error(err)
	}
}

func TestOutcomesAreRefusedForAReason(t *testing.T) {
	var lane station.Station
	lane.Step(nine, station.Inspected{Decision: decisions["stolen"](t), Document: "P UTO", Key: "A"})
	for _, c := range []struct {
		given station.OutcomeGiven
		want  error
	}{
		{station.OutcomeGiven{Passage: 2, Outcome: station.Refused, Officer: "desk-2"}, station.ErrUnknownPassage},
		{station.OutcomeGiven{Passage: 1, Outcome: "let-go", Officer: "desk-2"}, station.ErrUnknownOutcome},
		{station.OutcomeGiven{Passage: 1, Outcome: station.Refused}, station.ErrNoOfficer},
		{station.OutcomeGiven{Passage: 1, Outcome: station.Refused, Officer: "desk-2"}, nil},
	} {
		if got := lane.Accepts(c.given); got != c.want {
			t.Errorf("%+v: got %v, want %v", c.given, got, c.want)
		}
	}
	lane.Step(nine, station.OutcomeGiven{Passage: 1, Outcome: station.Refused, Officer: "desk-2"})
	if got := lane.Accepts(station.OutcomeGiven{Passage: 1, Outcome: station.HandedOver, Officer: "desk-2"}); got != station.ErrRecorded {
		t.Errorf("a second outcome: got %v", got)
	}
	for _, o := range station.Outcomes() {
		if o.Label() == string(o) {
			t.Errorf("%s has no label", o)
		}
	}
}
