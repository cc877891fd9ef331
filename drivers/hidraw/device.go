package hidraw

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
	ErrWedged = chardev.ErrWedged
)

// A Device is an open HID device. One goroutine reads it; any may write.
type Device struct{ node *chardev.Node }

// Open opens the HID device at a path and locks it. A device that another program
// has locked is [ErrBusy].
func Open(ctx context.Context, path string) (*Device, error) {
	return open(ctx, path, func(fd int) error {
		_, err := unix.IoctlHIDGetRawInfo(fd)
		if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) {
			return errors.New("is no HID device")
		}
		return err
	})
}

func open(ctx context.Context, path string, check func(fd int) error) (*Device, error) {
	node, err := chardev.Open(ctx, path, os.O_RDWR, func(fd int) error {
		if err := check(fd); err != nil {
			return err
		}
		return chardev.Lock(fd)
	})
	if err != nil {
		return nil, err
	}
	return &Device{node}, nil
}

// Read waits up to 100 ms for a report and returns it. (0, nil) says that none
// came; [ErrGone], that none will. What b has no room for is lost.
func (d *Device) Read(ctx context.Context, b []byte) (int, error) { return d.node.Read(ctx, b) }

// Write sends a report. When ctx is done before the device has taken it, it
// returns [ErrWedged]; the report may still go out later, and until then further
// writes wait.
func (d *Device) Write(ctx context.Context, report []byte) error { return d.node.Write(ctx, report) }

// Close gives the device up. While a report waits in the kernel it says
// [ErrWedged] after a second.
func (d *Device) Close() error { return d.node.Close() }
