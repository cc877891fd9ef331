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

// The port's times.
const (
	readTick  = 100 * time.Millisecond // how long a Read waits for bytes
	quickRead = 50 * time.Millisecond  // an empty Read that took less did not wait
	closeWait = time.Second            // how long a Close waits for a Read or a Write to let go
)

// quickReads is how many empty reads in a row that did not wait make a port gone.
const quickReads = 3

var (
	// ErrGone says that the device is no longer there. The port is to be closed.
	ErrGone = errors.New("device is gone")
	// ErrWedged says that the device did not take what was written to it.
	ErrWedged = errors.New("device takes no bytes")
)

// A Port is an open serial port. One goroutine reads it; any may write.
type Port struct {
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

func newPort(path string, link *serial.Port, lock *os.File, node os.FileInfo) *Port {
	return &Port{
		path:    path,
		link:    link,
		lock:    lock,
		node:    node,
		writing: make(chan struct{}, 1),
		closed:  make(chan struct{}),
	}
}

// Read waits up to 100 ms for bytes and returns those that are there. (0, nil)
// says that none came; [ErrGone], that none will.
func (p *Port) Read(ctx context.Context, b []byte) (int, error) {
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
func (p *Port) look() error {
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
func (p *Port) lose(why error) error {
	p.gone = fmt.Errorf("read port %s: %w: %w", p.path, ErrGone, why)
	return p.gone
}

// Write sends bytes, all of them or with an error. When ctx is done before the
// device has taken them it returns [ErrWedged]. They may still go out later,
// and until they do, or the port is closed, further writes wait.
func (p *Port) Write(ctx context.Context, b []byte) error {
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

// Close gives the port up, with what is unsent. It waits for a Read to end. A
// Write that the device does not take can keep the kernel from letting go: then
// Close says [ErrWedged] after a second, and the port stays locked until the
// device takes the bytes or its line drops.
func (p *Port) Close() error {
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
func (p *Port) release() {
	defer close(p.closed)
	_ = unix.IoctlSetInt(int(p.lock.Fd()), unix.TCFLSH, unix.TCOFLUSH)
	_ = p.link.Close()
	_ = p.lock.Close()
}
