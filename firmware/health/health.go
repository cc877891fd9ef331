// Package health decides whether the watchdog may be fed: only while every loop
// of the appliance goes round. It has no clock and no goroutines, and knows of
// the loops only how often each has come round.
//
// # What a bite mends, and what not
//
// A bite restarts the program, or the machine. That mends a loop that stands
// still: a driver of the kernel that does not return, a deadlock of our own, a
// disk that never answers. So a part without a beat within its time stops the
// feeding at once.
//
// It mends nothing that a part reports and goes on from. A reader that is
// unplugged, a broken relay, a full disk, a clock behind what was signed: the
// lane is closed for them, says why, and opens by itself. Each of these parts
// beats.
//
// Between the two is a disk that answers with errors, as one does that the
// kernel has made read-only. A restart checks it, and may help: so a disk that
// worked once in this run, and has failed for [Limits].Bear since, stops the
// feeding. A disk that has not worked since the start does not: a restart has
// just been tried.
//
// A restart that did not help is not tried for ever. Whoever owns a [Monitor]
// keeps a count of runs that ended early and not in order, on the disk, and
// gives it to New; from [Limits].Restarts on a part must have been ill for
// [Limits].Patience before the feeding stops. Meanwhile the page and the log can
// be read, and somebody can log in. Not so for a Grave part, the gate: if its
// loop stands still, the relay may be closed, and only a restart lets go of it.
package health

import (
	"fmt"
	"strings"
	"time"
)

// The names of the parts.
const (
	Lane    = "lane"
	Reader  = "reader"
	Gate    = "gate"
	Storage = "storage"
	Clock   = "clock" // judged by the samples themselves
)

// A Part is a loop that must come round.
type Part struct {
	Name   string
	Within time.Duration // the longest time between two beats
	Grave  bool          // a restart is tried however often it did not help
}

// Limits are the times of a Monitor. A zero field means its default.
type Limits struct {
	Bear     time.Duration // how long a part may fail that has worked before; 10 min
	Sound    time.Duration // a run that was well for so long has not ended early; 10 min
	Restarts int           // how many runs in a row may end early before Patience counts; 3
	Patience time.Duration // 1 h
}

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		field *time.Duration
		value time.Duration
	}{{&l.Bear, 10 * time.Minute}, {&l.Sound, 10 * time.Minute}, {&l.Patience, time.Hour}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	if l.Restarts == 0 {
		l.Restarts = 3
	}
	return l
}

// A Sample is what there is to know at one time.
type Sample struct {
	Monotonic time.Duration // of a clock that nobody sets
	Wall      time.Time     // of the one that people read
	Beats     []Beats       // of the parts, in the order that New had them; none for the clock
}

// A State is whether the watchdog may be fed, and why not.
type State struct {
	Feed  bool
	Ill   []Illness
	Sound bool // this run has been well for long enough
}

// An Illness is a part that does not do as it must.
type Illness struct {
	Part  string
	For   time.Duration // without a beat, or failing
	Fails string        // why it fails; "" for one that stands still
	Borne bool          // restarting has not helped before, so that the watchdog is fed for now
}

// String says what is wrong, for logs and for people who know the parts.
func (i Illness) String() string {
	said := fmt.Sprintf("%s has stood still for %v", i.Part, i.For.Round(time.Second))
	if i.Fails != "" {
		said = fmt.Sprintf("%s has failed for %v: %s", i.Part, i.For.Round(time.Second), i.Fails)
	}
	if i.Borne {
		said += " (restarting did not help)"
	}
	return said
}

// String names every part that is ill, or says that none is.
func (s State) String() string {
	if len(s.Ill) == 0 {
		return "all parts go round"
	}
	said := make([]string, len(s.Ill))
	for i, ill := range s.Ill {
		said[i] = ill.String()
	}
	return strings.Join(said, "; ")
}
