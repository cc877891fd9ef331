package publish_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/central/publish"
)

// begin is a list that begins so long before a month ends.
func begin(t *testing.T, before time.Duration) (*life, *publish.Publisher) {
	s := newSiteIn(t, fast(t))
	p := s.publisher()
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC).Add(-before)
	l := &life{site: s, rnd: rand.New(rand.NewPCG(3, 4)), now: now, records: feedtest.Records(1, 20000)}
	all(t, p, l.now, l.records)
	return l, p
}

// named are the steps and archives that a history or an archive names.
func (l *life) named(name string) ([]feed.Step, []feed.Archive) {
	l.t.Helper()
	data, err := os.ReadFile(filepath.Join(l.dir, "sltd", name))
	if err != nil {
		l.t.Fatal(err)
	}
	steps, archives, err := feed.DecodeHistory(data)
	if err != nil {
		l.t.Fatal(err)
	}
	return steps, archives
}

// TestAHistoryStaysSmallHoweverOftenReleasesCome makes releases past the end of a
// month. What the months of a year would add to the history is little.
func TestAHistoryStaysSmallHoweverOftenReleasesCome(t *testing.T) {
	const perPeriod = 440 + 200 // bytes of a roll-up and of an archive
	for name, c := range map[string]struct {
		every, before, after time.Duration
		most                 int64
	}{
		"by the hour":   {time.Hour, 3 * 24 * time.Hour, 26 * time.Hour, 150_000},
		"by the minute": {time.Minute, 90 * time.Minute, 70 * time.Minute, 300_000},
	} {
		t.Run(name, func(t *testing.T) {
			l, p := begin(t, c.before)
			end := l.now.Add(c.before + c.after)
			if most := days(0); most > 0 && c.every == time.Hour {
				end = l.now.AddDate(0, 0, most)
			}
			var history, archive int64
			var gone []past
			for i := 0; l.now.Before(end); i++ {
				l.now = l.now.Add(c.every)
				m := l.step(p, 1+l.rnd.IntN(2)).Manifest
				history = max(history, m.History.Size)
				if i%7 == 0 {
					gone = append(gone, past{at: l.now, position: m.Position()})
				}
			}
			for name := range l.bytes() {
				if strings.Contains(name, "-archive-") {
					info, err := os.Stat(filepath.Join(l.dir, name))
					if err != nil {
						t.Fatal(err)
					}
					archive = max(archive, info.Size())
				}
			}
			t.Logf("%d releases: histories of up to %d bytes, archives of up to %d", len(l.changes), history, archive)
			if history += (14 + 31 + 24) * perPeriod; history > c.most || archive > 200_000 {
				t.Errorf("a history of a year would have %d bytes, and an archive has %d", history, archive)
			}
			l.comeBack(gone, &device{shelf: t.TempDir()})
		})
	}
}

// Where releases come by the minute, a manifest itself leads on from the last few.
func TestAManifestLeadsOnFromTheLastMinutes(t *testing.T) {
	l, p := begin(t, 5*time.Minute) // past the end of an hour, a day and a month
	d := &device{shelf: t.TempDir()}
	position := []feed.Position{l.see(d).Manifest().Position()}
	for range 12 {
		l.now = l.now.Add(time.Minute)
		l.step(p, 1)
		signed := l.signed(d)
		position = append(position, signed.Manifest().Position())
		for back := 1; back <= min(5, len(position)-1); back++ {
			held := position[len(position)-1-back]
			if w, ok := signed.Way(held, signed.Manifest().Position(), nil); !ok || len(w) != back || w[0].From != held {
				t.Fatalf("release %d: %d steps lead on from %d, %v", signed.Manifest().Sequence, len(w), held.Sequence, ok)
			}
		}
		if n := len(signed.Steps()); n > 6 {
			t.Fatalf("a manifest names %d steps", n)
		}
	}
	for range 2 {
		l.now = l.now.Add(time.Hour)
		l.step(p, 1)
	}
	if n := len(l.signed(d).Steps()); n != 2 {
		t.Errorf("where releases come by the hour, a manifest names %d steps", n)
	}
}

