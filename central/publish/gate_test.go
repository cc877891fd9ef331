package publish_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/central/keys"
	"portcullis/central/publish"
	"portcullis/central/roles"
)

// statewide is so many records of one issuing State, and of each of two others.
func statewide(uto, others int) (records []list.Record) {
	for i := range uto + 2*others {
		r := list.Record{Digest: list.Digest(i) << 40, Class: list.Passport, Issuer: "UTO", Status: list.Lost, Country: "UTO"}
		if i >= uto {
			r.Issuer = []string{"QMA", "QMB"}[i%2]
		}
		records = append(records, r)
	}
	return records
}

func TestAGreatChangeWaitsForTwo(t *testing.T) {
	records := statewide(3000, 30000)
	for name, c := range map[string]struct {
		to     []list.Record
		reason string
	}{
		"removes much of one State":      {records[1001:], "within a day it removes 1001 records, and UTO had 3000"},
		"adds much to one State":         {append(records[:len(records):len(records)], stateless(1001)...), "within a day it adds 1001 records, and UTO had 3000"},
		"removes as much as it may":      {records[1000:], ""},
		"a small share of a large State": {append(records[:3000:3000], records[3000+2*1400:]...), ""},
		"a large share of the list":      {append(records[:3000:3000], records[3000+2*1600:]...), "within a day it removes 3200 records, and the list"},
		"all that there is":              {nil, "devices refuse a loss of more than a tenth"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSiteIn(t, fast(t))
			all(t, s.publisher(), noon, records)
			d := s.device()
			s.follow(d)
			r := all(t, s.publisher(), hours(1), c.to)
			if (r.Pending != nil) != (c.reason != "") || r.Made == (c.reason != "") {
				t.Fatalf("%+v", r)
			}
			s.follow(d)
			if c.reason == "" {
				s.mustHold(d, 2, c.to)
				return
			}
			s.mustHold(d, 1, records)
			if !strings.Contains(strings.Join(r.Pending.Reasons, "\n"), c.reason) {
				t.Errorf("the reasons are %q", r.Pending.Reasons)
			}
			for _, file := range []string{"release.json", "report.json"} {
				data, err := os.ReadFile(filepath.Join(s.dir, "pending", "sltd", file))
				if err != nil || !json.Valid(data) {
					t.Errorf("%s: %v", file, err)
				}
			}
		})
	}
}

// A full load is taken in by many releases, if a publisher looks often.
func TestAGreatChangeDoesNotPassInSlices(t *testing.T) {
	s := newSiteIn(t, fast(t))
	records := statewide(3000, 30000)
	all(t, s.publisher(), noon, records)
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for i := range 4 {
		if r := all(t, s.publisher(), at(i+1), records[250*(i+1):]); !r.Made {
			t.Fatalf("%d: %+v", i, r)
		}
	}
	if r := all(t, s.publisher(), at(23*60), records[1001:]); r.Pending == nil {
		t.Fatalf("%+v", r)
	}
	if err := s.publisher().Reject(context.Background(), at(23*60)); err != nil {
		t.Fatal(err)
	}
	if r := all(t, s.publisher(), at(26*60), records[1001:]); !r.Made { // another day
		t.Errorf("%+v", r)
	}
}

func TestWhatTwoApprovedIsNotCountedAgain(t *testing.T) {
	s, _, _, want := waiting(t)
	if _, err := s.publisher().Approve(context.Background(), hours(2), s.ring(roles.Bulk)); err != nil {
		t.Fatal(err)
	}
	if r := all(t, s.publisher(), hours(3), append(want, stateless(900)...)); !r.Made {
		t.Errorf("%+v", r)
	}
}

func stateless(n int) (records []list.Record) {
	for i := range n {
		records = append(records, list.Record{Digest: list.Digest(i)<<40 + 1, Class: list.Passport, Issuer: "UTO", Status: list.Lost})
	}
	return records
}

// waiting is a site at which the second release waits.
func waiting(t *testing.T) (*site, *device, []list.Record, []list.Record) {
	s := newSiteIn(t, fast(t))
	records := statewide(3000, 3000)
	all(t, s.publisher(), noon, records)
	d := s.device()
	s.follow(d)
	if r := all(t, s.publisher(), hours(1), records[2000:]); r.Pending == nil {
		t.Fatalf("%+v", r)
	}
	return s, d, records, records[2000:]
}

