package tty

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/tarm/serial"
	"golang.org/x/sys/unix"
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

	quick   int           // empty reads in a row that did not wait
	gone    error         // what Read said when the device went away
	writing chan struct{} // holds one token while a write is under way

	closing sync.Once
	closed  chan struct{} // closed when the port really is
}

func newTarmPort(path string, link *serial.Port, lock *os.File, node os.FileInfo) *tarmPort {
	return &tarmPort{
		path:    path,
		link:    link,
		lock:    lock,
		node:    node,
		writing: make(chan struct{}, 1),
		closed:  make(chan struct{}),
	}
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
	node, err := os.Stat(p.path)
	if err != nil {
		return p.lose(cause(err))
	}
	if !os.SameFile(node, p.node) {
		return p.lose(errors.New("another device has its name"))
	}
	return nil
}

// lose makes this and every later Read fail.
func (p *tarmPort) lose(why error) error {
	p.gone = fmt.Errorf("read port %s: %w: %w", p.path, ErrGone, why)
	return p.gone
}

func (p *tarmPort) Write(ctx context.Context, b []byte) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write port %s: %w", p.path, err)
	}
	select {
	case p.writing <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("write port %s: %w: %w", p.path, ErrWedged, ctx.Err())
	}
	b = append([]byte(nil), b...) // a write that is given up outlives the caller's slice
	done := make(chan error, 1)
	go func() { // ends when the device takes the bytes, or the port is closed
		_, err := p.link.Write(b)
		<-p.writing
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("write port %s: %w", p.path, cause(err))
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("write port %s: %w: %w", p.path, ErrWedged, ctx.Err())
	}
}

// Close waits for a Read to end. A Write that the device does not take keeps the
// port open until the device takes the bytes or its line drops.
func (p *tarmPort) Close() error {
	p.closing.Do(func() { go p.release() })
	patience := time.NewTimer(closeWait)
	defer patience.Stop()
	select {
	case <-p.closed:
		return nil
	case <-patience.C:
		return fmt.Errorf("close port %s: %w", p.path, ErrWedged)
	}
}

// release drops what is unsent, which the kernel would else try to send first,
// closes the port, and unlocks it last, so that nobody gets it while we might
// still take its bytes. An error means that the device has gone, which is as
// good.
func (p *tarmPort) release() {
	defer close(p.closed)
	_ = unix.IoctlSetInt(int(p.lock.Fd()), unix.TCFLSH, unix.TCOFLUSH)
	_ = p.link.Close()
	_ = p.lock.Close()
}
