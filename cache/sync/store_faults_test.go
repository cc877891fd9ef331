package sync_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/sync"
)

// A stubborn store refuses what it is told to.
type stubborn struct {
	*feedtest.Store
	refuse func(feed.Content) error
	check  error
}

func (s *stubborn) Apply(ctx context.Context, c feed.Content) error {
	if err := s.refuse(c); err != nil {
		return err
	}
	return s.Store.Apply(ctx, c)
}

func (s *stubborn) Checked(name string, at time.Time) error {
	return errors.Join(s.check, s.Store.Checked(name, at))
}

// stubbornDevice holds release 1, and is offered release 2.
func stubbornDevice(t *testing.T) (*device, *stubborn, feedtest.Release) {
	t.Helper()
	store := &stubborn{Store: &feedtest.Store{}, refuse: func(feed.Content) error { return nil }}
	d, p := newDevice(t, func(c *sync.Config) { c.Store = store }), publisher()
	d.store = store.Store
	d.server.publish(p.Release(t, records))
	d.mustSucceed(t)
	two := p.Release(t, records[10:])
	d.server.publish(two)
	d.server.asked()
	return d, store, two
}

func TestDeltaThatTheStoreRefusesLeadsToTheSnapshotOnce(t *testing.T) {
	d, store, two := stubbornDevice(t)
	store.refuse = func(c feed.Content) error {
		if c.Kind() == feed.Delta {
			return errors.New("the shard that it changes is damaged")
		}
		return nil
	}
	d.mustSucceed(t)
	d.mustHold(t, two, records[10:])
	mustEqual(t, "requests", d.server.asked(), []string{"timestamp.json", name(two, feed.Delta), name(two, feed.Snapshot)})
	mustEqual(t, "applied", d.store.Applied("sltd"), []feed.Kind{feed.Snapshot, feed.Snapshot})
}

func TestStoreThatRefusesAllIsNotFedAgainAndAgain(t *testing.T) {
	d, store, two := stubbornDevice(t)
	store.refuse = func(feed.Content) error { return errors.New("the disk is read-only") }
	for range 3 {
		d.mustFail(t, sync.ApplyFailed)
	}
	// The snapshot was fetched once: it lies in the spool.
	mustEqual(t, "requests", d.server.asked(), []string{"timestamp.json", name(two, feed.Delta), name(two, feed.Snapshot), "timestamp.json", "timestamp.json"})
	store.refuse = func(feed.Content) error { return nil }
	d.mustSucceed(t)
	d.mustHold(t, two, records[10:])
	mustEqual(t, "requests", d.server.asked(), []string{"timestamp.json"})
}

func TestStoreWithoutSpaceIsNotGivenTheSnapshot(t *testing.T) {
	d, store, two := stubbornDevice(t)
	store.refuse = func(feed.Content) error { return fmt.Errorf("apply: %w", syscall.ENOSPC) }
	d.mustFail(t, sync.NoSpace)
	mustEqual(t, "requests", d.server.asked(), []string{"timestamp.json", name(two, feed.Delta)})
}

func TestStoreThatCannotNoteACheckIsToldOf(t *testing.T) {
	d, store, two := stubbornDevice(t)
	store.check = errors.New("the disk is read-only")
	if err := d.Once(t.Context()); err == nil || d.Status().Code != sync.ApplyFailed {
		t.Errorf("%v, %+v", err, d.Status())
	}
	d.mustHold(t, two, records[10:]) // which is applied all the same
}

func TestSpoolThatCannotBeUsed(t *testing.T) {
	one := publisher().Release(t, records)
	file := one.Step(feed.Snapshot)
	part := filepath.Join("sltd", file.SHA256+".part")
	for why, c := range map[string]struct {
		spoil, mend func(spool string) error
		want        sync.Code
	}{
		"a file where the folder should be": {
			func(spool string) error { return os.WriteFile(spool, nil, 0o600) },
			os.Remove, sync.SpoolFailed,
		},
		"a folder where the part should be": {
			func(spool string) error { return os.MkdirAll(filepath.Join(spool, part), 0o700) },
			os.RemoveAll, sync.SpoolFailed,
		},
		"read-only": {
			func(spool string) error {
				return errors.Join(os.MkdirAll(filepath.Join(spool, "sltd"), 0o700), os.Chmod(filepath.Join(spool, "sltd"), 0o500))
			},
			func(spool string) error { return os.Chmod(filepath.Join(spool, "sltd"), 0o700) }, sync.SpoolFailed,
		},
		"full": { // /dev/full answers each write as a full disk does
			func(spool string) error {
				return errors.Join(os.MkdirAll(filepath.Join(spool, "sltd"), 0o700), os.Symlink("/dev/full", filepath.Join(spool, part)))
			},
			func(string) error { return nil }, sync.NoSpace,
		},
	} {
		t.Run(why, func(t *testing.T) {
			if why == "read-only" && os.Geteuid() == 0 {
				t.Skip("root writes to folders that are read-only")
			}
			d := newDevice(t, nil)
			d.server.publish(one)
			if err := c.spoil(d.spool); err != nil {
				t.Fatal(err)
			}
			d.mustFail(t, c.want)
			if err := c.mend(d.spool); err != nil {
				t.Fatal(err)
			}
			d.mustSucceed(t)
			d.mustHold(t, one, records)
		})
	}
}

func TestWorkThatIsEndedSaysNothingAboutTheList(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := newDevice(t, func(c *sync.Config) {
		c.OnChange = func(s sync.Status) {
			if s.Progress.Done == 50_000 {
				cancel()
			}
		}
	})
	one := publisher().Release(t, records)
	d.server.publish(one)
	d.server.fail(func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		if isMetadata(r) {
			return false
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		w.Write(data[:50_000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	})
	if err := d.Once(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	if s := d.Status(); s.Code != sync.Unknown || s.Progress != (sync.Progress{}) || !s.LastSuccess.IsZero() {
		t.Errorf("the status is %+v", s)
	}
	mustEqual(t, "spool", d.spooled(t), []int64{50_000})
	d.server.fail(nil)
	d.server.asked()
	d.mustSucceed(t)
	mustEqual(t, "requests", d.server.asked(), []string{"timestamp.json", name(one, feed.Snapshot) + " bytes=50000-"})
}
