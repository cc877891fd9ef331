package trust_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/cache/trust"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

const year = 365 * 24 * time.Hour

// TestNoClockDecides has publishers of 1995 and 2126, whose files have expired,
// or are not yet signed, by any clock that the test may run under.
func TestNoClockDecides(t *testing.T) {
	for _, ahead := range []time.Duration{-31 * year, 100 * year} {
		p := published(t)
		p.Now = p.Now.Add(ahead)
		p.SignRoot()
		all(p)
		d := newDevice(t, p)
		d.Built = time.Time{}
		if m := d.refreshes(p); !m.Published().Equal(p.Now) || !m.Floor().Equal(p.Now) {
			t.Errorf("published %v, floor %v", m.Published(), m.Floor())
		}
		d.holds(p, "list", manifest, "one")
	}
	synctest.Test(t, func(t *testing.T) { // where the clock stands at 2000
		p := published(t)
		d := newDevice(t, p)
		d.refreshes(p)
		time.Sleep(99 * year) // of the clock of the bubble
		p.Publish()
		d.refreshes(p)
		d.holds(p, "list", manifest, "one")
	})
}

func TestWhatExpiredBeforeTheProgramWasBuiltIsRefused(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	d.Built = p.Now.Add(4 * 24 * time.Hour)
	var expired *trust.ExpiredError
	if err := d.refuses(p); !errors.As(err, &expired) || expired.Role != "timestamp" {
		t.Errorf("%v", err)
	}
	d.Built = p.Now.Add(2 * 24 * time.Hour)
	if m := d.refreshes(p); !m.Floor().Equal(d.Built) {
		t.Errorf("floor %v", m.Floor())
	}
	d.Built = p.Now.Add(60 * 24 * time.Hour) // a newer program finds what is held
	d.holds(p, "list", manifest, "one")
	if err := os.Remove(d.Shelf + "/2.snapshot.json"); err != nil {
		t.Fatal(err)
	}
	d.refreshes(p) // and mends it
	d.holds(p, "list", manifest, "one")
}

func TestAPublicationWithAnExpiredRoleIsRefused(t *testing.T) {
	for role, ahead := range map[string]time.Duration{"root": 3 * year, "targets": 1*year + time.Hour, "snapshot": 31 * 24 * time.Hour} {
		p := published(t)
		d := newDevice(t, p)
		d.refreshes(p)
		p.Now = p.Now.Add(ahead)
		if role != "root" {
			p.SignRoot()
		}
		if role == "root" {
			all(p)
		}
		if role == "targets" {
			p.Touch("list") // and so a snapshot
		}
		p.Publish()
		var expired *trust.ExpiredError
		if err := d.refuses(p); !errors.As(err, &expired) || expired.Role != role {
			t.Errorf("%s: %v", role, err)
		}
	}
}

// An expired delegated role keeps its own targets back and nobody else's.
func TestAnExpiredDelegatedRoleStopsNoOther(t *testing.T) {
	p := published(t)
	p.Put("bulk", "border/approval.json", []byte("yes"))
	p.Publish()
	p.Now = p.Now.Add(100 * 24 * time.Hour)
	p.Put("list", manifest, []byte("two"))
	p.Publish()
	d := newDevice(t, p)
	m := d.refreshes(p)
	d.holds(p, "list", manifest, "two")
	var expired *trust.ExpiredError
	if _, err := m.Fetch(context.Background(), p, "bulk", "border/approval.json"); !errors.As(err, &expired) || expired.Role != "bulk" {
		t.Errorf("%v", err)
	}
	if _, _, is := m.Expired(p.Now); is {
		t.Error("a role below, which nobody asked of, makes all expired")
	}
	if role, _, is := m.Expired(p.Now, "bulk"); role != "bulk" || !is {
		t.Errorf("%s %v", role, is)
	}
}

// TestATimeInTheFutureEndsWithTheNextTimestamp has a thief, or a publisher whose
// clock is wrong, sign a time to come.
func TestATimeInTheFutureEndsWithTheNextTimestamp(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	now := p.Now
	p.Now = now.Add(20 * 24 * time.Hour)
	p.Publish()
	if m := d.refreshes(p); !m.Floor().Equal(p.Now) {
		t.Errorf("floor %v", m.Floor())
	}
	p.Now = now
	p.Put("list", manifest, []byte("two"))
	p.Publish()
	if m := d.refreshes(p); !m.Floor().Equal(now) {
		t.Errorf("floor %v", m.Floor())
	}
	d.holds(p, "list", manifest, "two")

	p.Now = now.Add(73 * year) // beyond what the other roles are good for
	p.Publish()
	var expired *trust.ExpiredError
	if err := d.refuses(p); !errors.As(err, &expired) {
		t.Errorf("%v", err)
	}
	p.Now = now
	p.Publish()
	d.refreshes(p)
}

func TestATimestampWithoutATimeIsMalformed(t *testing.T) {
	for _, value := range []any{nil, "", "yesterday", 1790000000, "2026-11-26", true} {
		p := published(t)
		edited(p, func(s *metadata.TimestampType) { s.UnrecognizedFields["x-published"] = value }, t)
		if err := newDevice(t, p).refuses(p); !errors.Is(err, trust.ErrMalformed) {
			t.Errorf("%v: %v", value, err)
		}
	}
}
