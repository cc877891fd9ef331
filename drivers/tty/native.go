package tty

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"portcullis/drivers/chardev"
)

// A nativePort is a port on the kernel's own interface.
type nativePort struct {
	path  string
	node  *chardev.Node
	marks marks
	bad   atomic.Int64
	calls chardev.Calls
}

func openNative(ctx context.Context, path string, line Line) (Port, error) {
	node, err := chardev.Open(ctx, path, os.O_RDWR, func(fd int) error { return claim(fd, line) })
	if err != nil {
		return nil, err
	}
	return &nativePort{path: path, node: node}, nil
}

// claim locks a port before anything is done to it, and sets it. The lock is
// needed besides TIOCEXCL, which does not bind those that run as root.
func claim(fd int, line Line) error {
	if err := chardev.Lock(fd); err != nil {
		return err
	}
	if err := setLine(fd, line); err != nil {
		return err
	}
	discard(fd)
	if !isPseudo(fd) {
		if err := setModem(fd, line); err != nil {
			return err
		}
	}
	if err := unix.IoctlSetInt(fd, unix.TIOCEXCL, 0); err != nil {
		return fmt.Errorf("keep others out: %w", err)
	}
	return nil
}

// Read also undoes the marks that the kernel makes: see [marks].
func (p *nativePort) Read(ctx context.Context, b []byte) (int, error) {
	n, err := p.node.Read(ctx, b)
	n, bad := p.marks.strip(b[:n])
	p.bad.Add(int64(bad))
	return n, err
}

func (p *nativePort) Write(ctx context.Context, b []byte) error { return p.node.Write(ctx, b) }

func (p *nativePort) BadBytes() int { return int(p.bad.Load()) }

// Close ends a Read and a Write that wait.
func (p *nativePort) Close() error { return p.calls.Close("port "+p.path, p.release) }

// release closes the port, and holds it by a second descriptor meanwhile: only
// when no Write can add to it is what is unsent dropped, which the kernel would
// else try to send for half a minute. An error means that the device has gone,
// which is as good.
func (p *nativePort) release() {
	last := -1
	_ = p.node.Control(func(fd int) (err error) {
		last, err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
		return err
	})
	_ = p.node.Close()
	if last < 0 {
		return
	}
	_ = unix.IoctlSetInt(last, unix.TCFLSH, unix.TCOFLUSH)
	_ = unix.IoctlSetInt(last, unix.TIOCNXCL, 0) // it outlives us where others have the port open
	_ = unix.Close(last)
}
