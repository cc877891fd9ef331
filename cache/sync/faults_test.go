package sync_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/sync"
)

// TestBadReleasesAreRefusedAndTheListGoesOn gives a device that holds release 1
// something else than release 2, and then release 2.
func TestBadReleasesAreRefusedAndTheListGoesOn(t *testing.T) {
	p := publisher()
	one, two := p.Release(t, records), p.Release(t, records[10:])
	sign := func(key byte, change func(*feed.Manifest)) []byte {
		m := two.Manifest
		change(&m)
		return feedtest.Sign(t, m, feedtest.Key(key), nil).Envelope
	}
	for why, c := range map[string]struct {
		latest []byte
		want   sync.Code
	}{
		"other key":      {sign(2, func(*feed.Manifest) {}), sync.WrongKey},
		"other list":     {sign(1, func(m *feed.Manifest) { m.List = "tdawn" }), sync.OtherList},
		"forked":         {sign(1, func(m *feed.Manifest) { m.Sequence, m.Base = 1, feed.Position{} }), sync.Forked},
		"truncated":      {two.Envelope[:len(two.Envelope)-1], sync.NotARelease},
		"bit flipped":    {flip(two.Envelope), sync.WrongKey},
		"log-in page":    {[]byte("<html>Welcome to the airport's network</html>"), sync.NotARelease},
		"empty":          {[]byte{}, sync.NotARelease},
		"endless":        {bytes.Repeat([]byte(" "), 10*feed.MaxEnvelope), sync.NotARelease},
		"newer format":   {sealed(`{"format":2}`), sync.NewerFormat},
		"without a file": {sign(1, func(*feed.Manifest) {}), sync.FileMismatch},
	} {
		t.Run(why, func(t *testing.T) {
			d := newDevice(t, nil)
			d.server.publish(one)
			d.mustSucceed(t)
			d.server.publish(two)
			d.server.change(sync.LatestFile, func([]byte) []byte { return c.latest })
			d.mustFail(t, c.want)
			d.mustHold(t, one, records)
			d.server.publish(two)
			d.mustSucceed(t)
			d.mustHold(t, two, records[10:])
		})
	}
}

// sealed is an envelope around any payload, signed with the publisher's key.
func sealed(payload string) []byte {
	const payloadType = "application/vnd.portcullis.release+json"
	key := feedtest.Key(1)
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, `{"payloadType":%q,"payload":%q,"signatures":[{"keyid":%q,"sig":%q}]}`, payloadType, b64([]byte(payload)),
		feed.KeyID(key.Public().(ed25519.PublicKey)), b64(ed25519.Sign(key, fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload))))
}

// TestBadFilesAreThrownAwayAndTheListGoesOn does the same with the files.
func TestBadFilesAreThrownAwayAndTheListGoesOn(t *testing.T) {
	for why, spoil := range map[string]func([]byte) []byte{
		"truncated":    func(b []byte) []byte { return b[:len(b)-1] },
		"cut to half":  func(b []byte) []byte { return b[:len(b)/2] },
		"empty":        func(b []byte) []byte { return []byte{} },
		"longer":       func(b []byte) []byte { return append(b, 0) },
		"bit flipped":  flip,
		"another file": func(b []byte) []byte { return make([]byte, len(b)) },
		"first byte":   func(b []byte) []byte { b[0] ^= 128; return b },
		"last byte":    func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
	} {
		for _, kind := range []feed.Kind{feed.Snapshot, feed.Delta} {
			t.Run(fmt.Sprint(why, " ", kind), func(t *testing.T) {
				d, p := newDevice(t, nil), publisher()
				r, want := p.Release(t, records), records
				if kind == feed.Delta {
					d.server.publish(r)
					d.mustSucceed(t)
					r, want = p.Release(t, records[10:]), records[10:]
				}
				d.server.publish(r)
				d.server.change(r.Name(kind), spoil)
				d.mustFail(t, sync.FileMismatch)
				if left := d.spooled(t); len(left) > 0 {
					t.Errorf("%v is left in the spool", left)
				}
				d.server.publish(r)
				d.mustSucceed(t)
				d.mustHold(t, r, want)
			})
		}
	}
}

