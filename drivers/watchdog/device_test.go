package watchdog_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/drivers/watchdog"
)

// opens opens a watchdog of a kernel that has no /sys.
func opens(t *testing.T, k *kernel, timeout time.Duration) *watchdog.Device {
	t.Helper()
	d, err := watchdog.OpenOn(k.opened(), t.TempDir(), "/dev/watchdog0", timeout)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestItBitesUnlessItIsFed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &kernel{options: usual}
		d := opens(t, k, 10*time.Second)
		for range 100 {
			time.Sleep(9 * time.Second)
			if err := d.Feed(); err != nil {
				t.Fatal(err)
			}
		}
		if k.bites.Load() != 0 {
			t.Fatal("it bit although it was fed")
		}
		k.mustBite(t, true)
	})
}

func TestTheTimeoutIsWhatTheDriverSays(t *testing.T) {
	for name, c := range map[string]struct {
		kernel  *kernel
		ask     time.Duration
		want    time.Duration
		refused bool
	}{
		"taken":            {&kernel{options: usual}, 20 * time.Second, 20 * time.Second, false},
		"default":          {&kernel{options: usual}, 0, watchdog.DefaultTimeout, false},
		"rounded up":       {&kernel{options: usual}, 2500 * time.Millisecond, 3 * time.Second, false},
		"more than it can": {&kernel{options: usual, max: 15, timeout: 12}, time.Minute, 12 * time.Second, true},
		"fixed":            {&kernel{options: unix.WDIOF_MAGICCLOSE, timeout: 30}, time.Minute, 30 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := opens(t, c.kernel, c.ask)
				if got := d.Timeout(); got != c.want {
					t.Errorf("the timeout is %v, want %v", got, c.want)
				}
				if got := d.Status().Refused; (got != nil) != c.refused {
					t.Errorf("refused: %v, want %v", got, c.refused)
				}
			})
		})
	}
}

// TestOnlyAnOrderlyStopStopsIt closes a watchdog in both ways, of drivers of all
// kinds.
func TestOnlyAnOrderlyStopStopsIt(t *testing.T) {
	for name, c := range map[string]struct {
		kernel *kernel
		end    func(*watchdog.Device) error
		bites  bool
		err    error
	}{
		"a crash":                     {&kernel{options: usual}, (*watchdog.Device).Leave, true, nil},
		"a stop":                      {&kernel{options: usual}, (*watchdog.Device).Disarm, false, nil},
		"a stop, with nowayout":       {&kernel{options: usual, noWayOut: true}, (*watchdog.Device).Disarm, true, watchdog.ErrRuns},
		"a crash, without magic":      {&kernel{}, (*watchdog.Device).Leave, false, nil},
		"a crash, nowayout, no magic": {&kernel{noWayOut: true}, (*watchdog.Device).Leave, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				root := sysfs(t, map[string]string{"identity": "x", "nowayout": map[bool]string{false: "0", true: "1"}[c.kernel.noWayOut]})
				d, err := watchdog.OpenOn(c.kernel.opened(), root, "/dev/watchdog0", time.Second)
				if err != nil {
					t.Fatal(err)
				}
				if got := d.Status().AnyClose; got != (c.kernel.options == 0) {
					t.Errorf("any close stops it: %v", got)
				}
				if err := c.end(d); !errors.Is(err, c.err) {
					t.Errorf("it ends with %v, want %v", err, c.err)
				}
				c.kernel.mustBite(t, c.bites)
			})
		})
	}
}

func TestAWatchdogThatNobodyCouldFeedIsStoppedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &kernel{options: usual, broken: syscall.EIO}
		if _, err := watchdog.OpenOn(k.opened(), t.TempDir(), "/dev/watchdog0", 0); !errors.Is(err, syscall.EIO) {
			t.Errorf("got %v", err)
		}
		if k.open {
			t.Error("it was left open")
		}
		k.mustBite(t, false)
	})
}

func TestWhatTheLastResetWas(t *testing.T) {
	const claims = usual | unix.WDIOF_CARDRESET
	for _, c := range []struct {
		boot watchdog.Boot
		want watchdog.Answer
		says string
	}{
		{watchdog.Boot{Bits: unix.WDIOF_CARDRESET, Options: usual}, watchdog.Yes, "last reset by the watchdog"},
		{watchdog.Boot{Bits: unix.WDIOF_CARDRESET | unix.WDIOF_OVERHEAT, Options: claims}, watchdog.Yes, "last reset by the watchdog and heat"},
		{watchdog.Boot{Options: claims}, watchdog.No, "last reset not by the watchdog"},
		{watchdog.Boot{Options: usual}, watchdog.Unknown, "last reset: the watchdog does not say"},
		{watchdog.Boot{Bits: unix.WDIOF_POWERUNDER}, watchdog.Unknown, "last reset by too low a voltage"},
		{watchdog.Boot{Err: syscall.EIO, Options: claims}, watchdog.Unknown, "last reset: cannot be read: input/output error"},
	} {
		if got := c.boot.Bitten(); got != c.want || c.boot.String() != c.says {
			t.Errorf("%+v: %v, %q; want %v, %q", c.boot, got, c.boot, c.want, c.says)
		}
	}
}

// sysfs makes a root with one watchdog, of which /sys tells these files.
func sysfs(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "sys/class/watchdog/watchdog0")
	err := errors.Join(os.MkdirAll(dir, 0o700), os.MkdirAll(filepath.Join(root, "dev"), 0o700),
		os.WriteFile(filepath.Join(root, "dev/watchdog"), nil, 0o600), os.WriteFile(filepath.Join(root, "dev/watchdog0"), nil, 0o600))
	for name, text := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestLookingShowsWhatIsThere(t *testing.T) {
	root := sysfs(t, map[string]string{
		"identity": "Broadcom BCM2835 Watchdog timer", "timeout": "15", "state": "inactive", "bootstatus": "32", "nowayout": "1", "options": "0x8180",
	})
	for _, path := range []string{"/dev/watchdog0", "/dev/watchdog"} {
		s, err := watchdog.LookIn(root, path)
		const want = "Broadcom BCM2835 Watchdog timer, timeout 15s, inactive, last reset by the watchdog, nowayout"
		if err != nil || s.String() != want {
			t.Errorf("%s: got %q, %v\nwant %q", path, s, err, want)
		}
	}
	bare := sysfs(t, map[string]string{"identity": "softdog"})
	if s, err := watchdog.LookIn(bare, "/dev/watchdog0"); err != nil || !strings.HasPrefix(s.String(), "softdog, last reset: cannot be read") {
		t.Errorf("an older kernel: got %q, %v", s, err)
	}
	if _, err := watchdog.LookIn(root, "/dev/watchdog1"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such device: %v", err)
	}
	if _, err := watchdog.LookIn(sysfs(t, nil), "/dev/watchdog0"); err == nil || !strings.Contains(err.Error(), "the kernel tells nothing of it") {
		t.Errorf("no such folder: %v", err)
	}
}

func TestADeviceThatIsNotThereIsAClearError(t *testing.T) {
	_, err := watchdog.Open(filepath.Join(t.TempDir(), "watchdog7"), 0)
	if !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "arm watchdog: ") {
		t.Errorf("got %v", err)
	}
}
