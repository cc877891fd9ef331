package rollout_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"portcullis/central/rollout"
)

var midnight = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func plan(change func(*rollout.Plan)) rollout.Plan {
	p := rollout.Plan{
		ID: "c1", List: "sltd", Release: 7, Waves: []rollout.Wave{{Count: 2}, {Percent: 20}, {Percent: 100}},
		Wait: 10 * time.Minute, Concurrent: 5, Seen: 48 * time.Hour, Timeout: 5 * time.Minute,
		Retries: 2, BackOff: 10 * time.Second, FailedPercent: 10, Executed: 10,
	}
	if change != nil {
		change(&p)
	}
	if err := p.Check(); err != nil {
		panic(err)
	}
	return p
}

// A world plays devices against a campaign, one second at a time, and watches
// the rules that hold in every campaign.
type world struct {
	t       *testing.T
	c       *rollout.Campaign
	now     time.Time
	random  *rand.Rand
	trying  map[string]rollout.Action // what runs on devices
	done    map[string]int            // how often a device came to have the release
	events  []rollout.Event
	journal []rollout.Transition
	most    int
	// behave says what comes of a try, second by second: nothing yet, or events.
	behave func(name string, a rollout.Action) []rollout.Event
	sample func(name string) rollout.Sample
}

func newWorld(t *testing.T, p rollout.Plan, devices int) *world {
	w := &world{t: t, c: rollout.New(p), now: midnight, random: rand.New(rand.NewPCG(1, 2)), trying: map[string]rollout.Action{}, done: map[string]int{}}
	w.behave = func(string, rollout.Action) []rollout.Event {
		return []rollout.Event{{Kind: rollout.Done, Sample: w.well(7)}}
	}
	w.sample = func(string) rollout.Sample { return w.well(7) }
	w.join(devices)
	return w
}

func (w *world) well(release uint64) rollout.Sample {
	return rollout.Sample{Release: release, Ready: true, Sound: true, Counters: rollout.Counters{Started: midnight}}
}

func name(i int) string { return fmt.Sprintf("gate-%03d", i) }

func (w *world) join(devices int) {
	for i := range devices {
		w.events = append(w.events, rollout.Event{Kind: rollout.Heard, Device: name(i)})
	}
}

// second lets one second pass.
func (w *world) second() {
	for device, a := range w.trying {
		for _, e := range w.behave(device, a) {
			e.Device, e.Attempt = device, a.Attempt
			w.events = append(w.events, e)
			if e.Kind != rollout.Asked && e.Kind != rollout.Met {
				delete(w.trying, device)
			}
			if e.Kind == rollout.Done {
				w.done[device]++
			}
		}
	}
	w.step()
	w.now = w.now.Add(time.Second)
}

func (w *world) step() {
	w.t.Helper()
	changes, actions := w.c.Step(w.now, w.events)
	w.events = nil
	w.journal = append(w.journal, changes...)
	for _, a := range actions {
		switch a.Kind {
		case rollout.Send:
			if _, ok := w.trying[a.Device]; ok || w.done[a.Device] > 0 {
				w.t.Fatalf("%s is sent to twice", a.Device)
			}
			w.trying[a.Device] = a
		case rollout.Stop:
			delete(w.trying, a.Device)
		case rollout.Watch:
			for _, device := range a.Devices {
				w.events = append(w.events, rollout.Event{Kind: rollout.Observed, Device: device, Sample: w.sample(device)})
			}
		}
	}
	if w.most = max(w.most, len(w.trying)); w.most > w.c.Concurrent {
		w.t.Fatalf("%d devices are sent to at once, more than %d", w.most, w.c.Concurrent)
	}
}

// run lets time pass until the campaign is idle, and returns how long it took.
func (w *world) run() time.Duration {
	w.t.Helper()
	for range 100_000 {
		if w.c.Idle() && len(w.events) == 0 {
			return w.now.Sub(midnight)
		}
		w.second()
	}
	w.t.Fatalf("no end: %+v %v", w.c.Course, w.c.Count())
	return 0
}

