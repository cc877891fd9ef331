package cache_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/list"
)

const (
	faultFolder = "CACHE_FAULT_FOLDER" // of the store whose disk fails in a child process
	faultHow    = "CACHE_FAULT_HOW"    // which calls fail, with which error, in which work
)

// mustAnswer looks up a document that every release lists.
func (l *largeList) mustAnswer(s *cache.Store) {
	a, err := s.Lookup(cache.Query{Number: "AB12345", Class: list.Passport, Issuer: "UTO"})
	if err != nil || len(a.Matches) != 1 || a.Lists[0].Err != nil {
		fmt.Printf("WRONG: the look-up answers %d matches, %v, %v\n", len(a.Matches), a.Lists[0].Err, err)
	}
}

// TestWorkOnAFailingDisk is the child of the test below.
func TestWorkOnAFailingDisk(t *testing.T) {
	dir := os.Getenv(faultFolder)
	if dir == "" {
		return // not a child
	}
	var calls, errno, work string
	fmt.Sscan(os.Getenv(faultHow), &calls, &errno, &work)
	l := newLargeList(t)
	o := options()
	s, err := cache.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	held := s.Position("sltd")
	var contents []feed.Content
	if work == "bigload" { // of several tables
		l.sets[(held.Sequence+1)%2] = randomRecords(9, 4_000_000)
	}
	if work == "load" || work == "bigload" {
		contents = append(contents, l.snapshot(held.Sequence+1))
	}
	base := held
	for n := held.Sequence + 1; work == "delta" && n < held.Sequence+8; n++ {
		c := l.delta(n, base)
		contents, base = append(contents, c), c.Release().Position()
	}
	fail(t, faultyCalls(t, dir, calls), map[string]unix.Errno{"EIO": unix.EIO, "ENOSPC": unix.ENOSPC, "EROFS": unix.EROFS}[errno])

	say := func(what string, do func() error) {
		fmt.Println("begin", what)
		began := time.Now()
		err := do()
		fmt.Printf("ended %s in %v: %v\n", what, time.Since(began).Round(time.Millisecond), err)
	}
	look := func() { say("lookup", func() error { l.mustAnswer(s); return nil }) }
	look()
	for _, c := range contents {
		say("apply", func() error { return s.Apply(context.Background(), c) })
		look()
	}
	say("checked", func() error { return s.Checked("sltd", time.Now()) })
	say("verify", func() error {
		r, err := s.Verify(context.Background(), "sltd")
		if err == nil && !r.Sound() {
			fmt.Println("WRONG: verify finds", len(r.Bad), "bad shards")
		}
		return err
	})
	say("repair", func() error { _, err := s.Repair(context.Background(), "sltd", nil); return err })
	say("resume", func() error { return s.Resume(context.Background()) })
	look()
	fmt.Println("acknowledged", s.Position("sltd").Sequence)
	say("close", s.Close)
	fmt.Println("done")
	os.Exit(0)
}

// faultMatrix are calls, error and work of the test below. Those that take long
// are left to make soak-lists.
func faultMatrix() (all []string) {
	for _, calls := range []string{"fsync", "create", "remove", "book"} {
		all = append(all, calls+" EIO delta")
	}
	all = append(all, "book EIO load", "msync EIO bigload")
	all = append(all, "create EROFS delta", "remove EROFS delta", "create EROFS load") // mounted read-only while it works
	if os.Getenv(soakRounds) == "" {
		return all
	}
	for _, calls := range []string{"sync", "msync", "truncate", "map", "write"} {
		all = append(all, calls+" EIO delta", calls+" ENOSPC delta")
	}
	for _, calls := range []string{"sync", "msync", "fsync", "create", "truncate", "map", "remove", "write"} {
		all = append(all, calls+" EIO load", calls+" EIO idle")
	}
	return all
}

// TestAFailingDiskStopsNoLookUpAndLosesNothing has the kernel answer the system
// calls of a process as it does for a card that fails, and then opens the store
// with a card that works again.
func TestAFailingDiskStopsNoLookUpAndLosesNothing(t *testing.T) {
	source := storeFolder(t)
	s := openStore(t, source)
	l := newLargeList(t)
	apply(t, s, l.snapshot(1))
	apply(t, s, l.delta(2, s.Position("sltd")))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, how := range faultMatrix() {
		t.Run(strings.ReplaceAll(how, " ", "-"), func(t *testing.T) {
			dir := storeFolder(t)
			copySparse(t, source, dir)
			acknowledged := l.workOnAFailingDisk(t, dir, how)
			s := openStore(t, dir)
			if left, err := filepath.Glob(filepath.Join(dir, "*", "probe")); err != nil || len(left) > 0 && !strings.HasPrefix(how, "remove") {
				t.Errorf("this is left: %v, %v", left, err)
			}
			for range 2 { // as it is found, and resumed
				held := s.Position("sltd").Sequence
				if held != acknowledged && held != acknowledged+1 {
					t.Fatalf("release %d was acknowledged, and release %d is held", acknowledged, held)
				}
				mustHold(t, s, held, l.sets[held%2])
				if err := s.Resume(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			if left, err := s.Leftovers("sltd"); err != nil || len(left) > 0 {
				t.Errorf("this is left: %v, %v", left, err)
			}
			held := s.Position("sltd")
			apply(t, s, l.delta(held.Sequence+1, held))
			mustHold(t, s, held.Sequence+1, l.sets[(held.Sequence+1)%2])
		})
	}
}

// workOnAFailingDisk runs the child to its end, and returns the release that it
// served then.
func (l *largeList) workOnAFailingDisk(t *testing.T, dir, how string) (acknowledged uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // whoever hangs, hangs for ever
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestWorkOnAFailingDisk$")
	child.Env = append(os.Environ(), faultFolder+"="+dir, faultHow+"="+how)
	out, err := child.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("\ndone\n")) || bytes.Contains(out, []byte("WRONG")) {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		fmt.Sscanf(line, "acknowledged %d", &acknowledged)
		if strings.HasPrefix(line, "ended apply") && !strings.Contains(line, "<nil>") && !namesItsCause(line) {
			t.Errorf("no cause is named: %s", line)
		}
	}
	return acknowledged
}

// namesItsCause reports whether an error says what the disk has answered, or
// that the release does not follow the one that is held.
func namesItsCause(line string) bool {
	return strings.Contains(line, "input/output error") || strings.Contains(line, "no space left") || strings.Contains(line, "read-only file system") || strings.Contains(line, cache.ErrBase.Error())
}
