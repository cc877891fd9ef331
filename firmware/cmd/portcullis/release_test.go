package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/cache/feed/feedtest"
	"portcullis/cache/sync"
	"portcullis/central/registry"
	"portcullis/firmware/console"
)

// TestABadReleaseIsNamedAndTheGoodListGoesOnServing lets a device meet one bad
// release after another, each in place of a good one that adds a stolen
// passport.
func TestABadReleaseIsNamedAndTheGoodListGoesOnServing(t *testing.T) {
	t.Parallel()
	l := newSite(t).start(t)
	l.ready(t)
	other := miniCentral{keys: t.TempDir(), dir: filepath.Join(t.TempDir(), "lists"), list: "sltd"}
	if err := other.begin(time.Now()); err != nil {
		t.Fatal(err)
	}
	stranger, err := os.ReadFile(filepath.Join(other.dir, sync.TimestampFile))
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		name string
		code sync.Code // of the fault
		bend bend
	}{
		{"files cut short", sync.FileMismatch, onFiles(".bin", func(b []byte) []byte { return b[:len(b)/2] })},
		{"one bit of the files", sync.FileMismatch, onFiles(".bin", flipped)},
		{"files of nothing", sync.FileMismatch, onFiles(".bin", func([]byte) []byte { return nil })},
		{"what is signed, cut short", sync.NotARelease, onFiles(sync.TimestampFile, func(b []byte) []byte { return b[:len(b)/2] })},
		{"one bit of what is signed", sync.WrongKey, onFiles(sync.TimestampFile, func(b []byte) []byte { return flippedAt(b, `"sha256":"`) })},
		{"one bit of the signature", sync.WrongKey, onFiles(sync.TimestampFile, func(b []byte) []byte { return flippedAt(b, `"sig":"`) })},
		{"a page that asks for a log-in", sync.NotARelease, onFiles(sync.TimestampFile, func([]byte) []byte { return []byte("<html>Log in") })},
		{"signed by another publisher", sync.WrongKey, onFiles(sync.TimestampFile, func([]byte) []byte { return stranger })},
	} {
		held := l.ready(t).Lists[0]
		stolen := fmt.Sprintf("NEW%05d", i)
		l.bend.Store(&c.bend)
		next := l.publish(t, stolenPassport(stolen))

		l.asks(t, c.name, func() bool { return l.appliance.feeds[0].client.Status().Code == c.code })
		l.mustAlert(t)
		l.mustClear(t)
		f := l.fault(t, "update-"+string(c.code)+":sltd", true)
		if !strings.HasPrefix(f.Text, "SLTD: ") || !strings.Contains(f.Do, "goes on being used") {
			t.Errorf("%s: the page says %+v", c.name, f)
		}
		if now := l.ready(t).Lists[0]; now.Release != held.Release || now.Records != held.Records {
			t.Errorf("%s: the list was %+v and is %+v", c.name, held, now)
		}

		l.bend.Store(nil)
		l.asks(t, "the good release", func() bool { return l.appliance.lists.Position("sltd") == next.Position() })
		if p := l.decide(t, passport(t, stolen)); p.Verdict != "alert" {
			t.Errorf("%s: after it, the list that was loaded: %s", c.name, p.Headline)
		} else {
			l.settle(t, p.ID)
		}
		l.fault(t, "update-"+string(c.code)+":sltd", false)
	}
}

// onFiles bends the files whose names end like this.
func onFiles(suffix string, f func([]byte) []byte) bend {
	return func(name string, data []byte) []byte {
		if strings.HasSuffix(name, suffix) {
			return f(bytes.Clone(data))
		}
		return data
	}
}

func flipped(b []byte) []byte {
	b[len(b)/2] ^= 1
	return b
}

// flippedAt changes the hexadecimal digit behind a mark.
func flippedAt(b []byte, mark string) []byte {
	at := bytes.Index(b, []byte(mark)) + len(mark)
	b[at] = map[bool]byte{true: '1', false: '0'}[b[at] == '0']
	return b
}

func stolenPassport(number string) registry.Record {
	return registry.Record{Number: number, IssuingState: "UTO", Type: "P", Status: "stolen", Date: "2025-06-01", Country: "UTO"}
}

