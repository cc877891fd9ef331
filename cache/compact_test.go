package cache_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/list"
)

func TestWhatDeltasLeaveIsMergedAndItsSpaceComesBack(t *testing.T) {
	dir := storeFolder(t)
	p := &publisher{t: t, shardBits: 6}
	records := randomRecords(1, 3000)
	synctest.Test(t, func(t *testing.T) {
		p.t = t
		s := openStore(t, dir)
		apply(t, s, p.release(records)[feed.Snapshot])
		s.Close()
		for n := range 20 { // each start leaves a table in both Badgers
			s = openStore(t, dir)
			apply(t, s, p.release(records[50*(n+1):])[feed.Delta])
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
		s = openStore(t, dir)
		defer s.Close()
		before := cache.LevelZero(s, "sltd")
		scrub(t, s, 24*time.Hour, 2*time.Minute)
		if after := cache.LevelZero(s, "sltd"); before < 16 || after != 0 {
			t.Errorf("%d tables lie on level 0 before, and %d after", before, after)
		}
		mustHold(t, s, 21, records[1000:])
	})
	if got := keys(t, dir, 1); got['S'] != 64 || got['H'] != 4 {
		t.Errorf("there are %d shards and %d pages, want 64 and 4", got['S'], got['H'])
	}
}

func TestAListThatA32BitProcessCannotHoldIsRefusedWithTheNumbers(t *testing.T) {
	m, before := feed.Release{Sequence: 2, Params: p32(), Records: 140_000_000}, feed.Position{Sequence: 1}
	delta := signDelta(t, m, before, list.Change{})
	if err := cache.CheckFits(delta, 64); err != nil {
		t.Errorf("on 64 bits: %v", err)
	}
	err := cache.CheckFits(delta, 32)
	if !errors.Is(err, cache.ErrTooLarge) || err.Error() != "the list is too large for this device: it takes 1267 MB, and a 32-bit program holds 700 MB" {
		t.Errorf("on 32 bits: %v", err)
	}
	m.Records = 20_000_000
	if err := cache.CheckFits(signDelta(t, m, before, list.Change{}), 32); err != nil {
		t.Errorf("a national list on 32 bits: %v", err)
	}
}

func p32() list.Params { return list.Params{ShardBits: 19, Codes: codes} }
