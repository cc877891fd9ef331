package roles_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"portcullis/central/roles"
)

func (p *publisher) export(t testing.TB, at time.Time, stick string) {
	t.Helper()
	if err := p.Offline(at, p.ring(t, roles.Offline), roles.Dir(stick)); err != nil {
		t.Fatal(err)
	}
}

func TestAStickServesDevicesThatNoNetworkReaches(t *testing.T) {
	p := newPublisher(t)
	p.update(t, after(time.Hour), "one")
	stick := t.TempDir()
	p.export(t, after(day), stick)
	d := newDevice(t, p.dir)
	d.local = true
	d.mustSay(t, stick, after(35*day), "one") // by its clock, not over for 35 days

	if err := newDevice(t, p.dir).follow(stick, after(day)); err == nil {
		t.Error("its timestamp was accepted over the network")
	}
	p.update(t, after(2*day), "two") // by the network again
	d.local = false
	d.mustSay(t, p.dir, after(2*day), "two")
	d.local = true
	p.export(t, after(3*day), stick) // the same stick
	d.mustSay(t, stick, after(3*day), "two")
}

func TestNetworkAndStickNeverShareATimestampNumber(t *testing.T) {
	p := newPublisher(t)
	seen := map[int64]bool{}
	d := newDevice(t, p.dir)
	d.local = true
	for i := range 20 {
		dir, stick := p.dir, t.TempDir()
		if err := p.Refresh(noon, p.online(t)); err != nil {
			t.Fatal(err)
		}
		if i%2 == 1 { // in the same moment, and without the repository knowing
			p.export(t, noon, stick)
			dir = stick
		}
		d.mustSay(t, dir, noon, "")
		if v := d.is.Timestamp.Signed.Version; seen[v] {
			t.Fatalf("number %d is used twice", v)
		}
		seen[d.is.Timestamp.Signed.Version] = true
	}
}

func TestAnExportNeedsTheOfflineKeyAndARightClock(t *testing.T) {
	p := newPublisher(t)
	stick := t.TempDir()
	if err := p.Offline(after(1), p.online(t), roles.Dir(stick)); !errors.Is(err, roles.ErrThreshold) {
		t.Errorf("%v, want %v", err, roles.ErrThreshold)
	}
	p.update(t, after(time.Hour), "one")
	if err := p.Offline(after(1), p.ring(t, roles.Offline), roles.Dir(stick)); !errors.Is(err, roles.ErrClock) {
		t.Errorf("%v, want %v", err, roles.ErrClock)
	}
	if err := p.Refresh(after(time.Hour), p.ring(t, roles.Offline, roles.List, roles.Snapshot)); !errors.Is(err, roles.ErrThreshold) {
		t.Errorf("the offline key signed for the network: %v", err)
	}
	if left, _ := os.ReadDir(stick); len(left) > 0 {
		t.Errorf("the stick holds %v", left)
	}
}

func TestAStickThatIsPulledOutHasNoTimestamp(t *testing.T) {
	p := newPublisher(t)
	p.update(t, after(1), "one")
	for cut := 0; ; cut++ {
		stick := filepath.Join(t.TempDir(), "stick")
		err := p.Offline(after(2), p.ring(t, roles.Offline), &failing{Dir: roles.Dir(stick), left: cut})
		if err == nil {
			return
		}
		_, there := os.Stat(filepath.Join(stick, "timestamp.json"))
		d := newDevice(t, p.dir)
		d.local = true
		if followed := d.follow(stick, after(2)); (followed == nil) != (there == nil) || there != nil && !errors.Is(followed, fs.ErrNotExist) {
			t.Fatalf("cut %d: %v, %v", cut, followed, there)
		}
	}
}
