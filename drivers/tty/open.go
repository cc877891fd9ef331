package tty

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tarm/serial"
	"golang.org/x/sys/unix"

	"portcullis/drivers/chardev"
)

// Open opens the serial port at a path and locks it. It returns when ctx is
// done, even if the kernel has not: a port whose last user is still being
// closed can keep it waiting. What it opens too late is closed again.
//
// The lock is an flock on the device node, taken before anything else is done
// to the port, because opening it sets its line anew, under the feet of
// whoever uses it. A lock file in a folder would need that folder to exist, to
// be writable and to be the same for both programs, and would outlive a crash;
// the node is where the device is, all paths to it share the lock, and the
// kernel drops it with the process. Only programs that take the lock keep out
// of each other's way. (TIOCEXCL, which native ports set as well, stops the others
// too, but not those that run as root.)
//
// An error that is no [LineError] may be mended by waiting, or by another adapter.
func Open(ctx context.Context, path string, line Line) (Port, error) {
	if err := line.check(); err != nil {
		return nil, fmt.Errorf("open port %s: %w", path, err)
	}
	if line.isNative() {
		return openNative(ctx, path, line)
	}
	port, err := chardev.Opened(ctx, "port "+path, func() (*tarmPort, error) { return lockAndOpen(line.config(path)) })
	if err != nil {
		return nil, err
	}
	return port, nil
}

// lockAndOpen locks a port and opens it.
func lockAndOpen(config *serial.Config) (*tarmPort, error) {
	lock, err := lockNode(config.Name)
	if err != nil {
		return nil, err
	}
	link, err := serial.OpenPort(config)
	if err != nil {
		_ = lock.Close() // it was only read
		return nil, fmt.Errorf("open port %s: %w", config.Name, cause(err))
	}
	discard(int(lock.Fd()))
	node, err := lock.Stat()
	if err != nil {
		_ = link.Close()
		_ = lock.Close()
		return nil, fmt.Errorf("open port %s: %w", config.Name, cause(err))
	}
	return &tarmPort{path: config.Name, link: link, lock: lock, node: node}, nil
}

// discard throws away what came before the port was ours: a document that nobody was
// there to read is not to be taken for one that is shown now.
func discard(fd int) {
	_ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH) // a port that is lost says so when it is read
}

// lockNode opens a device node for nothing but the lock on it.
func lockNode(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.EBUSY) {
		return nil, fmt.Errorf("open port %s: %w", path, ErrBusy)
	}
	if err != nil {
		return nil, fmt.Errorf("open port %s: %w", path, cause(err))
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return f, nil
	}
	_ = f.Close() // it was only read
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrBusy
	}
	return nil, fmt.Errorf("lock port %s: %w", path, err)
}

// cause strips what our own text says already.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
