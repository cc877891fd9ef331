package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/cache/feed"
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
	for i, c := range []struct {
		name string
		code sync.Code // of the fault
		bend bend
	}{
		{"files cut short", sync.FileMismatch, onFiles(".bin", func(b []byte) []byte { return b[:len(b)/2] })},
		{"one bit of the files", sync.FileMismatch, onFiles(".bin", flipped)},
		{"files of nothing", sync.FileMismatch, onFiles(".bin", func([]byte) []byte { return nil })},
		{"envelope cut short", sync.NotARelease, onFiles("latest.json", func(b []byte) []byte { return b[:len(b)/2] })},
		{"one bit of what is signed", sync.WrongKey, onFiles("latest.json", func(b []byte) []byte { return flippedAt(b, "payload\":\"", 200) })},
		{"one bit of the signature", sync.WrongKey, onFiles("latest.json", func(b []byte) []byte { return flippedAt(b, "sig\":\"", 20) })},
		{"a page that asks for a log-in", sync.NotARelease, onFiles("latest.json", func([]byte) []byte { return []byte("<html>Log in") })},
		{"signed by another key", sync.WrongKey, onFiles("latest.json", signedBy(t, l.publisher, feedtest.Key(9)))},
		{"signed twice under one number", sync.Forked, onFiles("latest.json", forked(t, l))},
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

// flippedAt changes a bit of a base64 text some bytes behind a mark; it stays
// one.
func flippedAt(b []byte, mark string, further int) []byte {
	at := bytes.Index(b, []byte(mark)) + len(mark) + further
	b[at] = map[bool]byte{true: 'B', false: 'A'}[b[at] == 'A']
	return b
}

func stolenPassport(number string) registry.Record {
	return registry.Record{Number: number, IssuingState: "UTO", Type: "P", Status: "stolen", Date: "2025-06-01", Country: "UTO"}
}

// signedBy returns the same release with the signature of another key.
func signedBy(t *testing.T, p *publisher, key ed25519.PrivateKey) func([]byte) []byte {
	return func(envelope []byte) []byte { return sign(t, p.manifest(t, envelope), key) }
}

// forked returns what a publisher signed under the number of the release that a
// device holds, and that is another list.
func forked(t *testing.T, l *lane) func([]byte) []byte {
	return func([]byte) []byte {
		held := l.appliance.lists.Position("sltd").Sequence
		m := l.manifest(t, l.envelope(t, held))
		m.Root[0] ^= 1
		return sign(t, m, l.signer(t))
	}
}

func sign(t *testing.T, m feed.Manifest, key ed25519.PrivateKey) []byte {
	envelope, err := feed.Sign(m, key)
	if err != nil {
		t.Error(err)
	}
	return envelope
}

// manifest reads what this publisher signed.
func (p *publisher) manifest(t *testing.T, envelope []byte) feed.Manifest {
	public := p.signer(t).Public().(ed25519.PublicKey)
	v, err := feed.Verify(envelope, feed.Trust{List: "sltd", Keys: []ed25519.PublicKey{public}}, feed.Position{})
	if err != nil {
		t.Error(err)
	}
	return v.Manifest()
}

// envelope is that of an earlier release.
func (p *publisher) envelope(t *testing.T, sequence uint64) []byte {
	envelope, err := os.ReadFile(filepath.Join(p.lists, "sltd", fmt.Sprintf("%d.release.json", sequence)))
	if err != nil {
		t.Error(err)
	}
	return envelope
}

// TestAnOlderReleaseIsNotTaken offers a device the release before the one that
// it holds, which lacks a stolen passport. That is what a cache on the way has
// for a while, and worth no fault yet.
func TestAnOlderReleaseIsNotTaken(t *testing.T) {
	t.Parallel()
	l := newSite(t).start(t)
	l.ready(t)
	l.publish(t, stolenPassport("NEW00001"))
	l.await(t, "the second release", func(v console.View) bool { return v.Lists[0].Release == 2 })

	older := onFiles("latest.json", func([]byte) []byte { return l.envelope(t, 1) })
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
	p := &feedtest.Publisher{List: "sltd", Signer: feedtest.Key(1), ShardBits: 2}
	first := p.Release(t, feedtest.Records(1, 20))
	second := p.Release(t, feedtest.Records(2, 20))
	offer := func(r feedtest.Release) {
		for name, data := range r.Files {
			mustWrite(t, filepath.Join(dir, name), data)
		}
		mustWrite(t, filepath.Join(dir, sync.LatestFile), r.Envelope)
	}
	synctest.Test(t, func(t *testing.T) {
		client, err := sync.New(sync.Config{
			Trust: feedtest.Trust("sltd", 1), Source: sync.Dir(dir, "sltd"), Store: &feedtest.Store{}, Spool: filepath.Join(dir, "spool"),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- client.Run(ctx) }()
		f := &listFeed{name: "sltd", title: "SLTD", client: client}

		offer(second)
		time.Sleep(2 * time.Minute)
		offer(first)
		time.Sleep(5 * time.Minute)
		if faults := f.faults(); len(faults) > 0 {
			t.Errorf("after five minutes: %+v", faults)
		}
		time.Sleep(10 * time.Minute)
		if faults := f.faults(); len(faults) != 1 || faults[0].Code != "update-rollback:sltd" || !strings.HasPrefix(faults[0].Text, "SLTD: An older list") {
			t.Errorf("after a quarter of an hour: %+v", faults)
		}
		offer(second)
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
