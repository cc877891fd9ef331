package watchdog_test

import (
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/drivers/watchdog"
)

// A kernel is the kernel's side of /dev/watchdogN, with what its watchdog core
// does: see the package comment. Its time is that of a test.
type kernel struct {
	options  uint32
	noWayOut bool
	boot     int
	max      int   // seconds that it can count; more is refused
	broken   error // what reading the timeout returns

	timeout int
	open    bool
	magic   bool // the last write was a V
	timer   *time.Timer
	bites   atomic.Int64
}

// usual are the options of most drivers.
const usual = unix.WDIOF_SETTIMEOUT | unix.WDIOF_KEEPALIVEPING | unix.WDIOF_MAGICCLOSE

// opened returns the wire of a device that was just opened, which arms it.
func (k *kernel) opened() watchdog.Wire {
	k.open, k.magic = true, false
	if k.timeout == 0 {
		k.timeout = 30
	}
	k.ping()
	return k
}

func (k *kernel) ping() {
	if k.timer != nil {
		k.timer.Stop()
	}
	k.timer = time.AfterFunc(time.Duration(k.timeout)*time.Second, func() { k.bites.Add(1) })
}

func (k *kernel) Get(request uint) (int, error) {
	switch request {
	case unix.WDIOC_GETTIMEOUT:
		return k.timeout, k.broken
	case unix.WDIOC_GETBOOTSTATUS:
		return k.boot, nil
	}
	return 0, syscall.EOPNOTSUPP
}

func (k *kernel) Set(request uint, value int) error {
	switch {
	case request == unix.WDIOC_KEEPALIVE:
	case k.options&unix.WDIOF_SETTIMEOUT == 0:
		return syscall.EOPNOTSUPP
	case k.max > 0 && value > k.max:
		return syscall.EINVAL
	default:
		k.timeout = value
	}
	k.ping()
	return nil
}

func (k *kernel) Info() (*unix.WatchdogInfo, error) {
	info := &unix.WatchdogInfo{Options: k.options}
	copy(info.Identity[:], "a kernel of a test")
	return info, nil
}

func (k *kernel) Write(b []byte) (int, error) {
	for _, c := range b {
		k.magic = c == 'V' && !k.noWayOut
	}
	k.ping()
	return len(b), nil
}

func (k *kernel) Close() error {
	k.open = false
	if (k.magic || k.options&unix.WDIOF_MAGICCLOSE == 0) && !k.noWayOut {
		k.timer.Stop()
		return nil
	}
	k.ping()
	return nil
}

// mustBite lets a long time pass, and checks whether the watchdog bit.
func (k *kernel) mustBite(t *testing.T, want bool) {
	t.Helper()
	time.Sleep(time.Hour)
	synctest.Wait()
	if got := k.bites.Load() > 0; got != want {
		t.Errorf("it bit: %v, want %v", got, want)
	}
}