func flip(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)/2] ^= 1
	return b
}

func TestConnectionsThatAreCutAreTakenUpWhereTheyBroke(t *testing.T) {
	d := newDevice(t, nil)
	one := publisher().Release(t, records)
	d.server.publish(one)
	size := int64(len(one.Files[name(one, feed.Snapshot)]))
	const piece = 30_000
	cuts := 0
	d.server.fail(func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		var from int64
		fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
		if isLatest(r) || size-from <= piece {
			return false
		}
		cuts++
		w.Header().Set("Content-Length", fmt.Sprint(size-from))
		if from > 0 {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, size-1, size))
			w.WriteHeader(http.StatusPartialContent)
		}
		w.Write(data[from : from+piece])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	for done := int64(piece); done < size; done += piece {
		d.mustFail(t, sync.FetchFailed)
		mustEqual(t, "spool", d.spooled(t), []int64{done})
		if want := fmt.Sprintf("it broke off after %d of %d bytes", done, size); !strings.Contains(d.Status().Detail, want) {
			t.Errorf("the detail is %q, want %q", d.Status().Detail, want)
		}
	}
	d.mustSucceed(t)
	d.mustHold(t, one, records)
	want := []string{"latest.json", name(one, feed.Snapshot)}
	for i := range cuts {
		want = append(want, "latest.json", fmt.Sprintf("%s bytes=%d-", name(one, feed.Snapshot), piece*(i+1)))
	}
	if cuts < 3 {
		t.Errorf("the connection was cut %d times", cuts)
	}
	mustEqual(t, "requests", d.server.asked(), want)
}

// TestWhatIsInTheSpoolIsNotTrusted lays parts in the spool that do not begin
// the file, or that the server does not go on with.
func TestWhatIsInTheSpoolIsNotTrusted(t *testing.T) {
	one := publisher().Release(t, records)
	file, _ := one.Manifest.File(feed.Snapshot)
	data := one.Files[file.Name]
	whole := func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		return !isLatest(r) && r.Header.Get("Range") != "" && must(w.Write(data)) == len(data)
	}
	elsewhere := func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		if isLatest(r) {
			return false
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(data)-1, len(data)))
		w.WriteHeader(http.StatusPartialContent)
		w.Write(data)
		return true
	}
	for why, c := range map[string]struct {
		part  []byte
		fault func(http.ResponseWriter, *http.Request, []byte) bool
		want  sync.Code // of the first attempt
	}{
		"a good beginning":           {data[:1000], nil, sync.Current},
		"the whole":                  {data, nil, sync.Current},
		"nothing":                    {nil, nil, sync.Current},
		"zeros after a power cut":    {make([]byte, 1000), nil, sync.FileMismatch},
		"a whole with a bit flipped": {flip(data), nil, sync.FileMismatch},
		"more than there is":         {append(bytes.Clone(data), 0), nil, sync.FileMismatch},
		"a server without ranges":    {data[:1000], whole, sync.Current},
		"zeros, and no ranges":       {make([]byte, 1000), whole, sync.Current},
		"a server that goes astray":  {data[:1000], elsewhere, sync.FetchFailed},
		"a server with a shorter one": {data[:1000], func(w http.ResponseWriter, r *http.Request, data []byte) bool {
			if isLatest(r) {
				return false
			}
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data[:500]))
			return true
		}, sync.FileMismatch},
	} {
		t.Run(why, func(t *testing.T) {
			d := newDevice(t, nil)
			d.server.publish(one)
			d.server.fail(c.fault)
			dir := filepath.Join(d.spool, "sltd")
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			stale := filepath.Join(dir, strings.Repeat("0", 64)+".part")
			for path, part := range map[string][]byte{filepath.Join(dir, file.SHA256+".part"): c.part, stale: {1}} {
				if err := os.WriteFile(path, part, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if c.want != sync.Current {
				d.mustFail(t, c.want)
				if _, err := os.Stat(stale); err == nil {
					t.Error("the part of another release is still in the spool")
				}
				d.server.fail(nil)
			}
			d.mustSucceed(t)
			d.mustHold(t, one, records)
		})
	}
}

func must(n int, err error) int {
	if err != nil {
		panic(err)
	}
	return n
}

func isLatest(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/"+sync.LatestFile) }

func TestEndlessBodiesAreReadNoFurtherThanTheRelease(t *testing.T) {
	d := newDevice(t, nil)
	one := publisher().Release(t, records)
	d.server.publish(one)
	d.server.fail(func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		for !isLatest(r) && r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				break
			}
		}
		return !isLatest(r)
	})
	d.mustFail(t, sync.FileMismatch)
	d.server.fail(func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte(" "), 1<<16)); err != nil {
				break
			}
		}
		return true
	})
	d.mustFail(t, sync.NotARelease)
	d.server.fail(nil)
	d.mustSucceed(t)
}