func TestTwoPeopleApproveOneAfterTheOther(t *testing.T) {
	s, d, records, want := waiting(t)
	if _, err := s.publisher().Publish(context.Background(), hours(2), list.Change{Removed: records[:1]}); !errors.Is(err, publish.ErrPending) {
		t.Errorf("while a release waits: %v", err)
	}
	o := s.options("sltd")
	for i, place := range s.keys[roles.Bulk] {
		ring, err := keys.Open(nil, place)
		if err != nil {
			t.Fatal(err)
		}
		o.Ring = ring // nothing but their own
		a, err := publisherOf(t, o).Approve(context.Background(), hours(3+i), ring)
		if err != nil || len(a.Signed) != i+1 || a.Need != 2 || a.Made {
			t.Fatalf("%+v, %v", a, err)
		}
		s.follow(d)
		s.mustHold(d, 1, records)
	}
	if r := all(t, s.publisher(), hours(5), want); r.Made || r.Manifest.Sequence != 2 {
		t.Errorf("%+v", r)
	}
	s.follow(d)
	s.mustHold(d, 2, want)
	s.mustHaveOneManifestANumber()
	if _, err := s.publisher().Pending(); !errors.Is(err, publish.ErrNonePending) {
		t.Errorf("something waits: %v", err)
	}
}

func TestOnePersonCannotApproveTwice(t *testing.T) {
	s, d, records, _ := waiting(t)
	o := s.options("sltd")
	o.Ring = s.ring(roles.List, roles.Snapshot, roles.Timestamp)
	one, err := keys.Open(nil, s.keys[roles.Bulk][0])
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if a, err := publisherOf(t, o).Approve(context.Background(), hours(2+i), one); err != nil || a.Made || len(a.Signed) != 1 {
			t.Errorf("%+v, %v", a, err)
		}
	}
	s.follow(d)
	s.mustHold(d, 1, records)
}

func TestAnApprovalIsOfWhatWaitsAlone(t *testing.T) {
	s, d, records, _ := waiting(t)
	o := s.options("sltd")
	repo, err := roles.Open(roles.Dir(s.dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := os.ReadFile(filepath.Join(s.dir, "pending", "sltd", "release.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, put := range map[string]map[string][]byte{
		"another release": {feed.ApprovalPath("sltd"): []byte("{}")},
		"of another list": {feed.ApprovalPath("sltd"): manifest, feed.ApprovalPath("tdawn"): []byte("{}")},
		"nothing of sltd": {feed.ApprovalPath("tdawn"): []byte("{}")},
	} {
		draft, err := repo.Propose(hours(2), roles.Change{Role: roles.Bulk, Put: put})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(s.dir, "pending", "sltd", draft.Name)
		if err := os.WriteFile(path, draft.Data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := publisherOf(t, o).Approve(context.Background(), hours(2), s.ring(roles.Bulk)); !errors.Is(err, publish.ErrSmuggled) {
			t.Errorf("%s: %v", name, err)
		}
		os.Remove(path)
	}
	s.follow(d)
	s.mustHold(d, 1, records)
}

func TestADeviceTakesAGreatLossOnlyWithTheApproval(t *testing.T) {
	s, d, _, want := waiting(t)
	o := s.options("sltd")
	o.Ring = s.ring(roles.List, roles.Snapshot, roles.Timestamp, roles.Bulk)
	if a, err := publisherOf(t, o).Approve(context.Background(), hours(2), o.Ring); err != nil || !a.Made {
		t.Fatalf("%+v, %v", a, err)
	}
	before := feed.Peak{Sequence: 1, Records: 9000}
	m := s.see(d).Manifest()
	if _, err := before.Check(m.Release); !errors.Is(err, feed.ErrShrunk) {
		t.Errorf("without the approval: %v", err)
	}
	peak, err := before.Approve(s.target(d, feed.BulkRole, feed.ApprovalPath("sltd")), "sltd")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := peak.Check(m.Release); err != nil {
		t.Errorf("with the approval: %v", err)
	}
	s.follow(d)
	s.mustHold(d, 2, want)
	// From then on it counts anew.
	if r := all(t, s.publisher(), hours(3), want[:len(want)-300]); !r.Made {
		t.Errorf("%+v", r)
	}
}

func TestWhatIsRejectedIsGone(t *testing.T) {
	s, d, records, _ := waiting(t)
	if err := s.publisher().Reject(context.Background(), hours(2)); err != nil {
		t.Fatal(err)
	}
	if err := s.publisher().Reject(context.Background(), hours(2)); !errors.Is(err, publish.ErrNonePending) {
		t.Errorf("%v", err)
	}
	all(t, s.publisher(), hours(3), records[1:])
	s.follow(d)
	s.mustHold(d, 2, records[1:])
}

func TestManySmallLossesAreAGreatOne(t *testing.T) {
	s := newSiteIn(t, fast(t))
	records := feedtest.Records(1, 9500)
	o := s.options("sltd")
	o.Policy = bold()
	p := publisherOf(t, o)
	all(t, p, noon, records)
	for i := 1; i <= 3; i++ {
		r := all(t, p, hours(i), records[400*i:])
		if (r.Pending != nil) != (i == 3) {
			t.Errorf("after %d: %+v", i, r)
		}
		if i == 1 { // the peak is found again
			os.RemoveAll(filepath.Join(s.dir, "sltd", ".state"))
		}
	}
}
