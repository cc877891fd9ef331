package drivertest

import (
	"errors"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// NeedsTermios2 skips a test where lines cannot be set to any rate: every kernel
// can, but not what qemu makes of one for a foreign program.
func NeedsTermios2(t *testing.T) {
	t.Helper()
	device, node, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	defer node.Close()
	if _, err := unix.IoctlGetTermios(int(node.Fd()), unix.TCGETS2); errors.Is(err, unix.ENOSYS) {
		t.Skip("this is an emulated kernel, without termios2")
	}
}
