package firmware

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"portcullis/drivers"
	"portcullis/firmware/console"
	"portcullis/firmware/health"
)

// The times within which the parts of an appliance must beat; the clock has no
// beat. A lane may wait for a slow disk, and for four devices that take their time;
// the loop of a gate waits for nothing but its relay.
var within = map[string]time.Duration{
	health.Lane:    30 * time.Second,
	health.Reader:  drivers.BeatWithin * 5 / 2,
	health.Gate:    drivers.BeatWithin * 5 / 4,
	health.Storage: 2 * time.Minute,
}

// WatchdogParts are what a Watchdog works with. All may be missing.
type WatchdogParts struct {
	Dogs       []drivers.Watchdog // that are fed
	Supervisor Supervisor
	Lane       func() error // why the lane takes nobody, for the supervisor
	Console    *console.Server
	Metrics    *Metrics
	Logger     *slog.Logger
	Runs       string // the file that keeps count of runs that ended early
	Limits     health.Limits
	Wall       func() time.Time // the clock that people read; time.Now when nil
	Within     time.Duration    // for tests: every part must beat within this, in place of its own time
}

// A Watchdog knows the pulses of an appliance, and feeds its watchdogs while all
// are well. Its pulses are made before its Run, which one goroutine owns.
type Watchdog struct {
	WatchdogParts
	parts  []health.Part
	pulses []*health.Pulse
	start  time.Time
	runs   runs
	meals  []meal       // of the dogs
	told   string       // to the supervisor, last
	ready  bool         // it was told that the appliance has started
	deaf   bool         // it could not be told
	was    health.State // a step ago
}

// A meal is the last that a dog had.
type meal struct {
	at  time.Time
	err error // why it could not be fed since
}

// Pulse returns the pulse of a part, which is watched from then on.
func (w *Watchdog) Pulse(part string) *health.Pulse {
	p := new(health.Pulse)
	w.parts = append(w.parts, health.Part{Name: part, Within: within[part], Grave: part == health.Gate})
	w.pulses = append(w.pulses, p)
	return p
}

// Run feeds while all parts are well, until ctx is done. It leaves every dog
// hungry: an orderly stop must end within the time that they wait.
func (w *Watchdog) Run(ctx context.Context, p WatchdogParts) error {
	w.begin(p)
	defer w.runs.stop()
	defer w.writeAside()()
	monitor := health.New(w.runs.early, w.Limits, w.parts...)
	ticks := time.NewTicker(w.rhythm())
	defer ticks.Stop()
	for {
		s := monitor.Step(w.sample())
		w.feed(s)
		w.tell(s)
		if s.Sound {
			w.runs.sound()
		}
		select {
		case <-ctx.Done():
			w.report(w.Supervisor.Stopping())
			return nil
		case <-ticks.C:
		}
	}
}

// writeAside has the log written by a goroutine of its own, until end.
func (w *Watchdog) writeAside() (end func()) {
	var writing sync.WaitGroup
	log := newScribe(w.Logger.Handler())
	writing.Go(log.write)
	w.Logger = slog.New(log)
	return func() {
		close(log.lines)
		writing.Wait()
	}
}

// begin fills in what is missing, and counts the run.
func (w *Watchdog) begin(p WatchdogParts) {
	w.WatchdogParts, w.was = p, health.State{Feed: true}
	w.Logger = cmp.Or(p.Logger, slog.New(slog.DiscardHandler))
	if w.Supervisor == nil {
		w.Supervisor = nobody{}
	}
	if w.Wall == nil {
		w.Wall = time.Now
	}
	if w.Metrics == nil {
		w.Metrics = NewMetrics("")
	}
	w.Pulse(health.Clock)
	for i := range w.parts {
		w.parts[i].Within = cmp.Or(w.Within, w.parts[i].Within)
	}
	w.start, w.meals = time.Now(), make([]meal, len(w.Dogs))
	w.runs.begin(w.Logger, w.Runs)
	w.Metrics.watchdog.begin(w)
}

// mealsIn is how many meals a dog gets in the time that it would wait for one.
const mealsIn = 4

// rhythm is how often the parts are looked at: every second, or as often as the
// least patient dog must be fed.
func (w *Watchdog) rhythm() time.Duration {
	every := min(time.Second, cmp.Or(w.Within, time.Minute)/mealsIn)
	for _, d := range w.Dogs {
		every = min(every, d.Timeout()/mealsIn)
	}
	return max(every, 10*time.Millisecond)
}

func (w *Watchdog) sample() health.Sample {
	s := health.Sample{Monotonic: time.Since(w.start), Wall: w.Wall().Round(0), Beats: make([]health.Beats, len(w.pulses))}
	for i, p := range w.pulses {
		s.Beats[i] = p.Now()
	}
	return s
}

// feed feeds every dog that is due. One that cannot be fed is no reason to
// starve the others.
func (w *Watchdog) feed(s health.State) {
	if !s.Feed {
		return
	}
	now := time.Now()
	for i, d := range w.Dogs {
		m := &w.meals[i]
		if !m.at.IsZero() && now.Sub(m.at) < d.Timeout()/mealsIn {
			continue
		}
		err := d.Feed()
		switch {
		case err == nil:
			m.at = now
			w.Metrics.watchdog.meals.WithLabelValues(d.Name()).Inc()
		case m.err == nil:
			w.Logger.Error("feed watchdog", "watchdog", d.Name(), "error", err)
		}
		m.err = err
	}
}
