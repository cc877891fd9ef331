package rollout

import "time"

// Kind is what an event tells.
type Kind string

// The kinds of event. Those of a try count only while that try runs.
const (
	Heard    Kind = "heard"    // the inventory has the device, last heard of at Seen; a Reason says why it needs nothing
	Gone     Kind = "gone"     // the inventory has it no more
	Met      Kind = "met"      // a try: the device answers; Sample is how it was before
	Asked    Kind = "asked"    // a try: the device was asked to install
	Done     Kind = "done"     // a try: it has the release and works
	Needless Kind = "needless" // a try: it needs nothing
	Broke    Kind = "broke"    // a try: it went wrong
	Away     Kind = "away"     // a try: the device cannot be reached
	Observed Kind = "observed" // how a device does; Sample
	Pause    Kind = "pause"    // begin with no more devices
	Abort    Kind = "abort"    // end the campaign, and sending at once
	Resume   Kind = "resume"   // go on, also after a crash
)

// An Event is something that happened.
type Event struct {
	Kind    Kind
	Device  string
	Attempt int
	Seen    time.Time
	Sample  Sample
	Sent    int64
	Reason  string
	Text    string
	Final   bool // trying again does not help
	Refused bool // the device itself ended the install without success
	// With Resume: a halt is known and accepted; devices that failed are tried
	// again.
	AcceptHalt, RetryFailed bool
}

// A Sample is what a device says of itself.
type Sample struct {
	Counters
	Release uint64 // that it has
	Ready   bool   // to clear documents
	Sound   bool   // the list is neither missing nor broken
}

// ActionKind is what is to be done.
type ActionKind string

// The kinds of action.
const (
	Send  ActionKind = "send"  // bring the release to the device
	Stop  ActionKind = "stop"  // end the try that runs
	Watch ActionKind = "watch" // ask these devices how they do
)

// An Action is something to be done, after the transitions are kept.
type Action struct {
	Kind    ActionKind
	Device  string
	Attempt int
	Round   int
	Devices []string
}
