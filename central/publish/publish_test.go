package publish_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/central/publish"
	"portcullis/central/roles"
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

func TestTheSameInputsGiveTheSameBytes(t *testing.T) {
	s := newSiteIn(t, fast(t))
	copyTo := filepath.Join(fast(t), "repo")
	if err := os.CopyFS(copyTo, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	twin := &site{t: t, dir: copyTo, keys: s.keys}
	records := feedtest.Records(1, 3000)
	for _, s := range []*site{s, twin} {
		all(t, s.publisher(), hours(1), records)
		change(t, s.publisher(), hours(30).Add(time.Millisecond), list.Difference(records, records[10:]))
		change(t, s.publisher(), hours(31), list.Difference(records[10:], records[20:]))
	}
	if diff := cmp.Diff(s.bytes(), twin.bytes()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCannotBePublishedChangesNothing(t *testing.T) {
	s := newSiteIn(t, fast(t))
	records := feedtest.Records(1, 3000)
	all(t, s.publisher(), hours(1), records)
	before := s.bytes()
	alike := records[5]
	alike.Status = list.Revoked
	odd := records[5]
	odd.Digest, odd.Reference = 1, "é"
	for name, c := range map[string]struct {
		at   time.Time
		c    list.Change
		want error
		says string
	}{
		"the clock goes back":       {noon, list.Change{Removed: records[:1]}, publish.ErrClock, "it is 2026-11-01T12:00:00Z, release 1 is of 2026-11-01T13:00:00Z"},
		"adds what is there":        {hours(2), list.Change{Added: records[:3]}, list.ErrConflict, "adds 3 records that are there, and removes 0 that are not"},
		"removes what is not there": {hours(2), list.Change{Removed: feedtest.Records(2, 4)}, list.ErrConflict, "adds 0 records that are there, and removes 4 that are not"},
		"a document twice":          {hours(2), list.Change{Added: []list.Record{odd, odd}}, publish.ErrTwice, ""},
		"out of order":              {hours(2), list.Change{Removed: []list.Record{records[1], records[0]}}, publish.ErrOrder, ""},
		"what no shard can be":      {hours(2), list.Change{Added: []list.Record{odd}}, nil, ""},
	} {
		if _, err := s.publisher().Publish(context.Background(), c.at, c.c); err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := s.publisher().PublishAll(context.Background(), hours(2), sorted(append(slices.Clone(records), alike))); !errors.Is(err, publish.ErrTwice) {
		t.Errorf("a document twice among all: %v", err)
	}
	o := s.options("sltd")
	o.Ring = s.ring(roles.Bulk) // and none that sign
	if _, err := publisherOf(t, o).Publish(context.Background(), hours(2), list.Change{}); !errors.Is(err, roles.ErrThreshold) {
		t.Errorf("without keys: %v", err)
	}
	if diff := cmp.Diff(before, s.bytes()); diff != "" {
		t.Errorf("the folder has changed: %s", diff)
	}
	o.List = "../sltd"
	if _, err := publish.New(o); err == nil {
		t.Error("a list may have a path for a name")
	}
	if _, err := publisherOf(t, s.options("tdawn")).Publish(context.Background(), hours(2), list.Change{Removed: records[:1]}); !errors.Is(err, publish.ErrFirst) {
		t.Errorf("a change of nothing: %v", err)
	}
}

func TestAnEmptyChangeRenewsTheTimestampAlone(t *testing.T) {
	s := newSiteIn(t, fast(t))
	all(t, s.publisher(), noon, feedtest.Records(1, 100))
	before := s.bytes()
	if r := change(t, s.publisher(), hours(1), list.Change{}); r.Made || r.Manifest.Sequence != 1 {
		t.Errorf("%+v", r)
	}
	after := s.bytes()
	if before["timestamp.json"] == after["timestamp.json"] {
		t.Error("the timestamp is the same")
	}
	delete(before, "timestamp.json")
	delete(after, "timestamp.json")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
}

// TestThePublishedFolderIsAllThatIsNeeded loses the publisher's own state between
// releases.
func TestThePublishedFolderIsAllThatIsNeeded(t *testing.T) {
	s := newSiteIn(t, fast(t))
	records := feedtest.Records(1, 5000)
	all(t, s.publisher(), noon, records)
	d := s.device()
	s.follow(d)
	state := filepath.Join(s.dir, "sltd", ".state")
	for i, spoil := range []func(){
		func() { os.RemoveAll(state) },
		func() { os.WriteFile(filepath.Join(state, "current.json"), []byte("{"), 0o600) },
		func() {
			found, _ := filepath.Glob(filepath.Join(state, "*.leaves"))
			os.WriteFile(found[0], make([]byte, 100), 0o600)
		},
	} {
		spoil()
		change(t, s.publisher(), hours(i+1), list.Difference(records[10*i:], records[10*(i+1):]))
		s.follow(d)
		s.mustHold(d, uint64(i+2), records[10*(i+1):])
	}
}

// TestDamagedFilesAreSeenBeforeAnythingIsSigned flips bits all over the files that
// a change builds on, one at a time.
func TestDamagedFilesAreSeenBeforeAnythingIsSigned(t *testing.T) {
	s := newSiteIn(t, fast(t))
	records := feedtest.Records(1, 5000)
	all(t, s.publisher(), noon, records)
	change(t, s.publisher(), hours(1), list.Difference(records, records[10:]))
	for kind, flips := range map[string]int{"snapshot": 40, "delta": 10} {
		found, _ := filepath.Glob(filepath.Join(s.dir, "sltd", "*-"+kind+"-*.bin"))
		data, err := os.ReadFile(found[0])
		if err != nil {
			t.Fatal(err)
		}
		for i := range flips {
			at := len(data) * i / flips
			data[at] ^= 4
			if err := os.WriteFile(found[0], data, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := s.publisher().Publish(context.Background(), hours(2), list.Difference(records[10:], records[400:])); !errors.Is(err, publish.ErrDamaged) {
				t.Errorf("%s, byte %d: %v", kind, at, err)
			}
			data[at] ^= 4
		}
		if err := os.WriteFile(found[0], data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d := s.device()
	change(t, s.publisher(), hours(2), list.Difference(records[10:], records[400:]))
	s.follow(d)
	s.mustHold(d, 3, records[400:])
}

// TestASnapshotBetweenFixedReleasesStaysOfUse makes one in the middle of an hour.
// What leads on from it would be too old to be kept, were it not for the snapshot.
func TestASnapshotBetweenFixedReleasesStaysOfUse(t *testing.T) {
	s := newSiteIn(t, fast(t))
	records := feedtest.Records(1, 20000)
	p := s.publisher()
	half := noon.Add(30 * time.Minute)
	all(t, p, half, records)
	week := half.Add(7 * 24 * time.Hour)
	for i, at := range []time.Time{
		week.Add(-10 * time.Minute), week.Add(time.Minute), week.Add(2 * time.Minute), week.Add(3 * time.Minute), week.Add(time.Hour),
		week.Add(49 * time.Hour), week.Add(98 * time.Hour), week.Add(99 * time.Hour),
	} {
		r := change(t, p, at, list.Difference(records[i:], records[i+1:]))
		if snapshot := r.Manifest.Steps[1]; i > 0 && snapshot.To.Sequence != 3 {
			t.Errorf("release %d has the snapshot of release %d", r.Manifest.Sequence, snapshot.To.Sequence)
		}
		d := s.device()
		s.follow(d)
		s.mustHold(d, uint64(i+2), records[i+1:])
	}
}

func TestShardsStayAboutAsLargeAndAreSeldomCutAnew(t *testing.T) {
	for records, want := range map[uint64]int{0: 0, 1: 0, 256: 0, 362: 0, 363: 1, 724: 1, 725: 2, 100_000: 9, 140_000_000: 19, math.MaxInt32: list.MaxShardBits} {
		if got := publish.Cut(records); got != want {
			t.Errorf("%d records are cut into 2^%d shards, want 2^%d", records, got, want)
		}
	}
	s := newSiteIn(t, fast(t))
	o := s.options("sltd")
	o.Policy = bold()
	o.Policy.GateShare = 100
	records := feedtest.Records(1, 20000)
	d := s.device()
	before := 0
	for i, c := range []struct {
		records, bits int
		noDelta       string
	}{
		{4000, 4, "first release"},
		{16384, 4, "larger"},       // four times 256 a shard
		{16400, 6, "other shards"}, // more than that
		{15000, 6, ""},
		{15010, 6, ""},
	} {
		var r publish.Result
		if i == 0 || i%2 == 1 {
			r = all(t, publisherOf(t, o), hours(i), records[:c.records])
		} else { // by a change it is the same
			r = change(t, publisherOf(t, o), hours(i), list.Difference(records[:before], records[:c.records]))
		}
		before = c.records
		if r.Manifest.Params.ShardBits != c.bits || c.noDelta == "" && r.NoDelta != "" || !strings.Contains(r.NoDelta, c.noDelta) {
			t.Errorf("release %d of %d records: %d bits, %q; want %d, %q", i+1, c.records, r.Manifest.Params.ShardBits, r.NoDelta, c.bits, c.noDelta)
		}
		s.follow(d)
		s.mustHold(d, uint64(i+1), records[:c.records])
	}
}

func TestStateCodesAreSortedAndThenOnlyAddedTo(t *testing.T) {
	s := newSiteIn(t, fast(t))
	of := func(states ...string) (records []list.Record) {
		for i, state := range states {
			records = append(records, list.Record{Digest: list.Digest(i + 1), Class: list.Passport, Issuer: state, Status: list.Lost})
		}
		return records
	}
	o := s.options("sltd")
	o.Policy = bold()
	for i, c := range []struct{ records, codes string }{{"XXB UTO XXB D", "D UTO XXB"}, {"XXC XXA UTO D", "D UTO XXB XXA XXC"}, {"D XXA UTO D", "D UTO XXB XXA XXC"}} {
		r := all(t, publisherOf(t, o), hours(i), of(strings.Fields(c.records)...))
		if got := strings.Join(r.Manifest.Params.Codes, " "); got != c.codes {
			t.Errorf("release %d has the codes %s, want %s", i+1, got, c.codes)
		}
	}
}

func TestAnotherListKeyIsAWholeNewList(t *testing.T) {
	s := newSiteIn(t, fast(t))
	records := feedtest.Records(1, 500)
	all(t, s.publisher(), noon, records)
	o := s.options("sltd")
	o.KeyID = "fedcba9876543210"
	if r := all(t, publisherOf(t, o), hours(1), feedtest.Records(2, 500)); !strings.Contains(r.NoDelta, "list key") || r.Manifest.KeyID != o.KeyID {
		t.Errorf("%+v", r)
	}
	d := s.device()
	s.follow(d)
	s.mustHold(d, 2, feedtest.Records(2, 500))
}

func TestPruningLeavesWhatDevicesMayBeFetching(t *testing.T) {
	s := newSiteIn(t, fast(t))
	records := feedtest.Records(1, 5000)
	p := s.publisher()
	all(t, p, noon, records)
	d := s.device()
	for i := range 130 { // so that metadata goes, too
		change(t, p, hours(24*(i+1)), list.Difference(records[i:], records[i+1:]))
		v := s.see(d)
		for _, step := range v.Steps() { // what is named now, and was an instant ago
			if _, err := os.Stat(filepath.Join(s.dir, "sltd", step.Name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.follow(d)
	s.mustHold(d, 131, records[130:])
	var snapshots, manifests int
	for name := range s.bytes() {
		if strings.Contains(name, "-snapshot-") {
			snapshots++
		}
		if strings.HasSuffix(name, ".release.json") {
			manifests++
		}
	}
	if snapshots > 3 || manifests > 5 {
		t.Errorf("%d snapshots and %d manifests are left", snapshots, manifests)
	}
	lists, _ := filepath.Glob(filepath.Join(s.dir, "*.list.json"))
	if len(lists) != 100 {
		t.Errorf("%d versions of the list role are left", len(lists))
	}
	if removed, err := p.Prune(context.Background(), hours(24*140)); err != nil || len(removed) == 0 {
		t.Errorf("removed %v, %v", removed, err)
	}
	s.follow(d)
}
