package sync_test

import (
	"bytes"
	"context"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/cache/sync"
)

// at are the records of a release of a list that changes a little with each.
func at(release uint64) []list.Record { return records[10*release : 5000+20*release] }

// A traveller is a device that was away.
type traveller struct {
	*device
	read []string // the histories and archives that it asked for since it came back
}

// away is a device that has held the second release since a year ago, and the
// newest.
func away(t *testing.T) (*traveller, feedtest.Release) {
	d, p := &traveller{device: newDevice(t, nil)}, publisher()
	all := p.Months(t, 12, at)
	d.server.publish(all[0])
	d.mustSucceed(t)
	d.server.publish(all[1])
	d.mustSucceed(t)
	last := all[len(all)-1]
	d.server.publish(last)
	d.server.asked()
	d.server.fail(func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
		if strings.Contains(r.URL.Path, "history") || strings.Contains(r.URL.Path, "archive") {
			d.read = append(d.read, path.Base(r.URL.Path))
		}
		return false
	})
	return d, last
}

// archives are the names of the files that a device reads that was away: the
// history, the archive of its month, and that of its day.
func archives(t *testing.T, r feedtest.Release) []string {
	t.Helper()
	names := []string{r.Manifest.History.Name}
	for range 2 {
		_, nested, err := feed.DecodeHistory(r.Files[names[len(names)-1]])
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, nested[0].Name)
	}
	return names
}

// A device that stopped between two months a year ago reads what it needs of the
// archives, and not the whole list.
func TestADeviceAwayForAYearComesBackByArchives(t *testing.T) {
	d, last := away(t)
	d.mustSucceed(t)
	d.mustHold(t, last, at(25))
	mustEqual(t, "read", d.read, archives(t, last))
	if asked := d.server.asked(); len(asked) != 1+12 || slices.Contains(asked, name(last, feed.Snapshot)) {
		t.Errorf("it asked for %v", asked)
	}
	mustEqual(t, "applied", d.store.Applied("sltd"), []feed.Kind{feed.Snapshot, feed.Delta, feed.Delta})
}

// An archive that is not there, or is another, is asked for a few times; then
// the device takes the whole list.
func TestWithoutAnArchiveAnotherWayIsTaken(t *testing.T) {
	for i, place := range []string{"history", "month", "day"} {
		for fault, c := range map[string]struct {
			spoil func([]byte) []byte
			want  sync.Code
		}{
			"missing": {func([]byte) []byte { return nil }, sync.FetchFailed},
			"flipped": {flip, sync.FileMismatch},
			"cut":     {func(b []byte) []byte { return b[1:] }, sync.FileMismatch},
			"longer":  {func(b []byte) []byte { return append(b, ' ') }, sync.FileMismatch},
		} {
			t.Run(place+" "+fault, func(t *testing.T) {
				d, last := away(t)
				bad := archives(t, last)[i]
				d.server.change(bad, c.spoil)
				d.mustFail(t, c.want)
				d.mustFail(t, c.want)
				if asked := d.server.asked(); slices.Contains(asked, name(last, feed.Snapshot)) {
					t.Errorf("at once it asked for the whole list: %v", asked)
				}
				d.mustSucceed(t)
				d.mustHold(t, last, at(25))
				if asked := d.server.asked(); !slices.Contains(asked, name(last, feed.Snapshot)) || strings.Count(strings.Join(d.read, " "), bad) != 3 {
					t.Errorf("it asked for %v, and read %v", asked, d.read)
				}
			})
			t.Run(place+" "+fault+" for a while", func(t *testing.T) {
				d, last := away(t)
				d.server.change(archives(t, last)[i], c.spoil)
				d.mustFail(t, c.want)
				d.server.asked()
				d.mustRecover(t, last, at(25))
				if asked := d.server.asked(); slices.Contains(asked, name(last, feed.Snapshot)) {
					t.Errorf("it asked for %v", asked)
				}
			})
		}
	}
}

// On a stick nothing comes right by waiting: what is there is taken.
func TestAStickWithoutArchivesLeadsByTheWholeList(t *testing.T) {
	for i := range 3 {
		d, last := away(t)
		r := d.server.repository
		r.Set("sltd/"+archives(t, last)[i], nil)
		stick := t.TempDir()
		r.WriteFolder(stick)
		if err := d.From(t.Context(), sync.Origin{Source: sync.Dir(stick), Local: true}); err != nil {
			t.Fatal(err)
		}
		d.mustHold(t, last, at(25))
	}
}

// Where no whole list is to be had, the archives are asked for again and again.
func TestTheOnlyArchiveIsNotGivenUp(t *testing.T) {
	d, last := away(t)
	last.Manifest.Steps = nil
	d.server.publish(last)
	d.server.change(archives(t, last)[2], flip)
	for range 5 {
		d.mustFail(t, sync.FileMismatch)
	}
	d.mustRecover(t, last, at(25))
}

// A damaged store has a bad part in what it holds.
type damaged struct {
	*feedtest.Store
	held  feed.Release
	parts [][]byte // that it was given, while one is bad
}

func (d *damaged) Bad(string) int {
	if d.held.Sequence == 0 || d.parts != nil {
		return 0
	}
	return 1
}

func (d *damaged) Mend(_ context.Context, _ string, open func(feed.Release) (*feed.SnapshotFile, error)) error {
	file, err := open(d.held)
	for id := 0; err == nil && id < d.held.Params.Shards(); id++ {
		var part []byte
		part, err = file.Shard(uint32(id))
		d.parts = append(d.parts, bytes.Clone(part))
	}
	return err
}

// What a device holds that was away is mended by way of archives, too.
func TestAnOldReleaseIsMendedByWayOfArchives(t *testing.T) {
	store := &damaged{Store: &feedtest.Store{}}
	d, p := newDevice(t, func(c *sync.Config) { c.Store = store }), publisher()
	all := p.Months(t, 2, at)
	for _, r := range all[:2] {
		d.server.publish(r)
		d.mustSucceed(t)
	}
	last := all[len(all)-1]
	last.Manifest.Steps = append(last.Manifest.Steps, all[0].Step(feed.Snapshot))
	d.server.publish(last)
	store.held = all[1].Manifest.Release
	d.mustSucceed(t)
	var want [][]byte
	file, err := feed.OpenSnapshot(bytes.NewReader(all[1].Files[name(all[1], feed.Snapshot)]), all[1].Step(feed.Snapshot).Size, store.held.Params)
	for id := 0; err == nil && id < store.held.Params.Shards(); id++ {
		var part []byte
		part, err = file.Shard(uint32(id))
		want = append(want, bytes.Clone(part))
	}
	if err != nil || len(want) == 0 || !slices.EqualFunc(store.parts, want, bytes.Equal) {
		t.Errorf("of %d parts it was given %d, or others: %v", len(want), len(store.parts), err)
	}
	if got := store.Position("sltd"); got != last.Manifest.Position() {
		t.Errorf("it holds release %d", got.Sequence)
	}
}
