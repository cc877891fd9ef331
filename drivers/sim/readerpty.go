package sim

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A terminal is a pseudo-terminal in raw mode: what is written to its device
// end is what the host reads from the node, byte for byte.
type terminal struct {
	device *os.File
	held   *os.File // the node, kept open so that the terminal keeps its settings
	node   string
	ctx    context.Context // done once the terminal is closed
	cancel context.CancelFunc
	ended  chan struct{} // closed when nothing takes the host's bytes any more
	open   chan struct{} // closed once a host has opened the node, and thrown away what came before
}

// openTerminal opens a terminal whose node has another name than the last.
func openTerminal(last string) (*terminal, error) {
	device, held, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("open terminal: %w", err)
	}
	if held.Name() == last { // keep the name taken while asking for another
		defer closeBoth(device, held)
		if device, held, err = pty.Open(); err != nil {
			return nil, fmt.Errorf("open terminal: %w", err)
		}
	}
	t := &terminal{held: held, node: held.Name(), ended: make(chan struct{}), open: make(chan struct{})}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	if t.device, err = packeted(device); err == nil {
		err = makeRaw(held)
	}
	if err != nil {
		t.cancel()
		closeBoth(device, held)
		return nil, fmt.Errorf("open terminal: %w", err)
	}
	return t, nil
}

// listen has hear take what the host sends, until the terminal is closed. Each
// read of a terminal in packet mode begins with a byte of the kernel's: 0 before
// what was sent, or what the host did to its end.
func (t *terminal) listen(hear func([]byte)) {
	go func() {
		defer close(t.ended)
		flushed := sync.OnceFunc(func() { close(t.open) })
		buf := make([]byte, 4096)
		for {
			n, err := t.device.Read(buf)
			switch {
			case n > 0 && buf[0] == unix.TIOCPKT_DATA:
				hear(buf[1:n])
			case n > 0 && buf[0]&unix.TIOCPKT_FLUSHREAD != 0:
				flushed()
			}
			if err != nil {
				return // by design, as nobody else ends it
			}
		}
	}()
}

// write sends bytes, and gives up when ctx is done.
func (t *terminal) write(ctx context.Context, b []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	given := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(given)
		_ = t.device.SetWriteDeadline(time.Unix(1, 0))
	})
	defer func() {
		if !stop() {
			<-given
			_ = t.device.SetWriteDeadline(time.Time{})
		}
	}()
	_, err := t.device.Write(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return ctx.Err()
	}
	return err
}

// pending returns how many bytes the host could read now. Asked whether there is
// anything, the kernel first moves what is still on its way.
func (t *terminal) pending() (int, error) {
	if _, err := unix.Poll([]unix.PollFd{{Fd: int32(t.held.Fd()), Events: unix.POLLIN}}, 0); err != nil && !errors.Is(err, unix.EINTR) {
		return 0, err
	}
	return unix.IoctlGetInt(int(t.held.Fd()), unix.TIOCINQ)
}

// close hangs the terminal up: for the host the device is gone.
func (t *terminal) close() {
	t.cancel()
	closeBoth(t.device, t.held)
	<-t.ended
}

func closeBoth(device, held *os.File) {
	_ = device.Close()
	_ = held.Close()
}

// packeted returns the same open file in packet mode, and pollable.
func packeted(f *os.File) (*os.File, error) {
	if err := unix.IoctlSetPointerInt(int(f.Fd()), unix.TIOCPKT, 1); err != nil {
		_ = f.Close()
		return nil, err
	}
	return pollable(f)
}

// pollable returns the same open file in such a form that a close or a
// deadline ends a read or a write, which package pty has given up for it.
func pollable(f *os.File) (*os.File, error) {
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// makeRaw turns off echo, line editing, signals and every translation.
func makeRaw(f *os.File) error {
	t, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8 | unix.CREAD
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, t)
}

// link makes path a link to a node, in one step: whoever looks sees the old
// one or the new one. It replaces nothing but a link.
func link(node, path string) error {
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("link %s: %w, and is no link", path, fs.ErrExist)
	}
	next := path + ".next"
	if err := os.Symlink(node, next); err != nil {
		return fmt.Errorf("link %s: %w", path, err)
	}
	if err := os.Rename(next, path); err != nil {
		_ = os.Remove(next)
		return fmt.Errorf("link %s: %w", path, err)
	}
	return nil
}

// unlink removes a link, unless it has been given to another node since.
func unlink(node, path string) error {
	if now, err := os.Readlink(path); err != nil || now != node {
		return nil // it is not ours
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("unlink %s: %w", path, err)
	}
	return nil
}
