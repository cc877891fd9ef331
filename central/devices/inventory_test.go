package devices_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portcullis/central/devices"
	"portcullis/protocol"
)

func TestADeviceThatHoldsAListIsOverdueAfter48Hours(t *testing.T) {
	v := open(t, t.TempDir())
	must(v.Report(noon, "gate-7", status("gate-7", held("sltd", 3))))(t)
	must(v.Report(noon, "gate-8", status("gate-8")))(t)
	for _, c := range []struct {
		after         time.Duration
		holds, holds0 string
		copy          string
	}{
		{time.Minute, "good", "good", "held"},
		{2 * time.Hour, "silent", "silent", "held"},
		{48 * time.Hour, "silent", "silent", "held"},
		{48*time.Hour + time.Second, "overdue", "silent", "overdue"},
	} {
		now := noon.Add(c.after)
		if got := standing(t, v, now, "gate-7"); got != c.holds {
			t.Errorf("with a list, after %v: %s", c.after, got)
		}
		if got := standing(t, v, now, "gate-8"); got != c.holds0 {
			t.Errorf("without one, after %v: %s", c.after, got)
		}
		if got := must(v.Device("gate-7"))(t).Copies(now, nil)[0].State; got != c.copy {
			t.Errorf("the copy after %v: %s", c.after, got)
		}
	}
	sum := devices.Summarise(noon.Add(49*time.Hour), v.All(), devices.Newest(v.All(), nil))
	if l := sum.Lists[0]; l.States["overdue"] != 1 || l.Greatest != 49*time.Hour+time.Minute {
		t.Errorf("summed up as %+v", l)
	}
}

func TestTheAgeOfACopyDoesNotFollowTheDevicesClock(t *testing.T) {
	v := open(t, t.TempDir())
	s := status("gate-7", held("sltd", 3))
	s.Clock, s.Lists[0].Checked = time.Unix(60, 0), time.Unix(0, 0)
	must(v.Report(noon, "gate-7", s))(t)
	if got := must(v.Device("gate-7"))(t).Copies(noon, nil)[0].Checked; !got.Equal(noon.Add(-time.Minute)) {
		t.Errorf("checked at %v", got)
	}
}

