package feedtest_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
)

func TestStoreFollowsAPublisherAndRefusesTheRest(t *testing.T) {
	p := &feedtest.Publisher{List: "sltd", Signer: feedtest.Key(1), ShardBits: 3}
	records := feedtest.Records(1, 200)
	one := p.Release(t, records[:150])
	two := p.Release(t, records[30:])
	three := p.Release(t, nil)

	var s feedtest.Store
	if err := s.Apply(context.Background(), content(t, two, feed.Delta)); !errors.Is(err, feedtest.ErrRefused) {
		t.Errorf("a delta on nothing: %v", err)
	}
	for _, c := range []feed.Content{content(t, one, feed.Snapshot), content(t, two, feed.Delta)} {
		if err := s.Apply(context.Background(), c); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(s.Records("sltd"), records[30:]) || s.Position("sltd") != two.Manifest.Position() {
		t.Errorf("%d records of release %d", len(s.Records("sltd")), s.Position("sltd").Sequence)
	}
	if err := s.Apply(context.Background(), content(t, two, feed.Delta)); !errors.Is(err, feedtest.ErrRefused) {
		t.Errorf("the same delta again: %v", err)
	}
	wrong := three.Manifest
	wrong.Root[0] ^= 1
	forged := feedtest.Sign(t, wrong, p.Signer, map[feed.Kind][]byte{feed.Snapshot: three.Files[three.Name(feed.Snapshot)]})
	if err := s.Apply(context.Background(), content(t, forged, feed.Snapshot)); !errors.Is(err, feedtest.ErrRefused) {
		t.Errorf("another root: %v", err)
	}
	if err := s.Apply(context.Background(), content(t, three, feed.Snapshot)); err != nil || len(s.Records("sltd")) > 0 {
		t.Errorf("an empty list: %v", err)
	}
}

func content(t *testing.T, r feedtest.Release, kind feed.Kind) feed.Content {
	t.Helper()
	v, err := feed.Verify(r.Envelope, feedtest.Trust("sltd", 1), feed.Position{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := v.Content(kind, bytes.NewReader(r.Files[r.Name(kind)]))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
