package watchdog

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/drivers"
)

// The timeouts of a device. The default is one that the watchdogs of small
// boards can count.
const (
	DefaultTimeout = 15 * time.Second
	MinTimeout     = 2 * time.Second
)

// ErrRuns says that a watchdog runs on although it was to be stopped.
var ErrRuns = errors.New("the watchdog runs on: it is set to nowayout")

// A Device is a hardware watchdog that runs. It is used by one goroutine.
type Device struct {
	root    string // where /sys is
	path    string
	wire    wire
	timeout time.Duration
	status  Status
}

var _ drivers.Watchdog = (*Device)(nil)

// Open arms the watchdog at a path, whose machine is reset from now on unless
// it is fed. A timeout of zero is DefaultTimeout. One that the driver does not
// take leaves the driver's own, which Timeout tells, and [Status] why.
func Open(path string, timeout time.Duration) (*Device, error) {
	w, err := openWire(path)
	if err != nil {
		return nil, fmt.Errorf("arm watchdog: %w", err)
	}
	return openOn(w, "/", path, timeout)
}

// openOn opens a watchdog on a wire, with a /sys below root. One that nobody
// could feed is stopped again, if it lets itself be.
func openOn(w wire, root, path string, timeout time.Duration) (*Device, error) {
	d := &Device{root: root, path: path, wire: w}
	if err := d.arm(cmp.Or(timeout, DefaultTimeout)); err != nil {
		return nil, fmt.Errorf("arm watchdog %s: %w", path, errors.Join(err, d.Disarm()))
	}
	return d, nil
}

// arm sets what is open, and reads it back. A watchdog whose timeout nobody
// knows cannot be fed in time.
func (d *Device) arm(timeout time.Duration) error {
	d.learn()
	if err := d.wire.Set(unix.WDIOC_SETTIMEOUT, seconds(timeout)); err != nil {
		d.status.Refused = fmt.Errorf("set timeout of %v: %w", timeout, err)
	}
	s, err := d.wire.Get(unix.WDIOC_GETTIMEOUT)
	if err != nil {
		return fmt.Errorf("read timeout: %w", err)
	}
	if s <= 0 {
		return fmt.Errorf("read timeout: the driver says %d s", s)
	}
	d.timeout = time.Duration(s) * time.Second
	return d.Feed()
}

// learn asks what the watchdog is. It need not answer.
func (d *Device) learn() {
	if info, err := d.wire.Info(); err == nil {
		d.status.learn(info)
	}
	bits, err := d.wire.Get(unix.WDIOC_GETBOOTSTATUS)
	d.status.Boot.Bits, d.status.Boot.Err = uint32(bits), err
	if s, err := look(d.root, d.path); err == nil {
		d.status.NoWayOut = s.NoWayOut
	}
}

// seconds rounds up: a watchdog must not bite before its time.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// Name returns "hardware".
func (d *Device) Name() string { return "hardware" }

// Timeout returns what the driver says that its timeout is.
func (d *Device) Timeout() time.Duration { return d.timeout }

// Status returns what was learnt of the watchdog when it was opened.
func (d *Device) Status() Status { return d.status }

// Feed gives the watchdog another timeout.
func (d *Device) Feed() error {
	if err := d.wire.Set(unix.WDIOC_KEEPALIVE, 0); err != nil {
		return fmt.Errorf("feed watchdog: %w", err)
	}
	return nil
}

// Left returns how long the watchdog still waits; few drivers know.
func (d *Device) Left() (time.Duration, error) {
	s, err := d.wire.Get(unix.WDIOC_GETTIMELEFT)
	if err != nil {
		return 0, fmt.Errorf("read time left: %w", err)
	}
	return time.Duration(s) * time.Second, nil
}

// Leave lets go of the watchdog and has it run: whoever opens it next has one
// timeout for that. It is what a crash does, too.
func (d *Device) Leave() error {
	if err := d.wire.Close(); err != nil {
		return fmt.Errorf("leave watchdog: %w", err)
	}
	return nil
}

// Disarm stops the watchdog and lets go of it. It is for the end of an orderly
// stop alone. [ErrRuns] says that it runs all the same.
func (d *Device) Disarm() error {
	_, err := d.wire.Write([]byte{'V'})
	if err = errors.Join(err, d.wire.Close()); err != nil {
		return fmt.Errorf("disarm watchdog: %w", err)
	}
	if d.runs() {
		return fmt.Errorf("disarm watchdog: %w", ErrRuns)
	}
	return nil
}

// runs says whether the watchdog runs after it was to be stopped.
func (d *Device) runs() bool {
	if s, err := look(d.root, d.path); err == nil && s.State != "" {
		return s.State == "active"
	}
	return d.status.NoWayOut == Yes
}
