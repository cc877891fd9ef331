package feed_test

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
)

// Numbers outlive the keys that they were signed with: a thief must not be able
// to use them up.
func TestAThiefCannotUseUpTheNumbersOfReleases(t *testing.T) {
	held := feed.Position{Sequence: 5, Root: list.Hash{5}}
	for name, c := range map[string]struct {
		offered uint64
		held    feed.Position
		refused bool
	}{
		"the next":              {6, held, false},
		"a century on":          {5 + 1<<32, held, false},
		"beyond":                {6 + 1<<32, held, true},
		"the last there is":     {math.MaxUint64, held, true},
		"the last, but lost":    {math.MaxUint64, feed.Position{Sequence: 5}, true},
		"to whom holds nothing": {1 << 40, feed.Position{}, false}, // who can be emptied again
	} {
		m := manifest()
		m.Sequence, m.Steps = c.offered, nil
		_, err := feed.Verify(feedtest.Sign(t, m), "sltd", c.held)
		if errors.Is(err, feed.ErrJump) != c.refused || (err != nil) != c.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A list that says it is of tomorrow closes every gate until then. Who has the
// list key alone does not say what time it is.
func TestNothingIsIssuedAfterItWasPublished(t *testing.T) {
	data := deltaFile(t, records[:2], records[2:])
	for name, at := range map[string]time.Time{"before": issued, "in 2099": time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)} {
		r := release(map[feed.Kind][]byte{feed.Delta: data})
		r.Manifest.Issued, r.Manifest.Steps[0].Issued = at, at
		target := feedtest.Sign(t, r.Manifest)
		v, err := feed.Verify(target, "sltd", before)
		if err != nil {
			t.Fatal(err)
		}
		c, err := v.Content(r.Step(feed.Delta), bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		want := at
		if at.After(target.Published()) {
			want = target.Published()
		}
		if got := c.Release().Issued; !got.Equal(want) {
			t.Errorf("%s: issued at %s, and published at %s", name, got, target.Published())
		}
		if !v.Manifest().Issued.Equal(at) {
			t.Errorf("%s: the manifest is not what was signed", name)
		}
	}
}
