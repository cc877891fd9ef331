package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/drivers/sysfs"
	"portcullis/drivers/watchdog"
)

// machineTests are of the machine that the appliance runs on, as its kernel has
// it in the /sys below root.
func machineTests(root string, c config) []test {
	tests := []test{{"watchdog", c.Watchdog.Device, func(context.Context) (string, error) { return testWatchdog(c.Watchdog) }}}
	tests = append(tests, clockTests(root)...)
	return append(tests, test{"temperature", "", func(context.Context) (string, error) { return testTemperature(root) }})
}

// testWatchdog looks at the watchdog. It does not open it: that would arm it.
func testWatchdog(w watchdogConfig) (string, error) {
	if w.Device == "" {
		return "none is configured", nil
	}
	seen, err := watchdog.Look(w.Device)
	if err != nil {
		return "", err
	}
	if err := unix.Access(w.Device, unix.W_OK); err != nil {
		return "", fmt.Errorf("%s: this user may not open it: %w", seen, err)
	}
	want := cmp.Or(w.Timeout.Duration, watchdog.DefaultTimeout)
	return fmt.Sprintf("%s; %v is configured", seen, want), nil
}

// clockTests are of the clocks that run while the power is off.
func clockTests(root string) []test {
	clocks, _ := filepath.Glob(filepath.Join(root, "sys/class/rtc/rtc*"))
	if len(clocks) == 0 {
		return []test{{"rtc", "", func(context.Context) (string, error) {
			return "there is none: after a power cut the time comes from the network alone", nil
		}}}
	}
	tests := make([]test, len(clocks))
	for i, dir := range clocks {
		tests[i] = test{"rtc", filepath.Base(dir), func(context.Context) (string, error) { return testRTC(root, filepath.Base(dir), time.Now()) }}
	}
	return tests
}

// clocksApart is how far two clocks of a machine may be apart.
const clocksApart = 5 * time.Minute

func testRTC(root, name string, now time.Time) (string, error) {
	at, err := sysfs.Clock(root, name)
	if err != nil {
		return "", fmt.Errorf("it does not tell the time: %w", err)
	}
	if apart := now.Sub(at).Abs(); apart > clocksApart {
		return "", fmt.Errorf("it says %s, and the clock of the system %s: set it, or change its battery",
			at.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return "as the clock of the system", nil
}

// tooHot is from where on a board is said to be, in degrees Celsius: our choice,
// a little below where processors of such boards are slowed down.
const tooHot = 80

// testTemperature reads the sensors of the board.
func testTemperature(root string) (string, error) {
	zones, err := sysfs.Temperatures(root, "")
	if errors.Is(err, sysfs.ErrNoSensor) {
		return "there is no sensor", nil
	}
	var said []string
	for _, z := range zones {
		said = append(said, fmt.Sprintf("%s %.1f °C", z.Name, z.Celsius))
		if z.Celsius >= tooHot {
			err = errors.Join(err, fmt.Errorf("%s %.1f °C: too hot; is there air around it?", z.Name, z.Celsius))
		}
	}
	return strings.Join(said, ", "), err
}
