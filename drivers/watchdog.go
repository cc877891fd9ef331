package drivers

import "time"

// A Watchdog restarts what it watches unless it is fed in time: the machine, or
// the program. A part of the appliance that stands still is mended by nothing
// else, so it is fed by whoever knows that all parts go round, and never by a
// clock alone.
type Watchdog interface {
	// Name is what logs and metrics call it.
	Name() string
	// Timeout is how long it waits for the next meal before it bites.
	Timeout() time.Duration
	// Feed gives it another Timeout.
	Feed() error
}

// A Beater is a device whose own loop can tell that it goes round.
type Beater interface {
	// OnBeat has the loop call beat each time that it comes round, and at least
	// every [BeatWithin], whether its device is there or not. It is called
	// once, before the loop runs; beat returns at once and may be called by
	// any goroutine.
	OnBeat(beat func())
}

// BeatWithin is how often the loop of a [Beater] promises to come round.
const BeatWithin = 12 * time.Second
