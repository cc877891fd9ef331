package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"portcullis/drivers/chardev"
	"portcullis/drivers/evdev"
	"portcullis/drivers/links"
	"portcullis/drivers/ports"
	"portcullis/drivers/reader"
)

// Opener returns what opens the node of a simulated reader: what [links.Open] returns,
// but for a keyboard or a HID device, whose node only the kernel can make. Those are
// opened and read in the same way, and locked, but not asked what they are.
func Opener(p reader.Profile) reader.Opener {
	switch p.Link {
	case ports.Evdev:
		return func(ctx context.Context, path string, _ reader.Line) (reader.Link, error) {
			n, err := open(ctx, path)
			if err != nil {
				return nil, err
			}
			return oneWay{n}, nil
		}
	case ports.HIDRaw:
		return func(ctx context.Context, path string, _ reader.Line) (reader.Link, error) {
			n, err := open(ctx, path)
			if err != nil {
				return nil, err
			}
			return n, nil
		}
	}
	return links.Open(p)
}

func open(ctx context.Context, path string) (*chardev.Node, error) {
	return chardev.Open(ctx, path, os.O_RDWR, func(fd int) error {
		if err := chardev.Lock(fd); err != nil {
			return err
		}
		return discard(fd)
	})
}

// discard throws away what came before a port was opened, of which the kernel keeps
// nothing where the node is its own.
func discard(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH) }

// oneWay is a keyboard.
type oneWay struct{ *chardev.Node }

// Write says [evdev.ErrOneWay].
func (oneWay) Write(context.Context, []byte) error { return evdev.ErrOneWay }

// Relay is a helper program that passes on what goes either way between its pipes
// and the port of a simulated reader at a path. It returns when the reader is unplugged,
// when out takes nothing more, and when ctx is done; then the goroutine that waits for in
// ends with the next bytes, or with in.
func Relay(ctx context.Context, path string, in io.Reader, out io.Writer) error {
	port, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return fmt.Errorf("relay reader: %w", err)
	}
	defer port.Close()
	raw, err := port.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { _ = discard(int(fd)) }) // a port that hung up says so when it is read
	}
	if err != nil {
		return fmt.Errorf("relay reader: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = port.Close() })()
	go func() { _, _ = io.Copy(port, in) }() // the end of either ends it
	_, err = io.Copy(out, port)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil || errors.Is(err, unix.EIO): // the port hung up
		return nil
	}
	return fmt.Errorf("relay reader: %w", err)
}
