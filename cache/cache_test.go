package cache_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/list"
)

func TestAnswersSurviveSnapshotDeltaAndReopening(t *testing.T) {
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := &publisher{t: t, shardBits: 4}

	first := append(randomRecords(1, 300), record(t, "AB12345", list.Passport, "UTO", list.Stolen))
	apply(t, s, p.release(first)[feed.Snapshot])
	mustHold(t, s, 1, first)

	second := append(first[:250:250], randomRecords(2, 90)...)
	second = append(second, record(t, "AB12345", list.Passport, "UTO", list.Lost))
	apply(t, s, p.release(second)[feed.Delta])
	mustHold(t, s, 2, second)

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, dir)
	mustHold(t, s, 2, second)
	a, err := s.Lookup(cache.Query{Number: "ab-12345", Class: list.Passport, Issuer: "UTO"})
	if err != nil {
		t.Fatal(err)
	}
	want := []cache.Match{{List: "sltd", Release: 2, Record: record(t, "AB12345", list.Passport, "UTO", list.Lost)}}
	if diff := cmp.Diff(want, a.Matches); diff != "" || a.Lists[0].Err != nil {
		t.Errorf("-want +got\n%s%v", diff, a.Lists)
	}

	third := second[:10]
	apply(t, s, p.release(third)[feed.Snapshot])
	mustHold(t, s, 3, third)
}

func TestEmptiedShardsStayEmptyAfterReopening(t *testing.T) {
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := &publisher{t: t, shardBits: 3}
	apply(t, s, p.release(randomRecords(1, 40))[feed.Snapshot])
	apply(t, s, p.release(nil)[feed.Delta])
	mustHold(t, s, 2, nil)
	s.Close()
	mustHold(t, openStore(t, dir), 2, nil)
}

func TestMatchesAreOfTheIssuerAndSayHow(t *testing.T) {
	s := openStore(t, storeFolder(t))
	stolen := record(t, "C01X00T47", list.Passport, "D", list.Stolen)
	withReference := record(t, "REF00001", list.Visa, "UTO", list.Invalid)
	withReference.Reference = "UTO/26/17"
	p := &publisher{t: t}
	apply(t, s, p.release([]list.Record{stolen, withReference})[feed.Snapshot])

	for name, c := range map[string]struct {
		query cache.Query
		want  []cache.Match
	}{
		"exact":           {cache.Query{Number: "C01X00T47", Class: list.Passport, Issuer: "D"}, []cache.Match{{List: "sltd", Release: 1, Record: stolen}}},
		"filled":          {cache.Query{Number: "C01X00T47<", Class: list.Passport, Issuer: "D"}, []cache.Match{{List: "sltd", Release: 1, Record: stolen}}},
		"other class":     {cache.Query{Number: "C01X00T47", Class: list.Identity, Issuer: "D"}, []cache.Match{{List: "sltd", Release: 1, Record: stolen, How: cache.OtherClass}}},
		"other issuer":    {cache.Query{Number: "C01X00T47", Class: list.Passport, Issuer: "UTO"}, nil},
		"look-alike":      {cache.Query{Number: "COIX0OT47", Class: list.Passport, Issuer: "D", LookAlikes: true}, []cache.Match{{List: "sltd", Release: 1, Record: stolen, How: cache.LookAlike, Swapped: []int{2, 3, 6}}}},
		"look-alike, off": {cache.Query{Number: "COIX0OT47", Class: list.Passport, Issuer: "D"}, nil},
		"other number":    {cache.Query{Number: "C01X00T48", Class: list.Passport, Issuer: "D", LookAlikes: true}, nil},
		"with reference":  {cache.Query{Number: "REF00001", Class: list.Visa, Issuer: "UTO"}, []cache.Match{{List: "sltd", Release: 1, Record: withReference}}},
	} {
		a, err := s.Lookup(c.query)
		if diff := cmp.Diff(c.want, a.Matches); diff != "" || err != nil || a.Lists[0].Err != nil {
			t.Errorf("%s: %v, %v, -want +got\n%s", name, err, a.Lists, diff)
		}
	}
	if _, err := s.Lookup(cache.Query{Number: "<<<<<<<<<", Issuer: "D"}); !errors.Is(err, list.ErrNumber) {
		t.Errorf("a number without characters: %v", err)
	}
}

