package watchdog_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"portcullis/drivers/watchdog"
)

// TestARealWatchdog arms the watchdog that PORTCULLIS_WATCHDOG names, lives
// longer than its timeout by feeding it, and stops it: run it where a reset does
// no harm, as in a virtual machine. With PORTCULLIS_WATCHDOG_BITE it ends
// without stopping it, and the machine must be reset after that.
func TestARealWatchdog(t *testing.T) {
	path := os.Getenv("PORTCULLIS_WATCHDOG")
	if path == "" {
		t.Skip("needs a watchdog that may reset this machine: PORTCULLIS_WATCHDOG=/dev/watchdog0")
	}
	before, err := watchdog.Look(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("before: %s", before)
	if before.State == "active" {
		t.Fatalf("looking at it, or somebody else, has armed it: %s", before)
	}
	d, err := watchdog.Open(path, 4*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("open: %+v, timeout %v", d.Status(), d.Timeout())
	if after, err := watchdog.Look(path); err != nil || after.State != "active" || after.Timeout != d.Timeout() {
		t.Errorf("open: %s, %v", after, err)
	}
	if _, err := watchdog.Open(path, 0); err == nil {
		t.Error("it was opened twice")
	}
	for end := time.Now().Add(2 * d.Timeout()); time.Now().Before(end); {
		time.Sleep(d.Timeout() / 4)
		if err := d.Feed(); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := d.Left(); err == nil && (left <= 0 || left > d.Timeout()) {
		t.Errorf("%v are left of %v", left, d.Timeout())
	}
	if os.Getenv("PORTCULLIS_WATCHDOG_BITE") != "" {
		t.Log("left to bite")
		if err := d.Leave(); err != nil {
			t.Fatal(err)
		}
		return
	}
	err = d.Disarm()
	if before.NoWayOut == watchdog.Yes {
		if !errors.Is(err, watchdog.ErrRuns) {
			t.Errorf("with nowayout: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if after, err := watchdog.Look(path); err != nil || after.State != "inactive" {
		t.Errorf("disarmed: %s, %v", after, err)
	}
}
