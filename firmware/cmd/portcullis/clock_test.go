package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"portcullis/cache/sync"
	"portcullis/central/registry"
	"portcullis/central/roles"
	"portcullis/central/synthetic"
	"portcullis/firmware/console"
)

// newSiteAt makes a site whose publisher has another time than the device.
func newSiteAt(t *testing.T, at time.Time) *site {
	t.Helper()
	dir, err := os.MkdirTemp("", "site")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &publisher{central: miniCentral{keys: filepath.Join(dir, "keys"), dir: filepath.Join(dir, "lists"), list: "sltd"}, asked: make(chan struct{})}
	if err := p.central.begin(at); err != nil {
		t.Fatal(err)
	}
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	s := &site{dir: dir, publisher: p}
	s.publishAt(t, at)
	s.configure(t)
	s.plug(t)
	return s
}

func (p *publisher) publishAt(t *testing.T, at time.Time, others ...registry.Record) {
	t.Helper()
	if _, err := p.central.publish(t.Context(), at, slices.Values(append(synthetic.Specimens(), others...))); err != nil {
		t.Fatal(err)
	}
}

// mustRefer presents a document that nothing else speaks against.
func (l *lane) mustRefer(t *testing.T, reason string) {
	t.Helper()
	p := l.decide(t, l.unlisted(t))
	if p.Verdict != "refer" || !slices.ContainsFunc(p.Reasons, func(r console.Reason) bool { return r.Code == reason }) {
		t.Errorf("a document that nothing else speaks against: %s: %+v, want %s", p.Verdict, p.Reasons, reason)
	}
}

func (l *lane) awaitList(t *testing.T, state string) {
	t.Helper()
	l.await(t, "a lane with a list that is "+state, func(v console.View) bool {
		return v.State == "ready" && len(v.Lists) == 1 && v.Lists[0].State == state && v.Lists[0].Release > 0
	})
}

// TestAClockAtALongPastTimeClearsNothing has all that is signed come from a time
// that the device's clock says is ten years away, as one at 1970 does. Alerts
// are raised all the same.
func TestAClockAtALongPastTimeClearsNothing(t *testing.T) {
	t.Parallel()
	l := newSiteAt(t, time.Now().AddDate(10, 0, 0)).start(t)
	l.awaitList(t, "stale")
	if f := l.fault(t, "clock-behind", true); f.Do == "" {
		t.Errorf("the page says %+v", f)
	}
	l.mustRefer(t, "clock-behind")
	if p := l.decide(t, passport(t, "SPEC00001")); p.Verdict != "alert" {
		t.Errorf("a document that is listed as stolen: %s", p.Verdict)
	} else {
		l.settle(t, p.ID)
	}
}

// TestAClockThatFellBehindWhatWasSignedClearsNothing has a list that was issued
// in good time, and a publisher whose word on it is of a time to come: the list
// looks fresh. The device remembers without a network.
func TestAClockThatFellBehindWhatWasSignedClearsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.start(t)
	l.mustClear(t)
	ring, err := s.central.ring()
	if err != nil {
		t.Fatal(err)
	}
	repository, err := roles.Open(roles.Dir(s.central.dir), nil)
	if err == nil {
		err = repository.Refresh(time.Now().AddDate(0, 0, 20), ring)
	}
	if err != nil {
		t.Fatal(err)
	}
	l.fault(t, "clock-behind", true)
	l.ready(t)
	l.mustRefer(t, "clock-behind")
	l.ready(t)
	l.mustAlert(t)
	if err := l.halt(); err != nil {
		t.Fatal(err)
	}
	s.server.Close()
	l = s.start(t)
	l.fault(t, "clock-behind", true)
	l.ready(t)
	l.mustRefer(t, "clock-behind")
}

// TestAClockFarAheadClearsNothingUntilItIsRight has all that is signed come from
// half a year ago, by a clock that is so far ahead; and then that be over.
func TestAClockFarAheadClearsNothingUntilItIsRight(t *testing.T) {
	t.Parallel()
	s := newSiteAt(t, time.Now().AddDate(0, 0, -200))
	l := s.start(t)
	l.awaitList(t, "stale")
	l.fault(t, "update-"+string(sync.Expired)+":sltd", true)
	l.mustRefer(t, "list-stale")
	if p := l.decide(t, passport(t, "SPEC00001")); p.Verdict != "alert" {
		t.Errorf("a document that is listed as stolen: %s", p.Verdict)
	} else {
		l.settle(t, p.ID)
	}
	l.awaitList(t, "stale")
	s.publishAt(t, time.Now(), stolenPassport("NEW00001"))
	l.mustClear(t)
}