// An archive is served as all else is that devices fetch.
func TestArchivesAreServed(t *testing.T) {
	l, p := begin(t, 8*time.Minute)
	for range 9 {
		l.now = l.now.Add(time.Minute)
		l.step(p, 1)
	}
	server := httptest.NewServer(publish.Handler(l.dir))
	defer server.Close()
	served := 0
	for name, want := range l.bytes() {
		if !strings.Contains(name, "-archive-") {
			continue
		}
		served++
		if r, body := get(t, server.URL+"/"+name, nil); r.StatusCode != http.StatusOK || body != want {
			t.Errorf("%s: %s", name, r.Status)
		}
	}
	if served != 2 { // of the hour, and of the month: a day with one hour needs none
		t.Errorf("%d archives are there", served)
	}
}

// signed is what a device knows that has read no history.
func (s *site) signed(d *device) feed.Verified {
	s.t.Helper()
	v, err := feed.Verify(s.target(d, feed.ListRole, feed.ReleasePath("sltd")), "sltd", feed.Position{})
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// TestWhatArchivesNameIsNotRemoved prunes for months, and then lets the time run
// out for which deltas are kept.
func TestWhatArchivesNameIsNotRemoved(t *testing.T) {
	s := newSiteIn(t, fast(t))
	o := s.options("sltd")
	o.Policy = publish.DefaultPolicy()
	o.Policy.Deltas, o.Policy.Grace = 40*24*time.Hour, time.Hour
	l := &life{site: s, rnd: rand.New(rand.NewPCG(5, 6)), now: noon, records: feedtest.Records(1, 20000)}
	all(t, publisherOf(t, o), l.now, l.records)
	d := &device{shelf: t.TempDir()}
	var gone []past
	for l.now.Before(noon.AddDate(0, 3, 0)) {
		gone = append(gone, past{at: l.now, position: l.signed(d).Manifest().Position()})
		l.now = l.now.Add(11 * time.Hour)
		l.step(publisherOf(t, o), 2)
	}
	mustStay := func() {
		t.Helper()
		var young []past
		for _, d := range gone {
			if l.now.Sub(d.at) < o.Policy.Deltas {
				young = append(young, d)
			}
		}
		l.comeBack(young, d)
	}
	mustStay()
	before := l.left()
	// Whatever is lost of the state, nothing goes that is named.
	if err := os.RemoveAll(filepath.Join(s.dir, "sltd", ".state")); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		l.now = l.now.Add(3 * time.Hour)
		l.step(publisherOf(t, o), 2)
	}
	mustStay()
	if l.left() < before-10 {
		t.Errorf("of %d files %d are left", before, l.left())
	}
	// An archive that is missing says nothing of what it names.
	names, err := filepath.Glob(filepath.Join(s.dir, "sltd", "*-archive-*.json"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if err := os.Rename(name, name+".away"); err != nil {
			t.Fatal(err)
		}
	}
	before = l.left()
	if removed, err := publisherOf(t, o).Prune(context.Background(), l.now.AddDate(0, 0, 20)); err == nil || len(removed) > 0 || l.left() != before {
		t.Errorf("without archives it removes %v, %v", removed, err)
	}
	for _, name := range names {
		if err := os.Rename(name+".away", name); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 { // out of sight, out of the history, and named no longer
		l.now = l.now.AddDate(0, 0, 31)
		l.step(publisherOf(t, o), 2)
	}
	if n := l.left(); n > 40 {
		t.Errorf("%d files are left after the time for which deltas are kept", n)
	}
}

// TestVeryManyReleasesOfAnHourAreNotAllKept makes more in an hour than its archive
// has room for: who stopped with one of the oldest takes the whole list.
func TestVeryManyReleasesOfAnHourAreNotAllKept(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes hundreds of releases")
	}
	const more = 12
	l, p := begin(t, 30*time.Minute)
	d := &device{shelf: t.TempDir()}
	position := []feed.Position{l.signed(d).Manifest().Position()}
	for range publish.MaxSingles + more {
		l.now = l.now.Add(time.Second)
		position = append(position, l.step(p, 1).Manifest.Position())
	}
	for range 2 { // the first closes the hour
		l.now = l.now.Add(time.Hour)
		l.step(p, 1)
	}
	seen := l.see(d)
	for i, held := range position {
		w, ok := l.learn(seen, held).Way(held, seen.Manifest().Position(), nil)
		bySnapshot := ok && w[0].Kind() == feed.Snapshot
		if leftOut := i > 0 && i <= more; !ok || bySnapshot != leftOut {
			t.Errorf("from release %d a snapshot leads: %v, %v", held.Sequence, bySnapshot, ok)
		}
	}
}
