package sync_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

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
		"newer format":   {sealed(`{"format":3}`), sync.NewerFormat},
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

func TestReleasesForAnotherListKeyAreNotFetched(t *testing.T) {
	d := newDevice(t, func(c *sync.Config) { c.KeyID = "fedcba9876543210" })
	d.server.publish(publisher().Release(t, records))
	d.mustFail(t, sync.OtherListKey)
	mustEqual(t, "requests", d.server.asked(), []string{"latest.json"})
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