func TestWhatIsNotThereIsAskedForAgain(t *testing.T) {
	d := newDevice(t, nil)
	d.mustFail(t, sync.FetchFailed) // nothing is published at all
	if !strings.Contains(d.Status().Detail, "404") {
		t.Errorf("the detail is %q", d.Status().Detail)
	}
	one := publisher().Release(t, records)
	d.server.publish(one)
	d.server.fail(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if !isLatest(r) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return !isLatest(r)
	})
	d.mustFail(t, sync.FetchFailed)
	d.server.fail(nil)
	d.mustSucceed(t)
	d.mustHold(t, one, records)
}

func TestDeltaThatIsGoneForGoodLeadsToTheSnapshot(t *testing.T) {
	for why, spoil := range map[string]func([]byte) []byte{"gone": func([]byte) []byte { return nil }, "spoilt": flip} {
		t.Run(why, func(t *testing.T) {
			d, p := newDevice(t, nil), publisher()
			d.server.publish(p.Release(t, records))
			d.mustSucceed(t)
			two := p.Release(t, records[10:])
			d.server.publish(two)
			d.server.change(name(two, feed.Delta), spoil)
			d.server.asked()
			want := sync.FetchFailed
			if why == "spoilt" {
				want = sync.FileMismatch
			}
			d.mustFail(t, want)
			d.mustFail(t, want)
			d.mustSucceed(t)
			d.mustHold(t, two, records[10:])
			delta, snapshot := name(two, feed.Delta), name(two, feed.Snapshot)
			mustEqual(t, "requests", d.server.asked(), []string{"latest.json", delta, "latest.json", delta, "latest.json", delta, snapshot})
		})
	}
}

func TestLatestSwappedBetweenTwoRequests(t *testing.T) {
	for why, c := range map[string]struct {
		old  bool // the files of the release before stay
		want sync.Code
	}{"the old files stay": {true, sync.Current}, "the old files are gone": {false, sync.FetchFailed}} {
		t.Run(why, func(t *testing.T) {
			d, p := newDevice(t, nil), publisher()
			one, two := p.Release(t, records), p.Release(t, records[10:])
			d.server.publish(one)
			swapped := false
			d.server.fail(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
				if !isLatest(r) || swapped {
					return false
				}
				swapped = true
				w.Write(one.Envelope)
				d.server.publish(two)
				if !c.old {
					d.server.change(name(one, feed.Snapshot), func([]byte) []byte { return nil })
				}
				return true
			})
			if c.old {
				d.mustSucceed(t)
				d.mustHold(t, one, records)
			} else {
				d.mustFail(t, c.want)
			}
			d.mustSucceed(t)
			d.mustHold(t, two, records[10:])
		})
	}
}

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
	mustEqual(t, "requests", d.server.asked(), []string{"latest.json", name(two, feed.Delta), name(two, feed.Snapshot)})
	mustEqual(t, "applied", d.store.Applied("sltd"), []feed.Kind{feed.Snapshot, feed.Snapshot})
}

