package rollout_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"portcullis/central/rollout"
)

// TestACampaignGoesOnFromAnyBeginningOfItsJournal kills the program at each
// transition in turn. What it had begun goes on, or comes to nothing; no device
// is done twice, and all are done.
func TestACampaignGoesOnFromAnyBeginningOfItsJournal(t *testing.T) {
	p := plan(func(p *rollout.Plan) { p.Wait, p.Waves = time.Second, []rollout.Wave{{Count: 1}, {Percent: 100}} })
	whole := newWorld(t, p, 12)
	whole.behave = faulty(rand.New(rand.NewPCG(3, 4)), whole)
	whole.run()
	for cut := range whole.journal {
		w := newWorld(t, p, 12)
		w.journal = append(w.journal, whole.journal[:cut]...)
		for _, j := range w.journal {
			if j.Is != nil && j.Is.State == rollout.Healthy {
				w.done[j.Device] = 1 // a second one would be fatal
			}
		}
		w.now = midnight.Add(24 * time.Hour)
		w.c = clone(w)
		w.events = append(w.events, rollout.Event{Kind: rollout.Resume})
		for range 100_000 {
			if w.c.Idle() {
				break
			}
			w.second()
		}
		w.want(rollout.Finished, "", nil)
		if n := w.c.Count(); n[rollout.Healthy]+n[rollout.Failed] != 12 {
			t.Fatalf("cut at %d of %d: %v", cut, len(whole.journal), n)
		}
	}
}

// faulty devices do all kinds of things, seldom for long.
func faulty(random *rand.Rand, w *world) func(string, rollout.Action) []rollout.Event {
	return func(string, rollout.Action) []rollout.Event {
		switch random.IntN(12) {
		case 0:
			return []rollout.Event{{Kind: rollout.Broke, Reason: "cut"}}
		case 1:
			return []rollout.Event{{Kind: rollout.Asked}}
		case 2:
			return []rollout.Event{{Kind: rollout.Met, Sample: w.well(6)}}
		case 3:
			return []rollout.Event{{Kind: rollout.Asked}, {Kind: rollout.Broke, Reason: "apply-failed", Refused: true}}
		case 4, 5:
			return nil
		}
		return []rollout.Event{{Kind: rollout.Done, Sample: w.well(7)}}
	}
}

// TestRulesHoldInAnyCampaign draws campaigns, fleets, faults, orders and
// crashes. The world itself watches that never too many are sent to at once, and
// none twice; here is that nothing beyond the canary begins before a canary has
// ended well, that a halt is a halt, and that the journal tells the state.
func TestRulesHoldInAnyCampaign(t *testing.T) {
	for seed := range uint64(150) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 99))
			p := plan(func(p *rollout.Plan) {
				p.Concurrent, p.PerMinute = 1+r.IntN(20), r.IntN(2)*(1+r.IntN(60))
				p.Waves = []rollout.Wave{{Count: 1 + r.IntN(4)}, {Percent: 1 + 50*r.Float64()}, {Percent: 100}}
				p.Urgent, p.Wait = r.IntN(3) == 0, time.Duration(r.IntN(100))*time.Second
				p.FailedPercent, p.Executed, p.Retries = 100*r.Float64(), r.IntN(20), r.IntN(3)
			})
			w := newWorld(t, p, 1+r.IntN(120))
			w.behave = faulty(r, w)
			if r.IntN(3) == 0 {
				w.behave = func(string, rollout.Action) []rollout.Event {
					return []rollout.Event{{Kind: rollout.Broke, Reason: "bad", Final: r.IntN(2) == 0}}
				}
			}
			for range 20_000 {
				if w.c.Idle() && w.c.Phase != rollout.Paused {
					break
				}
				disturb(w, r)
				checked := len(w.journal)
				w.second()
				checkBegun(t, w, w.journal[checked:])
			}
			if !w.c.Idle() {
				t.Fatalf("no end: %+v, %v", w.c.Course, w.c.Count())
			}
			checkHalt(t, w)
		})
	}
}

func disturb(w *world, r *rand.Rand) {
	switch r.IntN(60) {
	case 0:
		w.events = append(w.events, rollout.Event{Kind: rollout.Pause})
	case 1, 2, 3:
		w.events = append(w.events, rollout.Event{Kind: rollout.Resume})
		if w.c.Phase != rollout.Running { // it would be another program
			w.trying = map[string]rollout.Action{}
			break
		}
		w.c = clone(w)
		w.trying = map[string]rollout.Action{}
		w.join(120)
	case 4:
		w.join(120)
	}
}

func checkBegun(t *testing.T, w *world, changes []rollout.Transition) {
	t.Helper()
	for _, j := range changes {
		if j.Is == nil || j.Is.State != rollout.Sending || j.Is.Wave == 0 {
			continue
		}
		ended := 0
		for _, d := range w.c.Devices {
			if d.Wave == 0 && (d.State == rollout.Healthy || d.State == rollout.Failed) {
				ended++
			}
		}
		if ended == 0 {
			t.Fatalf("%s is begun with in wave %d, and no canary has ended", j.Device, j.Is.Wave)
		}
	}
}

