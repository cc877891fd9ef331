package tty

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/tarm/serial"
	"golang.org/x/sys/unix"

	"portcullis/drivers/chardev"
)

// quickRead is how long an empty read takes at least that did wait.
const quickRead = 50 * time.Millisecond

// quickReads is how many empty reads in a row that did not wait make a port gone.
const quickReads = 3

// A tarmPort is a port on tarm/serial.
type tarmPort struct {
	path string
	link *serial.Port
	lock *os.File
	node os.FileInfo // the device node that was opened

	quick int   // empty reads in a row that did not wait
	gone  error // what Read said when the device went away
	calls chardev.Calls
}

// BadBytes says 0: the library has the kernel ignore what it knows.
func (p *tarmPort) BadBytes() int { return 0 }

func (p *tarmPort) Read(ctx context.Context, b []byte) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("read port %s: %w", p.path, err)
	}
	if p.gone != nil {
		return 0, p.gone
	}
	began := time.Now()
	n, err := p.link.Read(b)
	switch {
	case n > 0:
		p.quick = 0
		return n, nil
	case err != nil && !errors.Is(err, io.EOF):
		return 0, p.lose(cause(err))
	case time.Since(began) < quickRead:
		p.quick++
	default:
		p.quick = 0
	}
	return 0, p.look()
}

// look reports [ErrGone] when an empty read was one too many that did not
// wait, or when the device node has gone or is another device's.
func (p *tarmPort) look() error {
	if p.quick >= quickReads {
		return p.lose(errors.New("line hung up"))
	}
	if err := chardev.Missing(p.path, p.node); err != nil {
		return p.lose(err)
	}
	return nil
}

// lose makes this and every later Read fail.
func (p *tarmPort) lose(why error) error {
	p.gone = fmt.Errorf("read port %s: %w: %w", p.path, ErrGone, why)
	return p.gone
}

func (p *tarmPort) Write(ctx context.Context, b []byte) error {
	return p.calls.Write(ctx, "port "+p.path, b, p.link.Write)
}

// Close waits for a Read to end. A Write that the device does not take keeps the
// port open until the device takes the bytes or its line drops.
func (p *tarmPort) Close() error { return p.calls.Close("port "+p.path, p.release) }

// release drops what is unsent, which the kernel would else try to send first,
// closes the port, and unlocks it last, so that nobody gets it while we might
// still take its bytes. An error means that the device has gone, which is as
// good.
func (p *tarmPort) release() {
	_ = unix.IoctlSetInt(int(p.lock.Fd()), unix.TCFLSH, unix.TCOFLUSH)
	_ = p.link.Close()
	_ = p.lock.Close()
}
