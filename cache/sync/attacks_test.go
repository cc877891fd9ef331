package sync_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/cache/sync"
	"portcullis/cache/trust/trusttest"
)

// mustRecover checks that the device takes what is good as soon as it can.
func (d *device) mustRecover(t *testing.T, r feedtest.Release, want []list.Record) {
	t.Helper()
	d.server.republish()
	d.mustSucceed(t)
	d.mustHold(t, r, want)
}

// Freeze: an attacker on the way repeats what was published once. The device
// cannot know that there is more, but the list does not stay young by it.
func TestAttackFreeze(t *testing.T) {
	t.Parallel()
	inBubble(t, time.Hour, func(t *testing.T, d *device) {
		p := publisher()
		one := p.Release(t, records)
		d.server.publish(one)
		frozen := d.server.published()
		published := d.server.repository.Now
		stop := d.running(t)
		defer stop()
		synctest.Wait()

		two := p.Release(t, records[10:])
		d.server.publish(two)
		d.server.reset(frozen)
		time.Sleep(24 * time.Hour)
		if at, s := d.store.CheckedAt("sltd"), d.Status(); !at.Equal(published) || s.Code != sync.Current || time.Since(s.Published) < 24*time.Hour {
			t.Errorf("after a day the list was checked at %s, the status is %+v", at, s)
		}
		time.Sleep(48 * time.Hour)
		if s := d.Status(); s.Code != sync.Expired || !strings.Contains(s.Detail, "timestamp") {
			t.Errorf("after three days the status is %+v", s)
		}
		d.mustHold(t, one, records)
		d.server.republish()
		time.Sleep(2 * time.Hour)
		d.mustHold(t, two, records[10:])
	})
}

// Mix-and-match: files of different statements, each well signed.
func TestAttackMixAndMatch(t *testing.T) {
	p := publisher()
	one, two, three := p.Release(t, records), p.Release(t, records[10:]), p.Release(t, records[20:])
	fresh := newDevice(t, nil)
	var states []map[string][]byte
	for _, r := range []feedtest.Release{one, two, three} {
		fresh.server.publish(r)
		states = append(states, fresh.server.published())
	}
	for name := range states[2] {
		other := name
		version, role, versioned := strings.Cut(name, ".")
		if versioned && strings.HasSuffix(role, "list.json") || strings.HasSuffix(role, "snapshot.json") {
			other = fmt.Sprintf("%d.%s", int(version[0]-'0')-1, role)
		}
		if states[1][other] == nil || bytes.Equal(states[1][other], states[2][name]) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			d := newDevice(t, nil)
			d.server.reset(states[0])
			d.mustSucceed(t)
			mixed := states[2]
			d.server.reset(mixed)
			d.server.change(name, func([]byte) []byte { return states[1][other] })
			err := d.Once(t.Context())
			if code := sync.CodeOf(err); err != nil && code != sync.Mixed && code != sync.WrongKey && code != sync.FetchFailed && code != sync.FileMismatch {
				t.Errorf("%v", err)
			}
			if held := d.store.Position("sltd"); held == two.Manifest.Position() && name != sync.TimestampFile {
				t.Error("the device holds release 2, which nobody published any more")
			}
			d.server.reset(states[2])
			d.mustSucceed(t)
			d.mustHold(t, three, records[20:])
		})
	}
}

// A delta that is signed as one from what is held, and is of another base.
func TestAttackDeltaOnTheWrongBase(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	one := p.Release(t, records)
	d.server.publish(one)
	d.mustSucceed(t)
	two := p.Release(t, records[10:])
	b := feedtest.Builder{Release: two.Manifest.Release}
	b.Delta(t, one.Manifest.Position(), list.Difference(records[:10], records[5:15]))
	b.Add(feed.Step{}, two.Files[two.Step(feed.Snapshot).Name])
	d.server.publish(b.Done())
	d.server.asked()
	d.mustSucceed(t)
	d.mustHold(t, two, records[10:])
	if n := len(d.server.asked()); n != 3 {
		t.Errorf("it took %d requests, want timestamp, delta and snapshot", n)
	}
}