func TestLookAlikesAreFewAndDifferent(t *testing.T) {
	if got := cache.LookAlikes("A0B1"); !slices.Equal(got, []string{"AOB1", "A0BI", "AOBI"}) {
		t.Errorf("got %v", got)
	}
	if got := cache.LookAlikes("ABC2"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	all := cache.LookAlikes("00000000000000000000")
	slices.Sort(all)
	if len(all) != cache.MaxLookAlikes || len(slices.Compact(all)) != len(all) {
		t.Errorf("%d look-alikes, want %d different ones", len(all), cache.MaxLookAlikes)
	}
}

func TestNoListIsNoAnswer(t *testing.T) {
	s := openStore(t, storeFolder(t))
	a, err := s.Lookup(cache.Query{Number: "AB12345", Class: list.Passport, Issuer: "UTO"})
	if err != nil || len(a.Lists) != 1 || !errors.Is(a.Lists[0].Err, cache.ErrNoRelease) {
		t.Errorf("an empty store answers %+v, %v", a, err)
	}
}

func TestReleasesThatDoNotFitAreRefused(t *testing.T) {
	s := openStore(t, storeFolder(t))
	p := &publisher{t: t, shardBits: 2}
	records := randomRecords(1, 50)
	one := p.release(records)
	two := p.release(records[:40])
	three := p.release(records[:30])

	other := &publisher{t: t, shardBits: 2, sequence: 1, records: records, root: list.Hash{1}}
	forged := feed.Release{List: "sltd", Sequence: 2, Params: list.Params{ShardBits: 0, Codes: codes}}
	shards, _ := encodeShards(t, forged.Params, records)
	snapshot := func(m feed.Release) feed.Content { return signSnapshot(t, m, shards) }

	apply(t, s, one[feed.Snapshot])
	counted := forged
	counted.Records, counted.Root = 50, list.Hash{9}
	wrongCount := forged
	_, wrongCount.Root = encodeShards(t, forged.Params, records)
	otherKey := wrongCount
	otherKey.Records, otherKey.KeyID = 50, "0123456789abcdef"
	otherList := wrongCount
	otherList.List = "tdawn"

	for _, c := range []struct {
		name    string
		content feed.Content
		want    error
	}{
		{"the same again", one[feed.Snapshot], cache.ErrOrder},
		{"a delta on the release after", three[feed.Delta], cache.ErrBase},
		{"a delta on another root", other.release(records[:40])[feed.Delta], cache.ErrBase},
		{"another root than signed", snapshot(counted), cache.ErrRoot},
		{"another count than signed", snapshot(wrongCount), cache.ErrRoot},
		{"another list key", snapshot(otherKey), cache.ErrOtherKey},
		{"another list", snapshot(otherList), cache.ErrUnknownList},
	} {
		if err := s.Apply(context.Background(), c.content); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		mustHold(t, s, 1, records)
	}
	apply(t, s, two[feed.Delta])
	apply(t, s, three[feed.Delta])
	if err := s.Apply(context.Background(), two[feed.Snapshot]); !errors.Is(err, cache.ErrOrder) {
		t.Errorf("an older release: %v", err)
	}
	mustHold(t, s, 3, records[:30])
}

func TestADeltaThatDoesNotFitIsRefusedAndItsShardMarked(t *testing.T) {
	records := randomRecords(1, 20)
	for name, change := range map[string][2][]list.Record{
		"adds what is there":      {nil, records[3:4]},
		"removes what is not":     {randomRecords(2, 1), nil},
		"removes what it removed": {append(randomRecords(2, 1), records[0]), nil},
	} {
		s := openStore(t, storeFolder(t))
		p := &publisher{t: t}
		apply(t, s, p.release(records)[feed.Snapshot])
		slices.SortFunc(change[0], list.Compare)
		m := feed.Release{Sequence: 2, Params: list.Params{Codes: codes}, Records: 20}
		if err := s.Apply(context.Background(), signDelta(t, m, s.Position("sltd"), list.Change{Removed: change[0], Added: change[1]})); !errors.Is(err, cache.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
		a, err := s.Lookup(cache.Query{Number: "AB12345", Class: list.Passport, Issuer: "UTO"})
		if err != nil || !errors.Is(a.Lists[0].Err, cache.ErrDamaged) || s.Status()[0].Bad != 1 {
			t.Errorf("%s: the shard is not marked: %+v, %v", name, a, err)
		}
		mustHold(t, s, 1, records) // which proves the shard, and takes the mark away
		if a, err := s.Lookup(cache.Query{Number: "AB12345", Class: list.Passport, Issuer: "UTO"}); err != nil || a.Lists[0].Err != nil {
			t.Errorf("%s: after it was proved: %+v, %v", name, a, err)
		}
	}
}

func TestTheTimeOfTheLastCheckOnlyAdvances(t *testing.T) {
	dir := storeFolder(t)
	s := openStore(t, dir)
	if err := s.Checked("sltd", issued); err != nil || !s.Status()[0].Checked.IsZero() {
		t.Errorf("a check of a list that is not held: %v, %v", err, s.Status())
	}
	p := &publisher{t: t}
	apply(t, s, p.release(randomRecords(1, 5))[feed.Snapshot])
	expect := func(want time.Time) {
		t.Helper()
		if got := s.Status()[0].Checked; !got.Equal(want) {
			t.Errorf("checked at %s, want %s", got, want)
		}
	}
	expect(issued)
	later := issued.Add(time.Hour)
	for _, at := range []time.Time{later, issued, {}} {
		if err := s.Checked("sltd", at); err != nil {
			t.Fatal(err)
		}
		expect(later)
	}
	s.Close()
	s = openStore(t, dir)
	expect(later)
	apply(t, s, p.release(randomRecords(1, 6))[feed.Delta])
	expect(issued) // of the release that is held now
}