func (w *world) want(phase rollout.Phase, reason string, counts map[rollout.State]int) {
	w.t.Helper()
	if w.c.Phase != phase || w.c.Reason != reason {
		w.t.Errorf("the campaign is %s %q, want %s %q", w.c.Phase, w.c.Reason, phase, reason)
	}
	got := w.c.Count()
	for state, n := range counts {
		if got[state] != n {
			w.t.Errorf("%d devices are %s, want %d: %v", got[state], state, n, got)
		}
	}
}

func TestEveryDeviceGetsTheReleaseInWaves(t *testing.T) {
	w := newWorld(t, plan(nil), 100)
	var order []int // waves, as devices began
	for !w.c.Idle() {
		before := len(w.journal)
		w.second()
		for _, j := range w.journal[before:] {
			if j.Is != nil && j.Is.State == rollout.Sending {
				order = append(order, j.Is.Wave)
			}
		}
	}
	w.want(rollout.Finished, "", map[rollout.State]int{rollout.Healthy: 100})
	per := map[int]int{}
	for i, wave := range order {
		per[wave]++
		if i > 0 && wave < order[i-1] {
			t.Errorf("wave %d after wave %d", wave, order[i-1])
		}
	}
	if per[0] != 2 || per[1] != 18 || per[2] != 80 {
		t.Errorf("the waves have %v devices", per)
	}
	if took := w.now.Sub(midnight); took < 20*time.Minute {
		t.Errorf("two waits of ten minutes took %v", took)
	}
}

func TestUrgentSkipsWaitsAndWindowButNotTheCanary(t *testing.T) {
	w := newWorld(t, plan(func(p *rollout.Plan) { p.Urgent, p.Window = true, rollout.Window{From: 600, To: 660} }), 50)
	w.second()
	if len(w.trying) != 2 {
		t.Errorf("%d devices are begun with before the canary has ended", len(w.trying))
	}
	if took := w.run(); took > time.Minute {
		t.Errorf("it took %v", took)
	}
	w.want(rollout.Finished, "", map[rollout.State]int{rollout.Healthy: 50})
}

func TestNothingBeginsOutsideTheWindow(t *testing.T) {
	w := newWorld(t, plan(func(p *rollout.Plan) { p.Window = rollout.Window{From: 23 * 60, To: 60} }), 50)
	w.now = midnight.Add(2 * time.Hour)
	for range 3600 {
		w.second()
	}
	w.want(rollout.Running, "", map[rollout.State]int{rollout.Pending: 50})
	w.now = midnight.Add(23 * time.Hour)
	w.run()
	w.want(rollout.Finished, "", map[rollout.State]int{rollout.Healthy: 50})
}

func TestNoMoreBeginInAMinuteThanAllowed(t *testing.T) {
	w := newWorld(t, plan(func(p *rollout.Plan) { p.PerMinute, p.Urgent = 6, true }), 60)
	if took := w.run(); took < 9*time.Minute {
		t.Errorf("60 devices at 6 a minute took %v", took)
	}
}

func TestFailuresHaltTheCampaignAtTheThreshold(t *testing.T) {
	for _, bad := range []struct {
		part, most int // percent that fail; devices that may be touched by then
		halts      bool
	}{{0, 0, false}, {5, 0, false}, {30, 60, true}, {100, 2, true}} {
		t.Run(fmt.Sprint(bad.part), func(t *testing.T) {
			w := newWorld(t, plan(nil), 300)
			tenth := func(device string) bool { var i int; fmt.Sscanf(device, "gate-%d", &i); return i*7%100 < bad.part }
			w.behave = func(device string, _ rollout.Action) []rollout.Event {
				if tenth(device) {
					return []rollout.Event{{Kind: rollout.Broke, Reason: "wrong-key", Final: true}}
				}
				return []rollout.Event{{Kind: rollout.Done, Sample: w.well(7)}}
			}
			w.run()
			touched := 300 - w.c.Count()[rollout.Pending]
			if bad.halts != (w.c.Phase == rollout.Halted) || bad.halts && touched > bad.most {
				t.Errorf("%d%% fail: %s after %d devices: %v", bad.part, w.c.Phase, touched, w.c.Count())
			}
		})
	}
}