// Every file that is published is cut or changed at every kind of place: its
// head, its middle, its end.
func TestAttackTruncatedOrFlippedAnywhere(t *testing.T) {
	t.Parallel()
	p := publisher()
	one, two := p.Release(t, records[:500]), p.Release(t, records[:510])
	origin := newServer(t)
	origin.publish(one)
	first := origin.published()
	origin.publish(two)
	second := origin.published()
	for name, data := range second {
		if bytes.Equal(data, first[name]) {
			continue
		}
		for _, at := range []int{0, 9, len(data) / 2, len(data) - 1} {
			for what, spoilt := range map[string][]byte{"cut": data[:at], "flipped": flippedAt(data, at)} {
				t.Run(fmt.Sprint(filepath.Base(name)[:min(12, len(filepath.Base(name)))], " ", what, " ", at), func(t *testing.T) {
					d := newDevice(t, nil)
					d.server.reset(first)
					d.mustSucceed(t)
					d.server.reset(second)
					d.server.change(name, func([]byte) []byte { return spoilt })
					for range 4 {
						d.Once(t.Context())
					}
					if held := d.store.Position("sltd"); held != one.Manifest.Position() && held != two.Manifest.Position() {
						t.Fatalf("the device holds %+v", held)
					}
					d.server.reset(second)
					d.mustSucceed(t)
					d.mustHold(t, two, records[:510])
				})
			}
		}
	}
}

func flippedAt(data []byte, at int) []byte {
	b := bytes.Clone(data)
	b[at] ^= 4
	return b
}

// The clock stands at 1970, or at 2099: lists are brought up to date all the
// same, and are no younger than they are.
func TestAttackByTheClock(t *testing.T) {
	for name, c := range map[string]struct {
		published time.Duration // from what the clock says
		want      sync.Code
	}{"at 1970": {54 * 365 * 24 * time.Hour, sync.Current}, "at 2099": {-73 * 365 * 24 * time.Hour, sync.Expired}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, time.Minute, func(t *testing.T, d *device) {
				p := publisher()
				r := d.server.repository
				r.Now = time.Now().Add(c.published)
				for _, role := range []string{"targets", feed.ListRole, feed.BulkRole, "firmware"} {
					r.Touch(role)
				}
				r.SignRoot()
				one, two := p.Release(t, records), p.Release(t, records[10:])
				d.server.publish(one)
				published := r.Now
				stop := d.running(t)
				time.Sleep(time.Second)
				d.server.publish(two)
				time.Sleep(2 * time.Minute)
				stop()
				d.mustHold(t, two, records[10:])
				if s := d.Status(); s.Code != c.want || s.Floor.Before(published) {
					t.Errorf("the status is %+v", s)
				}
				if at := d.store.CheckedAt("sltd"); at.After(time.Now()) || at.After(r.Now) {
					t.Errorf("the list was checked at %s; the clock says %s, the publisher %s", at, time.Now(), r.Now)
				}
			})
		})
	}
}

// The root is rotated again and again while a device is off.
func TestRootRotationWhileTheDeviceIsOff(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	d.server.publish(p.Release(t, records))
	d.mustSucceed(t)
	r := d.server.repository
	for _, role := range []string{"root", "timestamp", "root", "snapshot", "targets", feed.ListRole, "root"} {
		r.Rotate(role)
	}
	two := p.Release(t, records[10:])
	d.server.publish(two)
	d.mustSucceed(t)
	d.mustHold(t, two, records[10:])

	// A root that too few have signed is none.
	before := r.Files()
	r.Keys["root"] = []trusttest.Key{r.NewKey(), r.NewKey(), r.NewKey(), r.NewKey(), r.NewKey()}
	r.SignRoot()
	r.SignSnapshot(r.Keys["snapshot"][0]) // or it is looked for by the hour
	r.Publish()
	d.server.republish()
	d.mustFail(t, sync.WrongKey)
	r.Reset(before)
	d.mustRecover(t, two, records[10:])
}

// The only file that leads on is bad for long: it is tried again and again, less
// and less often, and the fault keeps its name.
func TestTheOnlyWayIsNotGivenUp(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	one := p.Release(t, records)
	d.server.publish(one)
	d.mustSucceed(t)
	two := p.Release(t, records[10:])
	two.Manifest.Steps = two.Manifest.Steps[1:] // without the snapshot
	d.server.publish(two)
	d.server.change(name(two, feed.Delta), flip)
	for range 5 {
		d.mustFail(t, sync.FileMismatch)
	}
	d.mustRecover(t, two, records[10:])
}
