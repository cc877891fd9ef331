package feedtest_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
)

func TestStoreFollowsAPublisherAndRefusesTheRest(t *testing.T) {
	p := &feedtest.Publisher{List: "sltd", ShardBits: 3}
	records := feedtest.Records(1, 200)
	one := p.Release(t, records[:150])
	two := p.Release(t, records[30:])
	three := p.Release(t, nil)

	var s feedtest.Store
	if err := s.Apply(context.Background(), two.Content(t, feed.Delta)); !errors.Is(err, feedtest.ErrRefused) {
		t.Errorf("a delta on nothing: %v", err)
	}
	for _, c := range []feed.Content{one.Content(t, feed.Snapshot), two.Content(t, feed.Delta)} {
		if err := s.Apply(context.Background(), c); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(s.Records("sltd"), records[30:]) || s.Position("sltd") != two.Manifest.Position() {
		t.Errorf("%d records of release %d", len(s.Records("sltd")), s.Position("sltd").Sequence)
	}
	if err := s.Apply(context.Background(), two.Content(t, feed.Delta)); !errors.Is(err, feedtest.ErrRefused) {
		t.Errorf("the same delta again: %v", err)
	}
	forged := feedtest.Builder{Release: three.Manifest.Release}
	forged.Release.Root[0] ^= 1
	forged.Add(feed.Step{}, three.Files[three.Step(feed.Snapshot).Name])
	if err := s.Apply(context.Background(), forged.Done().Content(t, feed.Snapshot)); !errors.Is(err, feedtest.ErrRefused) {
		t.Errorf("another root: %v", err)
	}
	if err := s.Apply(context.Background(), three.Content(t, feed.Snapshot)); err != nil || len(s.Records("sltd")) > 0 {
		t.Errorf("an empty list: %v", err)
	}
}
