package evdev

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"portcullis/drivers/chardev"
)

// The errors of a device, and what errors.Is finds in them.
var (
	ErrBusy   = chardev.ErrBusy
	ErrGone   = chardev.ErrGone
	ErrOneWay = errors.New("an input device takes no bytes")
)

// A Device is an input device that nobody else hears.
type Device struct{ node *chardev.Node }

// Open opens the input device at a path and grabs it. A device that another
// program has grabbed is [ErrBusy].
func Open(ctx context.Context, path string) (*Device, error) { return open(ctx, path, grab) }

func open(ctx context.Context, path string, grab func(fd int) error) (*Device, error) {
	node, err := chardev.Open(ctx, path, os.O_RDONLY, func(fd int) error {
		if err := grab(fd); err != nil {
			return err
		}
		return drain(fd)
	})
	if err != nil {
		return nil, err
	}
	return &Device{node}, nil
}

// eviocgrab is EVIOCGRAB of linux/input.h: _IOW('E', 0x90, int).
const eviocgrab = 0x40044590

// grab makes the device ours alone.
func grab(fd int) error {
	err := unix.IoctlSetInt(fd, eviocgrab, 1)
	if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) {
		return errors.New("is no input device")
	}
	return err
}

// drains is how often more is there at most: each time gives more than the kernel
// keeps.
const drains = 16

// drain throws away what was typed before the grab.
func drain(fd int) error {
	before := make([]byte, 4096)
	for range drains {
		n, err := unix.Read(fd, before)
		clear(before)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return nil
		case err != nil && !errors.Is(err, unix.EINTR):
			return err
		case err == nil && n == 0:
			return nil // no writer: the next Read says that it is gone
		}
	}
	return nil
}

// Read waits up to 100 ms for records and returns those that are there. (0, nil)
// says that none came; [ErrGone], that none will. b has to hold a record.
func (d *Device) Read(ctx context.Context, b []byte) (int, error) { return d.node.Read(ctx, b) }

// Write says [ErrOneWay].
func (d *Device) Write(context.Context, []byte) error { return ErrOneWay }

// Close gives the device back to whoever else hears it.
func (d *Device) Close() error { return d.node.Close() }
