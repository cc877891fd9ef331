package publish_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/list"
	"portcullis/central/publish"
)

// TestAHistoryIsNeverTooLongForDevices writes one with all that may be kept, with
// numbers as long as they come in a hundred years of a release a minute.
func TestAHistoryIsNeverTooLongForDevices(t *testing.T) {
	const n = 52_000_000
	at := func(sequence uint64) feed.Position { return feed.Position{Sequence: sequence, Root: list.Hash{1}} }
	var steps []feed.Step
	for i := range uint64(publish.MaxSteps + 500) {
		name := fmt.Sprintf("%d-%d-delta-0123456789ab.bin", n+i, n+i+1)
		steps = append(steps, feed.Step{
			File: feed.File{Name: name, Size: 1 << 25, SHA256: strings.Repeat("a", 64)}, From: at(n + i), To: at(n + i + 1),
			Issued: time.Date(2126, 1, 1, 0, 0, 0, 0, time.UTC), Records: 999_999_999, Added: 999_999, Removed: 999_999,
		})
	}
	data, err := feed.EncodeHistory(steps)
	if err != nil || len(data) > feed.MaxManifest {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	t.Logf("%d bytes a step", len(data)/len(steps))
}
