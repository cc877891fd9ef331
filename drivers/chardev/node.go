package chardev

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The times of a node.
const (
	readTick  = 100 * time.Millisecond // how long a Read waits for bytes
	closeWait = time.Second            // how long a Close waits for a Read or a Write to let go
)

var (
	// ErrBusy says that another program, or another part of this one, has the device.
	ErrBusy = errors.New("device is in use")
	// ErrGone says that the device is no longer there. The node is to be closed.
	ErrGone = errors.New("device is gone")
	// ErrWedged says that the device did not take what was written to it.
	ErrWedged = errors.New("device takes no bytes")
)

// A Node is an open device. One goroutine reads it; any may write.
type Node struct {
	path string
	file *os.File
	info os.FileInfo // of the node that was opened

	gone  error // what Read said when the device went away
	calls Calls
}

// Open opens the device node at a path, with the flags of [os.OpenFile], and has
// claim make it ours. EBUSY and EWOULDBLOCK, of claim too, are [ErrBusy]. It returns
// when ctx is done, even if the kernel has not; what it opens too late is closed
// again.
func Open(ctx context.Context, path string, flag int, claim func(fd int) error) (*Node, error) {
	return Opened(ctx, "device "+path, func() (*Node, error) { return open(path, flag, claim) })
}

func open(path string, flag int, claim func(fd int) error) (*Node, error) {
	f, err := os.OpenFile(path, flag|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("open device %s: %w", path, cause(err))
	}
	n := &Node{path: path, file: f}
	if err := n.prepare(claim); err != nil {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("open device %s: %w", path, cause(err))
	}
	return n, nil
}

// prepare makes the device ours, and sees that it can be waited for.
func (n *Node) prepare(claim func(fd int) error) (err error) {
	if n.info, err = n.file.Stat(); err != nil {
		return err
	}
	if err := n.file.SetReadDeadline(time.Time{}); err != nil {
		return errors.New("is no device that can be waited for")
	}
	return n.Control(claim)
}

// Control calls do with the descriptor, which stays open meanwhile.
func (n *Node) Control(do func(fd int) error) error {
	raw, err := n.file.SyscallConn()
	if err != nil {
		return err
	}
	var done error
	if err := raw.Control(func(fd uintptr) { done = do(int(fd)) }); err != nil {
		return err
	}
	return done
}

// Read waits up to 100 ms for bytes and returns those that are there, at most as
// much as the device gives at once. (0, nil) says that none came; [ErrGone], that
// none will.
func (n *Node) Read(ctx context.Context, b []byte) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("read device %s: %w", n.path, err)
	}
	if n.gone != nil {
		return 0, n.gone
	}
	if n.file.SetReadDeadline(time.Now().Add(readTick)) != nil { // it could be set once
		return 0, fmt.Errorf("read device %s: %w", n.path, os.ErrClosed)
	}
	k, err := n.file.Read(b)
	switch {
	case k > 0:
		return k, nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return 0, n.look()
	case errors.Is(err, os.ErrClosed):
		return 0, fmt.Errorf("read device %s: %w", n.path, os.ErrClosed)
	case err != nil:
		return 0, n.lose(cause(err))
	}
	return 0, nil
}

// look reports [ErrGone] when the node has gone or is another device's.
func (n *Node) look() error {
	if err := Missing(n.path, n.info); err != nil {
		return n.lose(err)
	}
	return nil
}

// Missing says why a path no longer leads to the node that was opened there, or nil.
func Missing(path string, opened os.FileInfo) error {
	now, err := os.Stat(path)
	if err != nil {
		return cause(err)
	}
	if !os.SameFile(now, opened) {
		return errors.New("another device has its name")
	}
	return nil
}

// lose makes this and every later Read fail.
func (n *Node) lose(why error) error {
	n.gone = fmt.Errorf("read device %s: %w: %w", n.path, ErrGone, why)
	return n.gone
}

// Write sends bytes in one call, all of them or with an error. When ctx is done
// before the device has taken them it returns [ErrWedged]. They may still go out
// later, and until they do, or the node is closed, further writes wait.
func (n *Node) Write(ctx context.Context, b []byte) error {
	return n.calls.Write(ctx, "device "+n.path, b, n.file.Write)
}

// Close gives the device up. A write that waits in the kernel can keep it from
// letting go: then Close says [ErrWedged] after a second, and the device stays ours
// until that write ends.
func (n *Node) Close() error {
	return n.calls.Close("device "+n.path, func() {
		_ = n.file.Close() // an error means that the device has gone, which is as good
	})
}

// Lock takes the lock on a node by which programs keep out of each other's way; see
// package tty. It is a claim for [Open].
func Lock(fd int) error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) }

// cause strips what our own text says already, and names a device in use.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	if errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EWOULDBLOCK) {
		return ErrBusy
	}
	return err
}