// TestAnOlderReleaseIsNotTaken offers a device the release before the one that
// it holds, which lacks a stolen passport. That is what a cache on the way has
// for a while, and worth no fault yet.
func TestAnOlderReleaseIsNotTaken(t *testing.T) {
	t.Parallel()
	l := newSite(t).start(t)
	l.ready(t)
	old, err := os.ReadFile(filepath.Join(l.central.dir, sync.TimestampFile))
	if err != nil {
		t.Fatal(err)
	}
	l.publish(t, stolenPassport("NEW00001"))
	l.await(t, "the second release", func(v console.View) bool { return v.Lists[0].Release == 2 })

	older := onFiles(sync.TimestampFile, func([]byte) []byte { return old })
	l.bend.Store(&older)
	l.asksAgain(t)
	if p := l.decide(t, passport(t, "NEW00001")); p.Verdict != "alert" {
		t.Errorf("what only the newer release lists: %s", p.Headline)
	} else {
		l.settle(t, p.ID)
	}
	if v := l.ready(t); v.Lists[0].Release != 2 {
		t.Errorf("the device went back:\n%s", plain(v))
	}
	l.mustClear(t)
}

// asks waits until something is so, and looks each time that the device has
// asked for the newest release.
func (p *publisher) asks(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !isSo() {
		select {
		case <-p.asked:
		case <-ctx.Done():
			t.Fatalf("the device does not come to %s", what)
		}
	}
}

// asksAgain waits until a device has asked for the newest release, and has
// dealt with what it was given: it does not ask again before.
func (p *publisher) asksAgain(t *testing.T) {
	t.Helper()
	times := 0
	p.asks(t, "ask again", func() bool { times++; return times > 3 })
}

// TestAnOlderReleaseForLongIsAFault lets ten minutes pass. The publisher's keys
// are those of a test, and the store is in memory.
func TestAnOlderReleaseForLongIsAFault(t *testing.T) {
	dir := t.TempDir()
	p := &feedtest.Publisher{List: "sltd", ShardBits: 2}
	first := p.Release(t, feedtest.Records(1, 20))
	second := p.Release(t, feedtest.Records(2, 20))
	synctest.Test(t, func(t *testing.T) {
		r := feedtest.NewRepository(t)
		r.Now = time.Now().Add(-4 * time.Hour)
		r.Release(first)
		old := r.Files()
		r.Release(second)
		r.WriteFolder(dir)
		offer := func(name string, data []byte) { mustWrite(t, filepath.Join(dir, name), data) }
		client, err := sync.New(sync.Config{
			List: "sltd", Root: r.Root(), Source: sync.Dir(dir), Store: &feedtest.Store{},
			Spool: filepath.Join(dir, "spool"), Shelf: feedtest.Shelf(t),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- client.Run(ctx) }()
		f := &listFeed{name: "sltd", title: "SLTD", client: client}

		time.Sleep(2 * time.Minute)
		offer(sync.TimestampFile, old[sync.TimestampFile])
		time.Sleep(5 * time.Minute)
		if faults := f.faults(); len(faults) > 0 {
			t.Errorf("after five minutes: %+v", faults)
		}
		time.Sleep(10 * time.Minute)
		if faults := f.faults(); len(faults) != 1 || faults[0].Code != "update-rollback:sltd" || !strings.HasPrefix(faults[0].Text, "SLTD: An older list") {
			t.Errorf("after a quarter of an hour: %+v", faults)
		}
		offer(sync.TimestampFile, r.File(sync.TimestampFile))
		time.Sleep(2 * time.Minute)
		if faults := f.faults(); len(faults) > 0 {
			t.Errorf("when it is over: %+v", faults)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func mustWrite(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAPublisherThatIsGoneIsNoFaultUntilTheListIsOld cuts the line. The list
// says so beside its age, and goes on serving.
func TestAPublisherThatIsGoneIsNoFaultUntilTheListIsOld(t *testing.T) {
	t.Parallel()
	l := newSite(t).start(t)
	l.ready(t)
	l.server.CloseClientConnections()
	l.server.Listener.Close()
	v := l.await(t, "that the list service cannot be reached", func(v console.View) bool {
		return strings.Contains(v.Lists[0].Detail, "cannot be reached")
	})
	if len(v.Faults) > 0 {
		t.Errorf("the page shows\n%s", plain(v))
	}
	l.mustAlert(t)
	l.mustClear(t)
}

// TestAPublisherThatRepeatsItselfIsTold: whoever holds up what a publisher says
// can only repeat what it said before.
func TestAPublisherThatRepeatsItselfIsTold(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		ago  time.Duration
		code sync.Code
		want string
	}{
		{time.Hour, sync.Current, ""},
		{5 * time.Hour, sync.Current, "said nothing for 5 hours"},
		{5 * time.Hour, sync.Unknown, ""},
		{80 * time.Hour, sync.Expired, "withholds"},
	} {
		said := hindrance(sync.Status{Code: c.code, Published: now.Add(-c.ago)}, now)
		if said != c.want && (c.want == "" || !strings.Contains(said, c.want)) {
			t.Errorf("after %s: %q, want %q", c.ago, said, c.want)
		}
	}
}