func TestACanaryThatFailsHaltsHoweverFewItIs(t *testing.T) {
	w := newWorld(t, plan(func(p *rollout.Plan) { p.Waves[0].Count, p.Executed = 1, 50 }), 100)
	w.behave = func(string, rollout.Action) []rollout.Event {
		return []rollout.Event{{Kind: rollout.Broke, Reason: "apply-failed"}}
	}
	w.run()
	w.want(rollout.Halted, rollout.ReasonFailures, map[rollout.State]int{rollout.Failed: 1, rollout.Pending: 99})
	for _, d := range w.c.Devices {
		if d.State == rollout.Failed && d.Attempt != 3 {
			t.Errorf("it was tried %d times, want 3", d.Attempt)
		}
	}
}

func TestDevicesThatAreAwayArePendingAndTakeNoPlace(t *testing.T) {
	w := newWorld(t, plan(nil), 100)
	w.behave = func(device string, _ rollout.Action) []rollout.Event {
		if device < name(50) {
			return []rollout.Event{{Kind: rollout.Away}}
		}
		return []rollout.Event{{Kind: rollout.Done, Sample: w.well(7)}}
	}
	w.run()
	w.want(rollout.Finished, "", map[rollout.State]int{rollout.Healthy: 50, rollout.Pending: 50})

	// Central hears of one again, after the campaign gave it up.
	w.behave = func(string, rollout.Action) []rollout.Event {
		return []rollout.Event{{Kind: rollout.Done, Sample: w.well(7)}}
	}
	w.events = append(w.events, rollout.Event{Kind: rollout.Resume})
	w.run()
	w.want(rollout.Finished, "", map[rollout.State]int{rollout.Healthy: 100})
}

func TestDevicesNotHeardOfForLongAreNotCounted(t *testing.T) {
	w := newWorld(t, plan(func(p *rollout.Plan) { p.Waves = []rollout.Wave{{Percent: 10}, {Percent: 100}} }), 0)
	for i := range 100 {
		seen := midnight
		if i < 50 {
			seen = midnight.Add(-72 * time.Hour)
		}
		w.events = append(w.events, rollout.Event{Kind: rollout.Heard, Device: name(i), Seen: seen})
	}
	w.second()
	if len(w.trying) != 5 {
		t.Errorf("the canary is %d devices, want 10%% of the 50 that are there", len(w.trying))
	}
	w.run()
	w.want(rollout.Finished, "", map[rollout.State]int{rollout.Healthy: 50, rollout.Pending: 50})
}

func TestADeviceThatNeverComesBackFromInstallingFailed(t *testing.T) {
	w := newWorld(t, plan(nil), 100)
	w.behave = func(_ string, a rollout.Action) []rollout.Event {
		if a.Attempt == 1 {
			return []rollout.Event{{Kind: rollout.Asked}, {Kind: rollout.Away}}
		}
		return []rollout.Event{{Kind: rollout.Away}}
	}
	w.run()
	w.want(rollout.Halted, rollout.ReasonFailures, map[rollout.State]int{rollout.Failed: 2, rollout.Pending: 98})
	for _, d := range w.c.Devices {
		if d.State == rollout.Failed && d.Reason != rollout.ReasonLost {
			t.Errorf("it failed as %q", d.Reason)
		}
	}
}

func TestATryThatTakesTooLongIsStopped(t *testing.T) {
	w := newWorld(t, plan(func(p *rollout.Plan) { p.Retries = 0 }), 10)
	w.behave = func(string, rollout.Action) []rollout.Event { return nil }
	if took := w.run(); took < 5*time.Minute {
		t.Errorf("it was stopped after %v", took)
	}
	w.want(rollout.Halted, rollout.ReasonFailures, map[rollout.State]int{rollout.Failed: 2})
	if len(w.trying) > 0 {
		t.Errorf("%d tries go on", len(w.trying))
	}
}