func TestStoreThatRefusesAllIsNotFedAgainAndAgain(t *testing.T) {
	d, store, two := stubbornDevice(t)
	store.refuse = func(feed.Content) error { return errors.New("the disk is read-only") }
	for range 3 {
		d.mustFail(t, sync.ApplyFailed)
	}
	// The snapshot was fetched once: it lies in the spool.
	mustEqual(t, "requests", d.server.asked(), []string{"latest.json", name(two, feed.Delta), name(two, feed.Snapshot), "latest.json", "latest.json"})
	store.refuse = func(feed.Content) error { return nil }
	d.mustSucceed(t)
	d.mustHold(t, two, records[10:])
	mustEqual(t, "requests", d.server.asked(), []string{"latest.json"})
}

func TestStoreWithoutSpaceIsNotGivenTheSnapshot(t *testing.T) {
	d, store, two := stubbornDevice(t)
	store.refuse = func(feed.Content) error { return fmt.Errorf("apply: %w", syscall.ENOSPC) }
	d.mustFail(t, sync.NoSpace)
	mustEqual(t, "requests", d.server.asked(), []string{"latest.json", name(two, feed.Delta)})
}

func TestStoreThatCannotNoteACheckIsToldOf(t *testing.T) {
	d, store, two := stubbornDevice(t)
	store.check = errors.New("the disk is read-only")
	if err := d.Once(t.Context()); err == nil || d.Status().Code != sync.ApplyFailed {
		t.Errorf("%v, %+v", err, d.Status())
	}
	d.mustHold(t, two, records[10:]) // which is applied all the same
}

func TestReleasesForAnotherListKeyAreNotFetched(t *testing.T) {
	d := newDevice(t, func(c *sync.Config) { c.KeyID = "fedcba9876543210" })
	d.server.publish(publisher().Release(t, records))
	d.mustFail(t, sync.OtherListKey)
	mustEqual(t, "requests", d.server.asked(), []string{"latest.json"})
}

func TestSpoolThatCannotBeUsed(t *testing.T) {
	one := publisher().Release(t, records)
	file, _ := one.Manifest.File(feed.Snapshot)
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
		if isLatest(r) {
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
	if s := d.Status(); s != (sync.Status{}) {
		t.Errorf("the status is %+v", s)
	}
	mustEqual(t, "spool", d.spooled(t), []int64{50_000})
	d.server.fail(nil)
	d.server.asked()
	d.mustSucceed(t)
	mustEqual(t, "requests", d.server.asked(), []string{"latest.json", name(one, feed.Snapshot) + " bytes=50000-"})
}

func TestDetailsHoldNoSecretOfTheAddress(t *testing.T) {
	source := newSource(t, "http://user:secret@127.0.0.1:1/secret?token=secret")
	d := newDevice(t, func(c *sync.Config) { c.Source = source })
	d.mustFail(t, sync.FetchFailed)
	if detail := d.Status().Detail; strings.Contains(detail, "secret") || strings.Contains(detail, "user") || !strings.Contains(detail, "refused") {
		t.Errorf("the detail is %q", detail)
	}
}

func TestOlderReleaseIsRefusedAndNotYetAState(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	one, two := p.Release(t, records), p.Release(t, slices.Clip(records[10:]))
	d.server.publish(one)
	d.server.publish(two)
	d.mustSucceed(t)
	before := d.Status()
	d.server.publish(one)
	err := d.Once(t.Context())
	var e *sync.Error
	var rollback *feed.RollbackError
	if !errors.As(err, &e) || e.Code != sync.Rollback || !errors.As(err, &rollback) || *rollback != (feed.RollbackError{Held: 2, Offered: 1}) {
		t.Errorf("%v, want %s", err, sync.Rollback)
	}
	if d.Status() != before {
		t.Errorf("the status became %+v", d.Status())
	}
	d.mustHold(t, two, records[10:])
}

func TestEveryCodeIsExplained(t *testing.T) {
	for _, code := range []sync.Code{
		sync.Unknown, sync.Current, sync.FetchFailed, sync.NotARelease, sync.NewerFormat, sync.WrongKey, sync.OtherList, sync.OtherListKey,
		sync.Rollback, sync.Forked, sync.FileMismatch, sync.ApplyFailed, sync.NoSpace, sync.SpoolFailed,
	} {
		if code.Text() == "" {
			t.Errorf("%q explains nothing", code)
		}
	}
	if sync.Code("x").Text() != "" {
		t.Error("a code that there is not is explained")
	}
}