func checkHalt(t *testing.T, w *world) {
	t.Helper()
	n := w.c.Count()
	executed := n[rollout.Healthy] + n[rollout.Failed]
	over := float64(n[rollout.Failed])*100 > w.c.FailedPercent*float64(executed)
	if w.c.Phase == rollout.Finished && over {
		t.Errorf("it finished with %v, the threshold being %v%%", n, w.c.FailedPercent)
	}
	if w.c.Phase == rollout.Halted && n[rollout.Failed] == 0 {
		t.Errorf("it halted with %v", n)
	}
}

// countHits has devices check documents, with these hits among a thousand
// before and after they have the release.
func countHits(t *testing.T, before, after, others uint64) *world {
	return countHitsOf(t, before, func() uint64 { return after }, others)
}

func countHitsOf(t *testing.T, before uint64, after func() uint64, others uint64) *world {
	p := plan(func(p *rollout.Plan) { p.Anomaly, p.Watch = rollout.Anomaly{Factor: 3, Checks: 1000}, time.Minute })
	w := newWorld(t, p, 60)
	counted := map[string]rollout.Tally{}
	more := func(device string, release uint64, rate uint64) rollout.Sample {
		sum := counted[device]
		sum.Checked += 1000
		sum.Hits += rate
		counted[device] = sum
		s := w.well(release)
		s.Tally = sum
		return s
	}
	w.behave = func(device string, _ rollout.Action) []rollout.Event {
		return []rollout.Event{{Kind: rollout.Met, Sample: more(device, 6, before)}, {Kind: rollout.Done, Sample: more(device, 7, 0)}}
	}
	w.sample = func(device string) rollout.Sample {
		if w.done[device] > 0 {
			return more(device, 7, after())
		}
		return more(device, 6, others)
	}
	w.run()
	return w
}

func TestAHitRateThatChangesWithTheReleaseHaltsTheCampaign(t *testing.T) {
	countHits(t, 2, 2, 2).want(rollout.Finished, "", map[rollout.State]int{rollout.Healthy: 60})
	w := countHits(t, 2, 50, 2)
	w.want(rollout.Halted, rollout.ReasonHitsHigh, map[rollout.State]int{rollout.Healthy: 2, rollout.Pending: 58})
	w.events = append(w.events, rollout.Event{Kind: rollout.Resume, AcceptHalt: true})
	w.run()
	w.want(rollout.Finished, "", map[rollout.State]int{rollout.Healthy: 60})
	countHits(t, 5, 0, 5).want(rollout.Halted, rollout.ReasonHitsLow, map[rollout.State]int{rollout.Healthy: 2, rollout.Pending: 58})
}

func TestAHitRateThatChangesEverywhereIsNotTheReleases(t *testing.T) {
	countHits(t, 2, 50, 50).want(rollout.Finished, "", map[rollout.State]int{rollout.Healthy: 60})
}

func TestASingleHitIsNoAnomaly(t *testing.T) {
	countHits(t, 0, 0, 0).want(rollout.Finished, "", nil)
	single := uint64(1)
	countHitsOf(t, 0, func() uint64 { defer func() { single = 0 }(); return single }, 0).want(rollout.Finished, "", nil)
}

func TestADeviceThatFallsIllAfterwardsFailedAndHaltsTheCampaign(t *testing.T) {
	w := newWorld(t, plan(func(p *rollout.Plan) { p.Watch = time.Minute }), 60)
	w.sample = func(device string) rollout.Sample {
		s := w.well(7)
		s.Ready = w.now.Before(midnight.Add(5 * time.Minute))
		return s
	}
	w.run()
	w.want(rollout.Halted, rollout.ReasonFailures, map[rollout.State]int{rollout.Failed: 2, rollout.Pending: 58})
}

func TestWavesAndWindowsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, bad := range []string{"", "10%", "0,100%", "x", "100%,5", "50%,10%,100%", "-1%,100%", "101%", "NaN%"} {
		if w, err := rollout.ParseWaves(bad); err == nil {
			t.Errorf("%q reads as %v", bad, w)
		}
	}
	if w, err := rollout.ParseWaves("1, 12.5%,100%"); err != nil || fmt.Sprint(w) != "[1 12.5% 100%]" {
		t.Errorf("%v, %v", w, err)
	}
	for _, bad := range []string{"", "22:00", "25:00-01:00", "22:00-xx"} {
		if _, err := rollout.ParseWindow(bad); err == nil {
			t.Errorf("%q reads", bad)
		}
	}
}

func TestACrashUsesUpNoTryOfADevice(t *testing.T) {
	w := newWorld(t, plan(func(p *rollout.Plan) { p.Retries, p.Urgent = 0, true }), 1)
	slow := true
	w.behave = func(string, rollout.Action) []rollout.Event {
		if slow {
			return []rollout.Event{{Kind: rollout.Asked}}
		}
		return []rollout.Event{{Kind: rollout.Done, Sample: w.well(7)}}
	}
	for range 5 { // programs, each killed while the device installs
		w.second()
		w.second()
		w.c, w.trying = clone(w), map[string]rollout.Action{}
		w.join(1)
		w.events = append(w.events, rollout.Event{Kind: rollout.Resume})
	}
	slow = false
	w.run()
	w.want(rollout.Finished, "", map[rollout.State]int{rollout.Healthy: 1})
	if d := w.c.Devices[name(0)]; d.Attempt != 1 || d.Round != 0 {
		t.Errorf("it counts %d tries", d.Attempt)
	}
}
