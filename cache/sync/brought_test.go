package sync_test

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/cache/sync"
)

// Rollback, by a stick that lay in a drawer.
func TestAttackRollbackByAnOldStick(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	one, two := p.Release(t, records), p.Release(t, records[10:])
	d.server.publish(one)
	stick := t.TempDir()
	d.server.repository.WriteFolder(stick)
	d.server.publish(two)
	d.mustSucceed(t)
	before := d.Status()
	if err := d.From(t.Context(), sync.Origin{Source: sync.Dir(stick), Local: true}); sync.CodeOf(err) != sync.Older {
		t.Errorf("the old stick: %v", err)
	}
	if s := d.Status(); s.Code != before.Code || s.Detail != before.Detail {
		t.Errorf("after it the status is %+v", s)
	}
	d.mustHold(t, two, records[10:])
}

// A stick with an offline timestamp brings what is newer, and as fresh as it was
// when it was written.
func TestAStickBringsWhatIsNewer(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	d.server.publish(p.Release(t, records))
	d.mustSucceed(t)
	two := p.Release(t, records[10:])
	d.server.publish(two)
	d.server.repository.PublishLocal()
	stick := t.TempDir()
	d.server.repository.WriteFolder(stick)

	if err := d.From(t.Context(), sync.Origin{Source: sync.Dir(stick)}); sync.CodeOf(err) != sync.WrongKey {
		t.Errorf("an offline timestamp that came by a network: %v", err)
	}
	if err := d.From(t.Context(), sync.Origin{Source: sync.Dir(stick), Local: true}); err != nil {
		t.Fatal(err)
	}
	d.mustHold(t, two, records[10:])
	if at := d.store.CheckedAt("sltd"); !at.Equal(d.server.repository.Now) {
		t.Errorf("the list was checked at %s", at)
	}
	if err := d.From(t.Context(), sync.Origin{Source: sync.Dir(stick), Local: true}); err != nil {
		t.Errorf("the same stick again: %v", err)
	}
}

// A device that was away for a year takes the roll-ups of the months, and not
// the whole list.
func TestADeviceAwayForAYearTakesRollUps(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	first := p.Release(t, records[:5000])
	d.server.publish(first)
	d.mustSucceed(t)
	old, steps, files := first.Manifest.Position(), []feed.Step(nil), feedtest.Files{}
	var last feedtest.Release
	before := records[:5000]
	for month := range 12 {
		after := records[10*month : 5000+20*month]
		last = p.Release(t, after)
		b := feedtest.Builder{Release: last.Manifest.Release}
		b.Delta(t, old, list.Difference(before, after))
		made := b.Done()
		steps = append(steps, made.Manifest.Steps...)
		for name, data := range made.Files {
			files[name] = data
		}
		old, before = last.Manifest.Position(), after
	}
	history, err := feed.EncodeHistory(steps)
	if err != nil {
		t.Fatal(err)
	}
	last.Manifest.Steps = last.Manifest.Steps[:1] // the snapshot
	last.Manifest.History = fileOf("13-history.json", history)
	files[last.Manifest.History.Name] = history
	for name, data := range files {
		last.Files[name] = data
	}
	d.server.publish(last)
	d.server.asked()
	d.mustSucceed(t)
	d.mustHold(t, last, before)
	if asked := d.server.asked(); len(asked) != 13 || slices.Contains(asked, name(last, feed.Snapshot)) {
		t.Errorf("it asked for %v", asked)
	}
	mustEqual(t, "applied", d.store.Applied("sltd"), []feed.Kind{feed.Snapshot, feed.Delta})
}