func TestAReportThatBreaksARuleChangesNothing(t *testing.T) {
	v := open(t, t.TempDir())
	must(v.Report(noon, "gate-7", status("gate-7", held("sltd", 3))))(t)
	for what, f := range map[string]func(*protocol.Status){
		"address":          func(s *protocol.Status) { s.Address = "nowhere" },
		"many lists":       func(s *protocol.Status) { s.Lists = make([]protocol.Held, 33) },
		"a list twice":     func(s *protocol.Status) { s.Lists = append(s.Lists, s.Lists[0]) },
		"name of a list":   func(s *protocol.Status) { s.Lists[0].Name = "../x" },
		"root":             func(s *protocol.Status) { s.Lists[0].Root = "xyz" },
		"damage":           func(s *protocol.Status) { s.Lists[0].Bad = -1 },
		"progress":         func(s *protocol.Status) { s.Lists[0].Progress = 1.5 },
		"progress, no one": func(s *protocol.Status) { s.Lists[0].Progress = math.NaN() },
	} {
		s := status("gate-7", held("sltd", 4))
		f(&s)
		if _, err := v.Report(noon.Add(time.Hour), "gate-7", s); !errors.Is(err, devices.ErrReport) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := v.Report(noon, "gate-8", status("gate-7")); !errors.Is(err, devices.ErrName) {
		t.Errorf("another device's report: %v", err)
	}
	if d := must(v.Device("gate-7"))(t); d.Heard != noon || d.Status.Lists[0].Release != 3 {
		t.Errorf("the device is now %+v", d)
	}
	if len(v.All()) != 1 {
		t.Error("there is a device more")
	}
}

func TestTextsOfAReportAreCutAndMadePlain(t *testing.T) {
	v := open(t, t.TempDir())
	s := status("gate-7", held("sltd", 3))
	s.Software, s.Site, s.Lane, s.Faults = strings.Repeat("é", 100), "a\x1b[2J", "\xff", make([]string, 1000)
	must(v.Report(noon, "gate-7", s))(t)
	got := must(v.Device("gate-7"))(t).Status
	if got.Software != strings.Repeat("é", 64) || got.Site != "a [2J" || got.Lane != " " || len(got.Faults) != 64 {
		t.Errorf("kept %q %q %q and %d faults", got.Software, got.Site, got.Lane, len(got.Faults))
	}
	order := must(v.Order(noon, "gate-7", protocol.Erase))(t)
	if err := v.Done(noon, "gate-7", protocol.OrderDone{ID: order.ID, Problem: strings.Repeat("x", 10_000)}); err != nil {
		t.Error(err)
	}
}

func TestTheReleasesThatADeviceHeldAreRemembered(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	for i, release := range []uint64{1, 1, 2, 3, 0} {
		must(v.Report(noon.Add(time.Duration(i)*time.Hour), "gate-7", status("gate-7", held("sltd", release), held("sltd-test", 9))))(t)
	}
	must(v.Report(noon.Add(5*time.Hour), "gate-7", status("gate-7", held("sltd", 0))))(t)
	v.Close()
	all := must(open(t, dir).History("gate-7"))(t)
	var got []string
	for _, p := range all["sltd"] {
		got = append(got, fmt.Sprintf("%d %v-%v", p.Release, p.Since.Sub(noon).Hours(), p.Until.Sub(noon).Hours()))
	}
	if text := strings.Join(got, ", "); text != "1 0-2, 2 2-3, 3 3-4" {
		t.Errorf("history %s", text)
	}
	if p := all["sltd-test"]; len(p) != 1 || p[0].Until != noon.Add(5*time.Hour) {
		t.Errorf("a list that it does not name any more: %+v", p)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	v := open(t, t.TempDir())
	for i := range 100 {
		must(v.Report(noon.Add(time.Duration(i)*time.Hour), "gate-7", status("gate-7", held("sltd", uint64(i+1)))))(t)
	}
	if p := must(v.History("gate-7"))(t)["sltd"]; len(p) != 64 || p[63].Release != 100 {
		t.Errorf("%d positions, the last %+v", len(p), p[len(p)-1])
	}
}

func TestOrdersStayUntilTheyAreDone(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	must(v.Report(noon, "gate-7", status("gate-7", held("sltd", 3))))(t)
	erase, sync := must(v.Order(noon, "gate-7", protocol.Erase))(t), must(v.Order(noon, "gate-7", protocol.Sync))(t)
	if again := must(v.Order(noon, "gate-7", protocol.Erase))(t); again != erase {
		t.Error("it is told twice")
	}
	v.Close()
	v = open(t, dir)
	if got := must(v.Report(noon, "gate-7", status("gate-7")))(t); len(got) != 2 || got[0] != erase || got[1] != sync {
		t.Fatalf("after a restart: %v", got)
	}
	if err := v.Done(noon, "gate-8", protocol.OrderDone{ID: erase.ID}); !errors.Is(err, devices.ErrUnknown) {
		t.Errorf("another device did it: %v", err)
	}
	if err := errors.Join(
		v.Done(noon, "gate-7", protocol.OrderDone{ID: sync.ID}),
		v.Done(noon, "gate-7", protocol.OrderDone{ID: erase.ID, Problem: "key-busy"})); err != nil {
		t.Fatal(err)
	}
	if got := must(v.Report(noon, "gate-7", status("gate-7")))(t); len(got) != 1 || got[0].Kind != protocol.Erase || got[0] == erase {
		t.Errorf("an erasure that failed is not ordered anew: %v", got)
	} else {
		erase = got[0]
	}
	if err := v.Done(noon.Add(time.Minute), "gate-7", protocol.OrderDone{ID: erase.ID}); err != nil {
		t.Fatal(err)
	}
	if got := standing(t, v, noon.Add(time.Hour), "gate-7"); got != "erased" {
		t.Errorf("it stands %s", got)
	}
	if _, err := v.Order(noon, "gate-7", "reboot"); err == nil {
		t.Error("an order that is none")
	}
	if _, err := v.Order(noon, "gate-9", protocol.Sync); !errors.Is(err, devices.ErrUnknown) {
		t.Errorf("no such device: %v", err)
	}
}

func TestThatARevokedDeviceMustEraseCannotBeTakenBack(t *testing.T) {
	v := open(t, t.TempDir())
	must(v.Report(noon, "gate-7", status("gate-7", held("sltd", 3))))(t)
	sync := must(v.Order(noon, "gate-7", protocol.Sync))(t)
	erase := must(v.Revoke(noon, "gate-7", true))(t)
	if err := v.Cancel("gate-7", sync.ID); !errors.Is(err, devices.ErrUnknown) {
		t.Errorf("another order is left: %v", err)
	}
	if err := v.Cancel("gate-7", erase.ID); err == nil {
		t.Error("it was taken back")
	}
	if again := must(v.Revoke(noon.Add(time.Hour), "gate-7", false))(t); again != erase || !must(v.Device("gate-7"))(t).Lost {
		t.Error("revoking again changes the order, or finds the device")
	}
	if got := standing(t, v, noon, "gate-7"); got != "revoked" {
		t.Errorf("it stands %s", got)
	}
}

func TestManyAtOnceLoseNothing(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for n := range 20 {
				name := fmt.Sprintf("gate-%d", n)
				if _, err := v.Report(noon.Add(time.Duration(i)*time.Second), name, status(name, held("sltd", uint64(i+1)))); err != nil {
					t.Error(err)
				}
				if _, err := v.Order(noon, name, protocol.Sync); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	v.Close()
	all := open(t, dir).All()
	if len(all) != 20 {
		t.Fatalf("%d devices", len(all))
	}
	for _, d := range all {
		if len(d.Orders) != 1 || len(d.Status.Lists) != 1 {
			t.Errorf("%s has orders %v and lists %v", d.Name, d.Orders, d.Status.Lists)
		}
	}
}

func TestTheNewestReleaseIsThePublishersAndNoRevokedDevices(t *testing.T) {
	v := open(t, t.TempDir())
	must(v.Report(noon, "gate-7", status("gate-7", held("sltd", 3))))(t)
	must(v.Report(noon, "gate-8", status("gate-8", held("sltd", 1<<40))))(t)
	must(v.Revoke(noon, "gate-8", false))(t)
	if got := devices.Newest(v.All(), nil)["sltd"]; got != 3 {
		t.Errorf("without a publisher %d", got)
	}
	newest := devices.Newest(v.All(), map[string]uint64{"sltd": 5})
	if c := must(v.Device("gate-7"))(t).Copies(noon, newest)[0]; c.Behind != 2 {
		t.Errorf("behind by %d", c.Behind)
	}
	if got := must(v.Device("gate-7"))(t).Standing(noon, newest); got != "behind" {
		t.Errorf("it stands %s", got)
	}
}

func TestADeviceThatInventsListsFillsNoDiskAndHidesNoOther(t *testing.T) {
	v := open(t, t.TempDir())
	for _, name := range []string{"gate-1", "gate-2"} {
		must(v.Report(noon, name, status(name, held("sltd", 3))))(t)
	}
	for i := range 10 {
		var lists []protocol.Held
		for j := range 32 {
			lists = append(lists, held(fmt.Sprintf("a%d-%d", i, j), 1))
		}
		for _, name := range []string{"rogue-1", "rogue-2", "rogue-3"} {
			must(v.Report(noon, name, status(name, slices.Clone(lists)...)))(t)
			for j := range lists {
				lists[j].Name += "x"
			}
		}
	}
	if n := len(must(v.History("rogue-1"))(t)); n > 64 {
		t.Errorf("it is remembered to have held %d lists", n)
	}
	must(v.Report(noon, "gate-1", status("gate-1", held("sltd", 4))))(t)
	if h := must(v.History("gate-1"))(t); len(h["sltd"]) != 2 {
		t.Errorf("another device held %+v", h)
	}
	all := v.All()
	sum := devices.Summarise(noon, all, devices.Newest(all, nil))
	if len(sum.Lists) > 64 || !slices.ContainsFunc(sum.Lists, func(l devices.ListSummary) bool { return l.List == "sltd" }) {
		t.Errorf("of %d lists none is the one that others hold", len(sum.Lists))
	}
}
