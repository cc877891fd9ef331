package health_test

import (
	"testing"
	"time"

	"portcullis/firmware/health"
)

// An appliance is one whose loops go round unless a test has them stand still.
type appliance struct {
	*health.Monitor
	parts  []health.Part
	sample health.Sample
	still  map[string]bool
	fails  map[string]string
}

func newAppliance(early int) *appliance {
	parts := []health.Part{
		{Name: health.Lane, Within: 30 * time.Second}, {Name: health.Gate, Within: 15 * time.Second, Grave: true},
		{Name: health.Storage, Within: 2 * time.Minute}, {Name: health.Clock, Within: time.Minute},
	}
	return &appliance{
		Monitor: health.New(early, health.Limits{}, parts...), parts: parts, still: map[string]bool{}, fails: map[string]string{},
		sample: health.Sample{Monotonic: time.Hour, Wall: time.Unix(0, 0), Beats: make([]health.Beats, len(parts)-1)},
	}
}

// passes lets time pass second by second, and returns the state at its end.
func (a *appliance) passes(d time.Duration) (s health.State) {
	for range d / time.Second {
		a.sample.Monotonic += time.Second
		if !a.still["wall"] {
			a.sample.Wall = a.sample.Wall.Add(time.Second)
		}
		for i := range a.sample.Beats {
			if name := a.parts[i].Name; !a.still[name] {
				a.sample.Beats[i] = health.Beats{Count: a.sample.Beats[i].Count + 1, Fails: a.fails[name]}
			}
		}
		s = a.Step(a.sample)
	}
	return s
}

// must checks a state: whether the watchdog is fed, and the one part that is ill.
func must(t *testing.T, s health.State, feed bool, ill string) {
	t.Helper()
	got := ""
	if len(s.Ill) > 0 {
		got = s.Ill[0].Part
	}
	if s.Feed != feed || got != ill || len(s.Ill) > 1 {
		t.Errorf("fed %v, %s; want fed %v, %q ill", s.Feed, s, feed, ill)
	}
}

func TestAPartThatStandsStillStopsTheFeedingUntilItGoesRound(t *testing.T) {
	for part, within := range map[string]time.Duration{health.Lane: 30 * time.Second, health.Gate: 15 * time.Second, health.Storage: 2 * time.Minute} {
		a := newAppliance(0)
		must(t, a.passes(time.Hour), true, "")
		a.still[part] = true
		must(t, a.passes(within), true, "")
		must(t, a.passes(time.Second), false, part)
		must(t, a.passes(time.Hour), false, part)
		a.still[part] = false
		must(t, a.passes(time.Second), true, "")
	}
}

func TestAPartThatNeverBeganIsIll(t *testing.T) {
	a := newAppliance(0)
	a.still[health.Gate] = true
	must(t, a.passes(15*time.Second), true, "")
	must(t, a.passes(2*time.Second), false, health.Gate)
}

func TestAPauseOfTheProgramIsNoFaultOfItsParts(t *testing.T) {
	a := newAppliance(0)
	a.passes(time.Minute)
	a.sample.Monotonic += 8 * time.Hour // as of a machine that slept; no part had time to beat
	must(t, a.Step(a.sample), true, "")
	must(t, a.passes(time.Minute), true, "")
}

func TestTheClock(t *testing.T) {
	a := newAppliance(0)
	a.passes(time.Minute)
	a.sample.Wall = a.sample.Wall.AddDate(10, 0, 0)
	must(t, a.passes(time.Second), true, "")
	a.sample.Wall = a.sample.Wall.AddDate(-20, 0, 0)
	must(t, a.passes(time.Minute), true, "")

	a.still["wall"] = true
	must(t, a.passes(4*time.Second), true, "")
	must(t, a.passes(time.Second), false, health.Clock)
	a.still["wall"] = false
	must(t, a.passes(time.Second), true, "")

	for range 5 { // the monotonic one
		a.sample.Wall = a.sample.Wall.Add(time.Second)
		for i := range a.sample.Beats {
			a.sample.Beats[i].Count++
		}
		a.Step(a.sample)
	}
	must(t, a.Step(a.sample), false, health.Clock)
}

func TestWhatARestartMayMendIsBorneForAWhile(t *testing.T) {
	a := newAppliance(0)
	a.passes(time.Minute)
	a.fails[health.Storage] = "read-only file system"
	must(t, a.passes(10*time.Minute), true, "")
	s := a.passes(2 * time.Second)
	must(t, s, false, health.Storage)
	if want := "storage has failed for 10m1s: read-only file system"; s.String() != want {
		t.Errorf("it says %q, want %q", s, want)
	}
	a.fails[health.Storage] = ""
	must(t, a.passes(time.Second), true, "")
	a.fails[health.Storage] = "again"
	must(t, a.passes(10*time.Minute), true, "")
}

func TestADiskThatHasNotWorkedSinceTheStartIsNoReasonToRestart(t *testing.T) {
	a := newAppliance(0)
	a.fails[health.Storage] = "read-only file system"
	must(t, a.passes(24*time.Hour), true, "")
	a.still[health.Storage] = true // but one that does not answer is
	must(t, a.passes(3*time.Minute), false, health.Storage)
}

func TestARestartThatDidNotHelpIsTriedEverMoreRarely(t *testing.T) {
	for early, borne := range map[int]bool{0: false, 2: false, 3: true, 1 << 30: true} {
		a := newAppliance(early)
		a.still[health.Lane] = true
		s := a.passes(time.Minute)
		must(t, s, borne, health.Lane)
		if s.Ill[0].Borne != borne {
			t.Errorf("after %d runs: %s", early, s)
		}
		must(t, a.passes(time.Hour), false, health.Lane)
	}
	a := newAppliance(3)
	a.still[health.Gate] = true // whose relay may be closed
	must(t, a.passes(time.Minute), false, health.Gate)
}

func TestARunThatIsWellForLongEnoughIsSound(t *testing.T) {
	a := newAppliance(3)
	if s := a.passes(9 * time.Minute); s.Sound {
		t.Error("sound too soon")
	}
	a.still[health.Lane] = true
	a.passes(time.Minute)
	a.still[health.Lane] = false
	if s := a.passes(9 * time.Minute); s.Sound {
		t.Error("sound although a part was ill a while ago")
	}
	if s := a.passes(2 * time.Minute); !s.Sound {
		t.Error("never sound")
	}
	a.still[health.Lane] = true
	must(t, a.passes(time.Minute), false, health.Lane)
}

func TestAPulse(t *testing.T) {
	var p health.Pulse
	p.Beat()
	p.Fail("no disk")
	if got := p.Now(); got != (health.Beats{Count: 2, Fails: "no disk"}) {
		t.Errorf("got %+v", got)
	}
	p.Beat()
	if got := p.Now(); got != (health.Beats{Count: 3}) {
		t.Errorf("got %+v", got)
	}
}

// TestNothingIsFedForALoopThatNobodyReports checks the zero values.
func TestNothingIsFedForALoopThatNobodyReports(t *testing.T) {
	m := health.New(0, health.Limits{}, health.Part{Name: health.Lane, Within: time.Second})
	var s health.State
	for i := range 10 {
		s = m.Step(health.Sample{Monotonic: time.Duration(i) * time.Second, Wall: time.Unix(int64(i), 0)})
	}
	must(t, s, false, health.Lane)
	if (health.State{}).Feed {
		t.Error("the zero state feeds")
	}
}
