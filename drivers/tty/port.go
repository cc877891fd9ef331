package tty

import (
	"context"
	"time"

	"portcullis/drivers/chardev"
)

// readTick is how long a Read waits for bytes.
const readTick = 100 * time.Millisecond

// The errors of a port, and what errors.Is finds in them.
var (
	// ErrBusy says that another program, or another part of this one, has the port.
	ErrBusy = chardev.ErrBusy
	// ErrGone says that the device is no longer there. The port is to be closed.
	ErrGone = chardev.ErrGone
	// ErrWedged says that the device did not take what was written to it.
	ErrWedged = chardev.ErrWedged
)

// A Port is an open serial port. One goroutine reads it; any may write.
type Port interface {
	// Read waits up to 100 ms for bytes and returns those that are there. (0, nil)
	// says that none came; [ErrGone], that none will.
	Read(ctx context.Context, b []byte) (int, error)
	// Write sends bytes, all of them or with an error. When ctx is done before the
	// device has taken them it returns [ErrWedged]. They may still go out later,
	// and until they do, or the port is closed, further writes wait.
	Write(ctx context.Context, b []byte) error
	// Close gives the port up, with what is unsent. When the kernel does not let go
	// it says [ErrWedged] after a second, and the port stays locked until it does.
	Close() error
	// BadBytes returns how many bytes came whose parity or stop bit was wrong. Each
	// was read as FF. A port on tarm/serial cannot tell, and says 0.
	BadBytes() int
}
