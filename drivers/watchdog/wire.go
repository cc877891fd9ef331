package watchdog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// A wire is an open /dev/watchdogN.
type wire interface {
	Get(request uint) (int, error)
	Set(request uint, value int) error
	Info() (*unix.WatchdogInfo, error)
	io.WriteCloser
}

// kernelWire speaks to the kernel.
type kernelWire struct{ *os.File }

func openWire(path string) (wire, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0) // not inherited: a child that kept it open would keep it busy
	switch {
	case errors.Is(err, syscall.EBUSY):
		return nil, fmt.Errorf("%w; another program feeds it: does systemd, by RuntimeWatchdogSec?", err)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%w: is the user in the group that owns it?", err)
	case err != nil:
		return nil, err
	}
	return kernelWire{f}, nil
}

func (w kernelWire) Get(request uint) (int, error) { return unix.IoctlGetInt(int(w.Fd()), request) }

func (w kernelWire) Set(request uint, value int) error {
	return unix.IoctlSetPointerInt(int(w.Fd()), request, value)
}

func (w kernelWire) Info() (*unix.WatchdogInfo, error) {
	return unix.IoctlGetWatchdogInfo(int(w.Fd()))
}
