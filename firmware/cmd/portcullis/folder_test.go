package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache/engine"
	"portcullis/firmware/audit"
	"portcullis/firmware/console"
)

// refusedToStart runs the appliance, which must end by itself with exit code 1,
// and returns what it says.
func (s *site) refusedToStart(t *testing.T) string {
	t.Helper()
	run := exec.CommandContext(t.Context(), "portcullis", "run", "--config", s.configFile())
	out, err := run.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitFailed {
		t.Fatalf("portcullis run: %v\n%s", err, out)
	}
	return string(out)
}

func TestTwoAppliancesDoNotShareADataFolder(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.start(t)
	l.mustClear(t)
	if said := s.refusedToStart(t); !strings.Contains(said, "another process holds the data folder") {
		t.Errorf("the second says: %s", said)
	}
	l.mustClear(t)
	l.mustAlert(t)
}

// TestADataFolderThatCannotBeWrittenClosesTheLane starts an appliance on a
// folder that has become read-only, as a worn-out card does.
func TestADataFolderThatCannotBeWrittenClosesTheLane(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	disk := s.mount(t, "200m")
	l := s.start(t)
	l.mustClear(t)
	if err := l.halt(); err != nil {
		t.Fatal(err)
	}
	disk.remount(t, syscall.MS_RDONLY)

	l = s.start(t)
	f := l.fault(t, "log-failed", true)
	if !strings.Contains(f.Text, "cannot be written") || f.Do == "" {
		t.Errorf("the page says %+v", f)
	}
	v := l.await(t, "a closed lane, with its list", func(v console.View) bool {
		return v.State == "closed" && v.Reader.State == "ready" && v.Lists[0].State == "fresh"
	})
	if v.Traveller != "closed" {
		t.Errorf("the traveller is told %q", v.Traveller)
	}
	if p := l.decide(t, l.unlisted(t)); p.Verdict != "refer" {
		t.Errorf("a document that would be clear: %s: %s", p.Verdict, p.Headline)
	}
	if p := l.decide(t, passport(t, "SPEC00001")); p.Verdict != "alert" {
		t.Errorf("a document that is listed as stolen: %s: %s", p.Verdict, p.Headline)
	} else {
		disk.remount(t, 0)
		l.fault(t, "log-failed", false)
		l.settle(t, p.ID)
	}
	l.mustClear(t)
	if err := l.halt(); err != nil {
		t.Error(err)
	}
	mustBeWhole(t, s)
}

// mustBeWhole verifies the log of a site, and returns its entries.
func mustBeWhole(t *testing.T, s *site) (entries []audit.Record) {
	t.Helper()
	_, err := audit.Walk(s.folder().Audit(), func(r audit.Record) error {
		entries = append(entries, r)
		return nil
	})
	if err != nil {
		t.Fatalf("the log: %v", err)
	}
	return entries
}

// A disk is a small file system in memory that lies under the data folder of a
// site.
type disk struct{ path string }

// mount puts a disk of that size under the data folder.
func (s *site) mount(t *testing.T, size string) disk {
	t.Helper()
	if err := syscall.Mount("tmpfs", s.config.Data, "tmpfs", 0, "size="+size); err != nil {
		required(t, "the right to mount a small file system: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(s.config.Data, syscall.MNT_DETACH) })
	s.configure(t)
	return disk{s.config.Data}
}

func (d disk) remount(t *testing.T, flags uintptr) {
	t.Helper()
	if err := syscall.Mount("tmpfs", d.path, "tmpfs", syscall.MS_REMOUNT|flags, ""); err != nil {
		t.Fatalf("remount: %v", err)
	}
}

// fill leaves no room on the disk.
func (d disk) fill(t *testing.T) (empty func()) {
	t.Helper()
	path := filepath.Join(d.path, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 16 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// required skips a test for want of something, unless nothing may be skipped.
func required(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("PORTCULLIS_REQUIRE") != "" {
		t.Fatalf("needs "+format, args...)
	}
	t.Skipf("needs "+format, args...)
}

// TestADataFolderOfANewerVersionIsLeftAlone opens what a later program wrote.
func TestADataFolderOfANewerVersionIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.start(t)
	l.mustClear(t)
	if err := l.halt(); err != nil {
		t.Fatal(err)
	}
	db, err := badger.Open(engine.Options(filepath.Join(s.folder().Lists(), "book")))
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(txn *badger.Txn) error { return txn.Set([]byte("format"), []byte("99")) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	l = s.start(t)
	if f := l.fault(t, "store-unusable", true); !strings.Contains(f.Text, "was written by a newer version of this program") || f.Do == "" {
		t.Errorf("the page says %+v", f)
	}
	l.await(t, "a lane without lists", func(v console.View) bool { return v.Lists[0].Release == 0 && v.State == "ready" })
	if p := l.decide(t, l.unlisted(t)); p.Verdict != "refer" {
		t.Errorf("a document that would be clear: %s: %s", p.Verdict, p.Headline)
	}
	if err := l.halt(); err != nil {
		t.Error(err)
	}
	status := exec.CommandContext(t.Context(), "portcullis", "list", "status", "--config", s.configFile())
	if out, err := status.CombinedOutput(); err == nil || !strings.Contains(string(out), "was written by a newer version of this program") {
		t.Errorf("list status: %v: %s", err, out)
	}
	mustBeWhole(t, s)
}
