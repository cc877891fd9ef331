package rollout

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"
)

// State is how far a device is.
type State string

// The states. Pending is one that was not begun with, or was away.
const (
	Pending    State = "pending"
	Queued     State = "queued" // begun with, and waiting for another try
	Sending    State = "sending"
	Installing State = "installing"
	Healthy    State = "healthy"
	Failed     State = "failed"
	Skipped    State = "skipped" // it needs nothing
)

// Phase is how far a campaign is.
type Phase string

// The phases. From all but Running and Aborted, Resume leads back.
const (
	Running  Phase = "running"
	Paused   Phase = "paused"
	Halted   Phase = "halted" // by a threshold
	Aborted  Phase = "aborted"
	Finished Phase = "finished" // devices that were away may be pending
)

// The reasons that the engine itself gives. Others come with the events.
const (
	ReasonAway     = "away"
	ReasonLost     = "lost"     // away since it was asked to install
	ReasonTimeout  = "timeout"  // one try took too long
	ReasonUnwell   = "unwell"   // it had the release, and then could not work
	ReasonAborted  = "aborted"  // with the campaign
	ReasonFailures = "failures" // too many devices failed
	ReasonHitsHigh = "hit-rate-high"
	ReasonHitsLow  = "hit-rate-low"
)

// A Device is how far one device is, as a journal keeps it.
type Device struct {
	State   State     `json:"state"`
	Reason  string    `json:"reason,omitempty"`
	Text    string    `json:"text,omitempty"`
	Wave    int       `json:"wave"`
	Attempt int       `json:"attempt,omitempty"` // the try that runs, or ran last
	Round   int       `json:"round,omitempty"`   // installs that ended without success
	Asked   bool      `json:"asked,omitempty"`   // it was asked to install
	Tries   int       `json:"tries,omitempty"`   // times in a row that it was away
	From    uint64    `json:"from,omitempty"`    // release that it had
	Sent    int64     `json:"sent,omitempty"`    // bytes, over all tries
	Began   time.Time `json:"began,omitzero"`    // the try
	Ended   time.Time `json:"ended,omitzero"`
	Due     time.Time `json:"due,omitzero"` // not to be tried before
	Ready   bool      `json:"ready,omitempty"`
	Before  Tally     `json:"before,omitzero"` // with a release before
	After   Tally     `json:"after,omitzero"`  // with this release
	Others  Tally     `json:"others,omitzero"` // with a release before, while the campaign ran
	Last    Counters  `json:"last,omitzero"`

	seen time.Time // zero when nobody says
	gone bool      // not in the inventory any more
}

// ended reports whether a device needs no more work.
func (d *Device) ended() bool { return d.State == Healthy || d.State == Failed || d.State == Skipped }

// active reports whether a device is being worked on.
func (d *Device) active() bool { return d.State == Sending || d.State == Installing }

// begun reports whether a device takes a place in its wave.
func (d *Device) begun() bool { return d.State != Pending && d.State != Skipped }

// A Course is how far a campaign is, as a journal keeps it.
type Course struct {
	Phase  Phase     `json:"phase"`
	Reason string    `json:"reason,omitempty"`
	Wave   int       `json:"wave"`
	Rested time.Time `json:"rested,omitzero"` // since when the wave is at its end
	// What failed and ended before a halt was accepted is judged no more.
	PastFailed   int  `json:"past_failed,omitempty"`
	PastExecuted int  `json:"past_executed,omitempty"`
	PastAnomaly  bool `json:"past_anomaly,omitempty"`
}

// A Transition is a step of a device, or of the campaign when Device is empty.
type Transition struct {
	At     time.Time `json:"at"`
	Device string    `json:"device,omitempty"`
	Is     *Device   `json:"is,omitempty"`
	Course *Course   `json:"course,omitempty"`
}

// A Campaign is a plan on its way. Only Step and Apply change it.
type Campaign struct {
	Plan
	Course
	Devices map[string]*Device

	order   []string    // of all devices, in the order of their turns
	starts  []time.Time // of the last minute
	watched time.Time
}

// New returns a campaign that has not begun.
func New(p Plan) *Campaign {
	return &Campaign{Plan: p, Course: Course{Phase: Running}, Devices: map[string]*Device{}}
}

// Apply makes a transition that a journal kept part of the campaign.
func (c *Campaign) Apply(t Transition) {
	if t.Course != nil {
		c.Course = *t.Course
	}
	if t.Is == nil || t.Device == "" {
		return
	}
	is := *t.Is
	was := c.Devices[t.Device]
	if was == nil {
		was, c.order = &Device{}, nil
	}
	is.seen, is.gone = was.seen, was.gone
	c.Devices[t.Device] = &is
	if is.State == Sending && was.State != Sending {
		c.starts = append(c.starts, t.At)
	}
}

// Order returns the names of all devices in the order of their turns, which is
// another one in each campaign: it must not always be the same devices that
// come first.
func (c *Campaign) Order() []string {
	if c.order == nil {
		c.order = make([]string, 0, len(c.Devices))
		places := make(map[string]uint64, len(c.Devices))
		for name := range c.Devices {
			c.order = append(c.order, name)
			places[name] = draw(c.ID, name)
		}
		slices.SortFunc(c.order, func(a, b string) int {
			return cmp.Or(cmp.Compare(places[a], places[b]), cmp.Compare(a, b))
		})
	}
	return c.order
}

// Count returns how many devices are in each state.
func (c *Campaign) Count() map[State]int {
	n := map[State]int{}
	for _, d := range c.Devices {
		n[d.State]++
	}
	return n
}

// Idle reports whether nothing goes on, nor will by itself.
func (c *Campaign) Idle() bool {
	if c.Phase == Running {
		return false
	}
	for _, d := range c.Devices {
		if d.active() {
			return false
		}
	}
	return true
}

// draw is a number that is the same for the same words, and otherwise even.
func draw(words ...string) uint64 {
	h := sha256.New()
	for _, w := range words {
		h.Write(append([]byte(w), 0))
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}
