package roles_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"portcullis/central/roles"
)

func TestDevicesFollowFromTheFirstRoot(t *testing.T) {
	p := newPublisher(t)
	d := newDevice(t, p.dir)
	d.mustSay(t, p.dir, noon, "")
	p.update(t, after(time.Minute), "one")
	d.mustSay(t, p.dir, after(time.Minute), "one")
	p.update(t, after(time.Hour), "two")
	d.mustSay(t, p.dir, after(time.Hour), "two")
	newDevice(t, p.dir).mustSay(t, p.dir, after(time.Hour), "two")
}

func TestAClockBehindTheLastTimestampIsRefused(t *testing.T) {
	p := newPublisher(t)
	p.update(t, after(time.Hour), "one")
	before, _ := os.ReadFile(p.file("timestamp.json"))
	err := p.Update(after(59*time.Minute), p.online(t), says1("two"))
	if !errors.Is(err, roles.ErrClock) || !strings.Contains(err.Error(), "2026-11-01T12:59:00Z") || !strings.Contains(err.Error(), "2026-11-01T13:00:00Z") {
		t.Errorf("%v, want %v", err, roles.ErrClock)
	}
	if err := p.Refresh(noon, p.online(t)); !errors.Is(err, roles.ErrClock) {
		t.Errorf("%v, want %v", err, roles.ErrClock)
	}
	if now, _ := os.ReadFile(p.file("timestamp.json")); string(now) != string(before) {
		t.Error("the timestamp has changed")
	}
}

func TestARefreshKeepsDevicesFresh(t *testing.T) {
	p := newPublisher(t)
	p.update(t, noon, "one")
	d := newDevice(t, p.dir)
	d.mustSay(t, p.dir, noon, "one")
	for at := noon; at.Before(after(200 * day)); at = at.Add(60 * time.Hour) {
		if err := p.Refresh(at, p.online(t)); err != nil {
			t.Fatal(err)
		}
		d.mustSay(t, p.dir, at.Add(71*time.Hour), "one") // by its clock, none of it is over
	}
	if v := d.is.Snapshot.Signed.Version; v < 6 || v > 12 {
		t.Errorf("the snapshot has version %d: it is signed anew at half of its time", v)
	}
	if v := d.is.Targets["list"].Signed.Version; v < 6 || v > 12 {
		t.Errorf("the list has version %d: it is signed anew at half of its time", v)
	}
}
