// Package gpio drives single lines of a board: outputs that switch relays,
// lamps and buzzers, and inputs that watch contacts.
//
// It stands on the pins of periph.io and closes the traps that those have on
// Linux (periph.io/x/host/v3 v3.8.5, gpioioctl/gpio.go):
//
//   - Reading back an output, or asking for its function, turns it into an
//     input with a pull-up: a relay drops, or pulls in. An [Output] is
//     therefore write-only. It asks for an [OutPin], which cannot be read, and
//     remembers what it last wrote.
//   - A fresh output is driven low before it takes its first level. A line
//     whose active level is low is therefore on for a moment at every start;
//     [NewOutput] refuses it where that may not be.
//   - Waiting for an edge with -1 returns at once and with 0 waits for ever.
//     An [Input] waits for finite times only.
//   - An edge can be lost, and a failed read looks like a low level. An edge is
//     therefore only a hint: the level is read again every quarter of a second,
//     and none is believed unless the line could be configured right after it
//     was read, which is the one call that does not hide its error.
//   - A line whose chip has gone fails at once and for good. It is let go and
//     asked for anew, and whoever watches it is told.
//
// The package knows nothing of what hangs on a line, and of no board.
package gpio

import (
	"errors"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// OutPin is what an output needs of a pin. It has no Read, so nothing can turn
// an output into an input by looking at it.
type OutPin interface {
	Name() string
	Out(l gpio.Level) error
}

// InPin is what an input needs of a pin.
type InPin interface {
	Name() string
	In(pull gpio.Pull, edge gpio.Edge) error
	Read() gpio.Level
	WaitForEdge(timeout time.Duration) bool
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

// letGo gives a line back to the kernel, if the pin can do that. A pin that
// failed once is otherwise never asked for anew.
func letGo(pin any) {
	if c, ok := pin.(interface{ Close() }); ok {
		c.Close()
	}
}