func TestNewDevicesJoinAndLeaveWhileACampaignRuns(t *testing.T) {
	w := newWorld(t, plan(nil), 20)
	for range 30 {
		w.second()
	}
	w.join(40)
	w.events = append(w.events, rollout.Event{Kind: rollout.Gone, Device: name(39)})
	w.run()
	w.want(rollout.Finished, "", map[rollout.State]int{rollout.Healthy: 39, rollout.Pending: 1})
}

func TestDevicesThatHaveTheReleaseAreSkippedAndAreNoCanary(t *testing.T) {
	w := newWorld(t, plan(nil), 40)
	w.behave = func(device string, _ rollout.Action) []rollout.Event {
		if device < name(30) {
			return []rollout.Event{{Kind: rollout.Needless, Reason: "same"}}
		}
		return []rollout.Event{{Kind: rollout.Done, Sample: w.well(7)}}
	}
	w.events = append(w.events, rollout.Event{Kind: rollout.Heard, Device: name(39), Reason: "newer"})
	w.run()
	w.want(rollout.Finished, "", map[rollout.State]int{rollout.Skipped: 31, rollout.Healthy: 9})
}

func TestPauseBeginsNothingAndResumeGoesOn(t *testing.T) {
	w := newWorld(t, plan(nil), 60)
	for range 620 {
		w.second() // into the second wave
	}
	w.events = append(w.events, rollout.Event{Kind: rollout.Pause})
	w.run()
	healthy := w.c.Count()[rollout.Healthy]
	if w.c.Phase != rollout.Paused || healthy < 2 || healthy > 12 {
		t.Fatalf("%s with %v", w.c.Phase, w.c.Count())
	}
	w.events = append(w.events, rollout.Event{Kind: rollout.Resume})
	w.run()
	w.want(rollout.Finished, "", map[rollout.State]int{rollout.Healthy: 60})
}

func TestAbortStopsSendingAndIsFinal(t *testing.T) {
	w := newWorld(t, plan(func(p *rollout.Plan) { p.Urgent, p.Waves = true, []rollout.Wave{{Percent: 100}} }), 60)
	w.behave = func(string, rollout.Action) []rollout.Event { return nil }
	w.second()
	w.events = append(w.events, rollout.Event{Kind: rollout.Abort})
	w.run()
	w.events = append(w.events, rollout.Event{Kind: rollout.Resume, AcceptHalt: true})
	w.run()
	w.want(rollout.Aborted, "", map[rollout.State]int{rollout.Pending: 60})
	if len(w.trying) > 0 {
		t.Errorf("%d tries go on", len(w.trying))
	}
}

func TestAHaltIsOnlyPassedByWhoAcceptsIt(t *testing.T) {
	w := newWorld(t, plan(nil), 60)
	broken := true
	w.behave = func(string, rollout.Action) []rollout.Event {
		if broken {
			return []rollout.Event{{Kind: rollout.Broke, Reason: "no-space", Final: true}}
		}
		return []rollout.Event{{Kind: rollout.Done, Sample: w.well(7)}}
	}
	w.run()
	broken = false
	w.events = append(w.events, rollout.Event{Kind: rollout.Resume})
	w.run()
	w.want(rollout.Halted, rollout.ReasonFailures, map[rollout.State]int{rollout.Failed: 2, rollout.Pending: 58})
	w.events = append(w.events, rollout.Event{Kind: rollout.Resume, AcceptHalt: true, RetryFailed: true})
	w.run()
	w.want(rollout.Finished, "", map[rollout.State]int{rollout.Healthy: 60})
}

func clone(w *world) *rollout.Campaign {
	c := rollout.New(w.c.Plan)
	for _, t := range w.journal {
		line, err := json.Marshal(t)
		if err != nil {
			w.t.Fatal(err)
		}
		var back rollout.Transition
		if err := json.Unmarshal(line, &back); err != nil {
			w.t.Fatal(err)
		}
		c.Apply(back)
	}
	return c
}
