// Package gpio drives single lines of a board: outputs that switch relays,
// lamps and buzzers, and inputs that watch contacts.
//
// An [Output] is write-only and says of itself what was last written. An [Input]
// is debounced; an edge is only a hint to it, because edges can be lost: the
// level is read again every quarter of a second. A line that fails is let go and
// asked for anew, and whoever uses it is told.
//
// Both stand on a line that is not asked for yet, of which there are two kinds.
// [Kernel] asks Linux for the line itself (package uapi): an output shows its
// first level from its first moment, every failure is an error, and waiting takes
// the time that it was given. It is for relays and for contacts that safety
// hangs on. [Periph] stands on a pin of periph.io and closes the traps that those
// have on Linux (periph.io/x/host/v3 v3.8.5, gpioioctl/gpio.go):
//
//   - Reading back an output, or asking for its function, turns it into an
//     input with a pull-up: a relay drops, or pulls in. An output therefore
//     asks for an [OutPin], which cannot be read.
//   - A fresh output is driven low before it takes its first level. A line
//     whose active level is low is therefore on for a moment at every start;
//     it is refused where that may not be. This trap cannot be closed.
//   - Waiting for an edge with -1 returns at once and with 0 waits for ever.
//     Only finite times are waited for.
//   - A failed read looks like a low level. None is believed unless the line
//     could be configured right after it was read, which is the one call that
//     does not hide its error.
//
// The package knows nothing of what hangs on a line, and of no board.
package gpio

import (
	"errors"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// An OutLine is a line that can be asked for as an output.
type OutLine interface {
	Name() string
	// Drive asks for the line, at rest.
	Drive(c OutputConfig) (Driven, error)
}

// An InLine is a line that can be asked for as an input.
type InLine interface {
	Name() string
	Sense(c InputConfig) (Sensed, error)
}

// A Line is a line that nobody holds yet. It can be asked for anew after what
// was had of it has failed and was closed.
type Line interface {
	OutLine
	InLine
}

// Driven is an output that is held. Its levels are logical: active, or at rest.
type Driven interface {
	Set(active bool) error
	Close() error // gives the line back to the kernel
}

// Sensed is an input that is held.
type Sensed interface {
	Active() (bool, error)
	// Wait returns after so long, or earlier at an edge, or at once with an
	// error. The time is above zero.
	Wait(d time.Duration) error
	Close() error
}

// OutputConfig says how an output is wired. Its zero value is a line that is
// active when high.
type OutputConfig struct {
	ActiveLow bool // the line is active when low
	NoBlip    bool // the line may not be active for even a moment before it is told to be
}

// InputConfig says how an input is wired. Its zero value is a line that is
// active when high, with the pull that the board gives it.
type InputConfig struct {
	ActiveLow bool
	Pull      gpio.Pull
	Debounce  time.Duration // DefaultDebounce if zero
	// Glitch has the kernel leave out what is shorter, on cables that pick up
	// noise. It hides noise that never ends, and keeps the level from before it:
	// leave it at zero where chatter must be told of. Pins of periph.io have none.
	Glitch time.Duration
}

// The reasons for which a line cannot be used.
var (
	// ErrLost is a line that stopped answering: its chip is gone, or the
	// kernel gave it to somebody else.
	ErrLost = errors.New("line lost")
	// ErrChatter is a contact that does not come to rest.
	ErrChatter = errors.New("contact chatters")
	// ErrHalted is a line that was halted. It stays at rest until the process
	// ends.
	ErrHalted = errors.New("line halted")
	// ErrBlip is a line that would be active for a moment at every start.
	ErrBlip = errors.New("an active-low line is on for a moment at every start")
)
