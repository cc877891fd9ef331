package inside

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Modules is the file that names the modules of a machine, one path a line, in
// the order in which they are loaded.
const Modules = "/modules"

// mounts are what a program of a device expects to find. That of configfs has a
// module, and comes after it.
var mounts = []struct{ kind, path string }{
	{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"},
}

// The settings that every program of a machine finds in its environment. Tests that
// need a device of one look for the device's.
const (
	InGuest  = "PORTCULLIS_GUEST"    // "1"
	GPIOChip = "PORTCULLIS_GPIOCHIP" // the chip whose lines are simulated, such as /dev/gpiochip0
	GPIOSim  = "PORTCULLIS_GPIOSIM"  // the folder where they are pulled and looked at
	Watchdog = "PORTCULLIS_WATCHDOG" // the watchdog's device
)

// Up brings the machine up: what is mounted, the modules, the lines, the loopback,
// the host's port.
func Up() error {
	for _, m := range mounts {
		if err := mount(m.kind, m.path); err != nil {
			return err
		}
	}
	if err := loadModules(); err != nil {
		return err
	}
	if err := mount("configfs", "/sys/kernel/config"); err != nil {
		return err
	}
	chip, folder, err := simLines()
	if err != nil {
		return fmt.Errorf("simulate lines: %w", err)
	}
	for name, value := range map[string]string{InGuest: "1", GPIOChip: chip, GPIOSim: folder, Watchdog: "/dev/watchdog0"} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	if err := loopback(); err != nil {
		return fmt.Errorf("bring up loopback: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = await(ctx, port)
	return err
}

func mount(kind, path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(kind, path, kind, 0, ""); err != nil {
		return fmt.Errorf("mount %s: %w", path, err)
	}
	return nil
}

func loadModules() error {
	list, err := os.ReadFile(Modules)
	if err != nil {
		return err
	}
	for _, path := range strings.Fields(string(list)) {
		if err := loadModule(path); err != nil {
			return fmt.Errorf("load module %s: %w", path, err)
		}
	}
	return nil
}

func loadModule(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	err = unix.FinitModule(int(f.Fd()), "", 0)
	if errors.Is(err, unix.EEXIST) {
		return nil
	}
	return err
}

// loopback brings up what a program needs to serve its pages.
func loopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}
