package firmware

import (
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"portcullis/firmware/console"
	"portcullis/firmware/health"
)

// A Supervisor is told how the appliance is, as systemd is by its services.
type Supervisor interface {
	Ready() error
	Tell(status string) error
	Stopping() error
}

// nobody is told nothing.
type nobody struct{}

func (nobody) Ready() error      { return nil }
func (nobody) Tell(string) error { return nil }
func (nobody) Stopping() error   { return nil }

// tell says how the appliance is.
func (w *Watchdog) tell(s health.State) {
	if !w.ready { // without that, it would end the program
		err := w.Supervisor.Ready()
		w.ready = err == nil
		w.report(err)
	}
	changed := s.Feed != w.was.Feed || !slices.Equal(names(s), names(w.was))
	if status := w.status(s); status != w.told && (changed || len(s.Ill) == 0) {
		w.told = status
		w.report(w.Supervisor.Tell(status))
	}
	w.was = s
	if !changed {
		return
	}
	w.page(s)
	w.Metrics.watchdog.ill(s)
	switch {
	case !s.Feed:
		w.runs.blame(s.String())
		w.Logger.Error("the watchdog is not fed", "parts", s.String())
		w.Logger.Error("where the program stands", "goroutines", stacks())
	case len(s.Ill) > 0:
		w.Logger.Error("the watchdog is fed although a part is ill", "parts", s.String())
	default:
		w.Logger.Info("the watchdog is fed", "parts", s.String())
	}
}

// stacks says where every goroutine is: functions and lines, without the
// arguments, which may be of a document.
func stacks() string {
	var text strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&text, 1) // memory takes everything
	return text.String()
}

// report logs that the supervisor could not be told, once.
func (w *Watchdog) report(err error) {
	if err != nil && !w.deaf {
		w.Logger.Warn("the service manager is not told", "error", err)
	}
	w.deaf = err != nil
}

// status is one line on the appliance.
func (w *Watchdog) status(s health.State) string {
	switch {
	case !s.Feed:
		return "not fed: " + s.String()
	case len(s.Ill) > 0:
		return s.String()
	}
	if w.Lane != nil {
		if err := w.Lane(); err != nil {
			return err.Error()
		}
	}
	return "the lane takes travellers"
}

// names are the parts that are ill.
func names(s health.State) []string {
	all := make([]string, len(s.Ill))
	for i, ill := range s.Ill {
		all[i] = ill.Part
	}
	return all
}

// page shows every part that is ill to the officer, whether the lane goes round
// or not.
func (w *Watchdog) page(s health.State) {
	if w.Console == nil {
		return
	}
	now := time.Now()
	faults := make([]console.Fault, len(s.Ill))
	for i, ill := range s.Ill {
		faults[i] = console.Fault{
			Code: "stalled:" + ill.Part, Text: "A part of this device stands still: " + ill.Part + ".",
			Do: w.remedy(ill), Since: now.Add(-ill.For),
		}
		if ill.Fails != "" {
			faults[i].Code, faults[i].Text = "failing:"+ill.Part, "A part of this device does not work: "+ill.Part+", "+ill.Fails+"."
		}
	}
	w.Console.Alarm(faults)
}

func (w *Watchdog) remedy(ill health.Illness) string {
	switch {
	case ill.Borne:
		return "Restarting has not helped. Close the lane and call the technician."
	case len(w.Dogs) == 0:
		return "Close the lane, and have the device restarted."
	}
	return "Close the lane: the device restarts itself. If it happens again, call the technician."
}
