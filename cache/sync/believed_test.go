package sync_test

import (
	"net/http"
	"os"
	"path"
	"path/filepath"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/cache/sync"
)

// The role of two signs seldom, and its file may have expired when all else is
// as it should be. That must not end the updates of every device.
func TestAnExpiredApprovalStopsNoRelease(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	one := p.Release(t, records)
	d.server.publish(one)
	d.server.repository.Approve(one)
	d.server.republish()
	d.mustSucceed(t)
	r := d.server.repository
	r.Now = r.Now.Add(91 * 24 * time.Hour) // which is longer than the role's files are good for
	for _, role := range []string{"targets", feed.ListRole, "firmware"} {
		r.Touch(role)
	}
	two := p.Release(t, records[10:])
	d.server.publish(two)
	d.Once(t.Context())
	d.mustHold(t, two, records[10:])
	// What was approved counts no more than before.
	d.server.publish(p.Release(t, records[:100]))
	d.mustFail(t, sync.Shrunk)
}

// A thief of one list key names a release of the right size, whose way leads by
// one that is nearly empty, and lets the last delta be missing.
func TestNoStateOnTheWayIsSmallerThanAReleaseMayBe(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	many := feedtest.Records(7, 300_000)
	one := p.Release(t, many)
	d.server.publish(one)
	d.mustSucceed(t)
	steps := []feed.Step{}
	var full feedtest.Release
	files := feedtest.Files{}
	for _, records := range [][]list.Record{many[:100], many[1:], many} {
		full = p.Release(t, records)
		delta := full.Step(feed.Delta)
		steps, files[delta.Name] = append(steps, delta), full.Files[delta.Name]
	}
	full.Manifest.Steps, full.Files = steps, files
	d.server.fail(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if path.Base(r.URL.Path) != steps[2].Name {
			return false
		}
		http.NotFound(w, r)
		return true
	})
	d.server.publish(full)
	for range 4 {
		d.Once(t.Context())
	}
	if n := len(d.store.Records("sltd")); n != len(many) {
		t.Errorf("the device serves %d records", n)
	}
}

// The power may go after a list was stored, and before it was noted how large it
// was; and a card may lose the note.
func TestWithoutItsNoteAListIsAtLeastAsLargeAsItIs(t *testing.T) {
	var shelf string
	d, p := newDevice(t, func(c *sync.Config) { shelf = c.Shelf }), publisher()
	d.server.publish(p.Release(t, records))
	d.mustSucceed(t)
	if err := os.Remove(filepath.Join(shelf, "sltd", "peak.json")); err != nil {
		t.Fatal(err)
	}
	d.server.publish(p.Release(t, records[:100]))
	d.mustFail(t, sync.Shrunk)
}
