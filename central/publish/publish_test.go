package publish_test

import (
	"slices"
	"testing"

	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
)

func TestDevicesFollowByDeltaAndBySnapshot(t *testing.T) {
	s := newSite(t)
	p := s.publisher()
	records := feedtest.Records(1, 4000)
	changed := slices.Clone(records[100:3900])
	changed[7].Status = list.Revoked
	changed[8].Reference = "UTO/26/17"
	newcomer := list.Record{Digest: 77, Class: list.Visa, Issuer: "QMA", Status: list.Lost, Country: "QMB"}

	d := s.device()
	for i, now := range [][]list.Record{records, changed, append(slices.Clone(changed), newcomer), changed} {
		r := all(t, p, hours(i), now)
		if !r.Made || r.Pending != nil || (i > 0) != (r.NoDelta == "") {
			t.Errorf("release %d: %+v", i+1, r)
		}
		s.follow(d)
		s.mustHold(d, uint64(i+1), now)
		if i > 0 && len(d.used) != 1 {
			t.Errorf("release %d took %d steps", i+1, len(d.used))
		}
		fresh := s.device()
		s.follow(fresh)
		s.mustHold(fresh, uint64(i+1), now)
	}
	if r := all(t, p, hours(4), changed); r.Made || r.Manifest.Sequence != 4 {
		t.Errorf("nothing has changed: %+v", r)
	}
}

func TestAChangeMakesTheNextRelease(t *testing.T) {
	s := newSite(t)
	records := feedtest.Records(1, 4000)
	all(t, s.publisher(), noon, records[:3900])
	d := s.device()
	s.follow(d)
	c := list.Difference(records[:3900], records[50:])
	if r := change(t, s.publisher(), hours(1), c); !r.Made || r.Added != 100 || r.Removed != 50 || r.Manifest.Records != 3950 {
		t.Errorf("%+v", r)
	}
	s.follow(d)
	s.mustHold(d, 2, records[50:])
}
