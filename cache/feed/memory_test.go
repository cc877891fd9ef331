package feed_test

import (
	"bytes"
	"errors"
	"testing"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
)

// What a delta holds takes memory only once its step has said so.
func TestADeltaOfManyMoreRecordsThanItsStepSaysTakesNoMemory(t *testing.T) {
	data := deltaFile(t, nil, feedtest.Records(4, 100_000))
	r := release(map[feed.Kind][]byte{feed.Delta: data})
	v := r.Verified(t)
	var err error
	taken := allocated(func() { _, err = v.Content(r.Step(feed.Delta), bytes.NewReader(data)) })
	if !errors.Is(err, feed.ErrMalformed) {
		t.Errorf("%v", err)
	}
	if most := uint64(2 * len(data)); taken > most {
		t.Errorf("%d bytes were taken for a file of %d", taken, len(data))
	}
}

// A delta whose hash is right and whose content is none is told apart from a
// disk that fails: another way is taken then.
func TestADeltaThatCannotBeDecodedIsMalformed(t *testing.T) {
	good := deltaFile(t, records[:2], records[2:])
	for name, data := range map[string][]byte{
		"nothing": {0}, "cut": good[:len(good)-1], "longer": append(bytes.Clone(good), 0),
		"broken": append(bytes.Clone(good[:len(good)-1]), good[len(good)-1]^1),
		"added":  deltaFile(t, records[:2], records[1:]),
	} {
		if _, err := content(t, feed.Delta, data); !errors.Is(err, feed.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADeltaTooLargeForMemoryIsNoWay(t *testing.T) {
	for name, change := range map[string]func(*feed.Step){
		"adds":                  func(s *feed.Step) { s.Added = 1<<21 + 1 },
		"removes":               func(s *feed.Step) { s.Removed = 1<<21 + 1 },
		"both":                  func(s *feed.Step) { s.Added, s.Removed = 1<<20+1, 1<<20 },
		"more than can be said": func(s *feed.Step) { s.Added, s.Removed = 1<<63, 1<<63 },
	} {
		large := step(8, 9, 10)
		change(&large)
		w, ok := ways(t, large, step(0, 9, 1000)).Way(at(8), at(9), nil)
		if !ok || len(w) != 1 || w[0].Kind() != feed.Snapshot {
			t.Errorf("%s: %v", name, w)
		}
	}
}