// Two pushes at once, while the device pulls.
func TestPushesAndPullsAtOnce(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	d.server.publish(p.Release(t, records))
	d.mustSucceed(t)
	two := p.Release(t, records[10:])
	d.server.publish(two)
	inbox := t.TempDir()
	d.server.repository.WriteFolder(inbox)
	errs := make(chan error)
	for _, work := range []func(context.Context) error{
		d.Once, d.Once,
		func(ctx context.Context) error { return d.From(ctx, sync.Origin{Source: sync.Dir(inbox)}) },
		func(ctx context.Context) error { return d.From(ctx, sync.Origin{Source: sync.Dir(inbox)}) },
	} {
		go func() { errs <- work(t.Context()) }()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	d.mustHold(t, two, records[10:])
	mustEqual(t, "applied", d.store.Applied("sltd"), []feed.Kind{feed.Snapshot, feed.Delta})
}

// What was brought may lack a file, which is brought later.
func TestWhatIsBroughtCanBeCompleted(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	d.server.publish(p.Release(t, records))
	d.mustSucceed(t)
	two := p.Release(t, records[10:])
	d.server.publish(two)
	inbox := t.TempDir()
	d.server.repository.Set("sltd/"+name(two, feed.Delta), nil)
	d.server.repository.Set("sltd/"+name(two, feed.Snapshot), nil)
	d.server.repository.WriteFolder(inbox)
	err := d.From(t.Context(), sync.Origin{Source: sync.Dir(inbox)})
	if sync.CodeOf(err) != sync.FetchFailed || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "sltd/2-delta") {
		t.Errorf("without the file: %v", err)
	}
	d.server.repository.Set("sltd/"+name(two, feed.Delta), two.Files[name(two, feed.Delta)])
	d.server.repository.WriteFolder(inbox)
	if err := d.From(t.Context(), sync.Origin{Source: sync.Dir(inbox)}); err != nil {
		t.Fatal(err)
	}
	d.mustHold(t, two, records[10:])
}

// Whoever ends the work need not wait until a large file is read off a stick.
func TestAFileOfAFolderIsGivenUpInItsMiddle(t *testing.T) {
	d := newDevice(t, nil)
	one := publisher().Release(t, records)
	d.server.publish(one)
	stick := t.TempDir()
	d.server.repository.WriteFolder(stick)
	ctx, cancel := context.WithCancel(t.Context())
	err := d.From(ctx, sync.Origin{Source: sync.Dir(stick), Progress: func(sync.Progress) { cancel() }})
	size := one.Step(feed.Snapshot).Size
	if got := d.spooled(t); !errors.Is(err, context.Canceled) || len(got) != 1 || got[0] == 0 || got[0] >= size {
		t.Errorf("of %d bytes %v are there: %v", size, got, err)
	}
}

// A line on which the list comes in ten minutes holds up no stick.
func TestWhatIsBroughtDoesNotWaitForASlowLine(t *testing.T) {
	inBubble(t, time.Minute, func(t *testing.T, d *device) {
		one := publisher().Release(t, records)
		d.server.publish(one)
		stick := t.TempDir()
		d.server.repository.WriteFolder(stick)
		d.server.fail(func(w http.ResponseWriter, r *http.Request, data []byte) bool {
			return !isMetadata(r) && dripping(9000, 29*time.Second, -1)(w, r, data)
		})
		stop := d.running(t)
		time.Sleep(time.Minute)
		start := time.Now()
		if err := d.From(t.Context(), sync.Origin{Source: sync.Dir(stick)}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %s", took)
		}
		d.server.fail(nil)
		time.Sleep(2 * time.Minute)
		stop()
		d.mustHold(t, one, records)
		if s := d.Status(); s.Code != sync.Current {
			t.Errorf("the status is %+v", s)
		}
	})
}

// A stick with bad files three times over says nothing of the publisher's own.
func TestABadStickIsNotThePublishersFault(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	d.server.publish(p.Release(t, records))
	d.mustSucceed(t)
	two := p.Release(t, records[10:])
	d.server.publish(two)
	r := d.server.repository
	r.Set("sltd/"+name(two, feed.Delta), flip(two.Files[name(two, feed.Delta)]))
	r.Set("sltd/"+name(two, feed.Snapshot), nil)
	stick := t.TempDir()
	r.WriteFolder(stick)
	for range 4 {
		if err := d.From(t.Context(), sync.Origin{Source: sync.Dir(stick)}); err == nil {
			t.Fatal("what is spoilt was taken")
		}
	}
	d.server.asked()
	d.mustSucceed(t)
	d.mustHold(t, two, records[10:])
	mustEqual(t, "requests", d.server.asked(), []string{sync.TimestampFile, name(two, feed.Delta)})
}
