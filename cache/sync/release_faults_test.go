package sync_test

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/sync"
	"portcullis/cache/trust"
)

// TestBadReleasesAreRefusedAndTheListGoesOn gives a device that holds release 1
// something else than release 2, and then release 2.
func TestBadReleasesAreRefusedAndTheListGoesOn(t *testing.T) {
	p := publisher()
	one, two := p.Release(t, records), p.Release(t, records[10:])
	manifest := func(change func(*feed.Manifest)) []byte {
		m := two.Manifest
		change(&m)
		data, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	timestamp := func(change func([]byte) []byte) func(*server) {
		return func(s *server) { s.change(sync.TimestampFile, change) }
	}
	for why, c := range map[string]struct {
		spoil func(*server)
		want  sync.Code
	}{
		"other list":        {func(s *server) { s.sign(manifest(func(m *feed.Manifest) { m.List = "tdawn" })) }, sync.OtherList},
		"forked":            {func(s *server) { s.sign(manifest(func(m *feed.Manifest) { m.Sequence, m.Steps = 1, nil })) }, sync.Forked},
		"newer format":      {func(s *server) { s.sign([]byte(`{"format":4}`)) }, sync.NewerFormat},
		"no manifest":       {func(s *server) { s.sign([]byte(`{}`)) }, sync.NotARelease},
		"without a file":    {func(s *server) { s.sign(manifest(func(m *feed.Manifest) { m.Steps = nil })) }, sync.NoWay},
		"shrunk":            {func(s *server) { s.sign(manifest(func(m *feed.Manifest) { m.Records, m.Steps = 10_000, nil })) }, sync.Shrunk},
		"truncated":         {timestamp(func(b []byte) []byte { return b[:len(b)-1] }), sync.NotARelease},
		"bit flipped":       {timestamp(flipSignature), sync.WrongKey},
		"log-in page":       {timestamp(func([]byte) []byte { return []byte("<html>Welcome to the airport's network</html>") }), sync.NotARelease},
		"empty":             {timestamp(func([]byte) []byte { return []byte{} }), sync.NotARelease},
		"endless":           {timestamp(func([]byte) []byte { return bytes.Repeat([]byte(" "), 10<<20) }), sync.NotARelease},
		"another timestamp": {func(s *server) { s.change(sync.TimestampFile, func([]byte) []byte { return otherKeys(t) }) }, sync.WrongKey},
	} {
		t.Run(why, func(t *testing.T) {
			d := newDevice(t, nil)
			d.server.publish(one)
			d.mustSucceed(t)
			if !strings.Contains("other list forked newer format no manifest without a file shrunk", why) {
				d.server.publish(two)
			}
			c.spoil(d.server)
			d.mustFail(t, c.want)
			d.mustHold(t, one, records)
			d.server.publish(two)
			d.mustSucceed(t)
			d.mustHold(t, two, records[10:])
		})
	}
}

// flipSignature changes the signature of a file of metadata.
func flipSignature(b []byte) []byte {
	at := bytes.Index(b, []byte(`"sig":"`)) + len(`"sig":"`)
	b[at] = map[bool]byte{true: '1', false: '0'}[b[at] == '0']
	return b
}

// otherKeys is a timestamp that a stranger signed.
func otherKeys(t *testing.T) []byte {
	r := feedtest.NewRepository(t)
	r.Rotate("timestamp")
	r.Publish()
	return r.File(sync.TimestampFile)
}

func TestTheNewestIsSwappedBetweenTwoRequests(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	one, two := p.Release(t, records), p.Release(t, records[10:])
	d.server.publish(one)
	swapped := false
	d.server.fail(func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		if !swapped && strings.HasSuffix(r.URL.Path, "/"+sync.TimestampFile) {
			swapped = true
			w.Write(data)
			d.server.publish(two)
			return true
		}
		return false
	})
	d.mustSucceed(t) // nothing that was published before has changed
	d.mustHold(t, one, records)
	d.mustSucceed(t)
	d.mustHold(t, two, records[10:])
}

func TestWhatIsNotThereIsAskedForAgain(t *testing.T) {
	d := newDevice(t, nil)
	d.mustFail(t, sync.OtherList) // no list is published
	d.server.reset(nil)
	d.mustFail(t, sync.FetchFailed) // nothing at all
	if !strings.Contains(d.Status().Detail, "404") {
		t.Errorf("the detail is %q", d.Status().Detail)
	}
	one := publisher().Release(t, records)
	d.server.publish(one)
	d.server.fail(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if !isMetadata(r) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return !isMetadata(r)
	})
	d.mustFail(t, sync.FetchFailed)
	d.server.fail(nil)
	d.mustSucceed(t)
	d.mustHold(t, one, records)
}

func TestReleasesForAnotherListKeyAreNotFetched(t *testing.T) {
	d := newDevice(t, func(c *sync.Config) { c.KeyID = "fedcba9876543210" })
	d.server.publish(publisher().Release(t, records))
	d.mustFail(t, sync.OtherListKey)
	mustEqual(t, "requests", d.server.asked(), []string{"timestamp.json"})
}

func TestWhatIsOlderIsRefusedAndNotYetAState(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	one, two := p.Release(t, records), p.Release(t, slices.Clip(records[10:]))
	d.server.publish(one)
	old := d.server.published()
	d.server.publish(two)
	d.mustSucceed(t)
	before := d.Status()
	d.server.reset(old)
	err := d.Once(t.Context())
	var older *trust.OlderError
	if sync.CodeOf(err) != sync.Rollback || !errors.As(err, &older) {
		t.Errorf("%v, want %s", err, sync.Rollback)
	}
	if d.Status() != before {
		t.Errorf("the status became %+v", d.Status())
	}
	d.mustHold(t, two, records[10:])
}

func TestDetailsHoldNoSecretOfTheAddress(t *testing.T) {
	source := newSource(t, "http://user:secret@127.0.0.1:1/secret?token=secret")
	d := newDevice(t, func(c *sync.Config) { c.Source = source })
	d.mustFail(t, sync.FetchFailed)
	if detail := d.Status().Detail; strings.Contains(detail, "secret") || strings.Contains(detail, "user") || !strings.Contains(detail, "refused") {
		t.Errorf("the detail is %q", detail)
	}
}

func TestEveryCodeIsExplained(t *testing.T) {
	for _, code := range []sync.Code{
		sync.Unknown, sync.Current, sync.Expired, sync.FetchFailed, sync.NotARelease, sync.NewerFormat, sync.WrongKey, sync.OtherList,
		sync.OtherListKey, sync.Rollback, sync.Older, sync.Forked, sync.Mixed, sync.Lapsed, sync.Shrunk, sync.Jumped, sync.FileMismatch, sync.NoWay, sync.ApplyFailed,
		sync.NoSpace, sync.SpoolFailed,
	} {
		if code.Text() == "" {
			t.Errorf("%q explains nothing", code)
		}
	}
	if sync.Code("x").Text() != "" {
		t.Error("a code that there is not is explained")
	}
}
