package cache_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/list"
)

const (
	crashFolder = "CACHE_TEST_FOLDER" // of the store that a child process writes to
	crashRounds = 12
)

// crashList is what the list holds after release n of the crash test.
func crashList(n uint64) []list.Record {
	return append(randomRecords(1, 600)[n%100:], randomRecords(1000+n, 40)...)
}

// resume returns a publisher that has published release n of the crash test.
func resume(t testing.TB, n uint64) *publisher {
	p := &publisher{t: t, shardBits: 5, sequence: n}
	if n > 0 {
		p.sequence--
		p.release(crashList(n))
	}
	return p
}

// TestApplyUntilKilled is the child of the test below: it applies releases and
// says so until it is killed.
func TestApplyUntilKilled(t *testing.T) {
	dir := os.Getenv(crashFolder)
	if dir == "" {
		return // not a child
	}
	s := openStore(t, dir)
	p := resume(t, s.Position("sltd").Sequence)
	fmt.Println("ready")
	for {
		contents := p.release(crashList(p.sequence + 1))
		c, ok := contents[feed.Delta]
		if !ok || p.sequence%4 == 0 {
			c = contents[feed.Snapshot]
		}
		apply(t, s, c)
		fmt.Println("applied", p.sequence)
	}
}

func TestKillingTheProcessLosesNothing(t *testing.T) {
	dir := storeFolder(t)
	openStore(t, dir).Close()
	acknowledged := uint64(0)
	for range crashRounds {
		acknowledged = max(acknowledged, applyAndKill(t, dir))
		s := openStore(t, dir)
		held := s.Position("sltd").Sequence
		if held != acknowledged && held != acknowledged+1 {
			t.Fatalf("release %d was acknowledged, and release %d is held", acknowledged, held)
		}
		if held > 0 {
			mustHold(t, s, held, crashList(held))
		}
		if err := s.Resume(context.Background()); err != nil {
			t.Fatal(err)
		}
		resumed := s.Position("sltd").Sequence
		if resumed != held && resumed != acknowledged+1 {
			t.Fatalf("release %d was acknowledged, and release %d is held after it was resumed", acknowledged, resumed)
		}
		if resumed > 0 {
			mustHold(t, s, resumed, crashList(resumed))
		}
		acknowledged = resumed
		s.Close()
	}
	if acknowledged < crashRounds/2 {
		t.Errorf("only %d releases were applied: the test kills too early", acknowledged)
	}
}

// applyAndKill lets a child process apply releases for a moment, kills it, and
// returns the last release that it acknowledged.
func applyAndKill(t *testing.T, dir string) (last uint64) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestApplyUntilKilled$")
	child.Env = append(os.Environ(), crashFolder+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for left := rand.IntN(4); lines.Scan(); left-- {
		if left == 0 { // some way into the next release
			time.AfterFunc(time.Duration(rand.IntN(40))*time.Millisecond, func() { child.Process.Kill() })
		}
		if n, ok := strings.CutPrefix(lines.Text(), "applied "); ok {
			last, _ = strconv.ParseUint(n, 10, 64)
		}
	}
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return last
}

func TestLookupsGoOnWhileReleasesAreApplied(t *testing.T) {
	s := openStore(t, storeFolder(t))
	stays := record(t, "AB12345", list.Passport, "UTO", list.Stolen)
	p := &publisher{t: t, shardBits: 3}
	apply(t, s, p.release([]list.Record{stays})[feed.Snapshot])

	ctx, cancel := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for ctx.Err() == nil {
				a, err := s.Lookup(cache.Query{Number: "AB12345", Class: list.Passport, Issuer: "UTO"})
				if err != nil || len(a.Matches) != 1 || a.Lists[0].Err != nil {
					t.Errorf("during an update the look-up answers %+v, %v", a, err)
					return
				}
			}
		})
	}
	for n := range uint64(30) {
		c := p.release(append(randomRecords(n, 200), stays))
		apply(t, s, c[[]feed.Kind{feed.Snapshot, feed.Delta}[n%2]])
	}
	cancel()
	readers.Wait()
}

// TestAFullDiskIsRefusedBeforeItIsFull needs the right to mount.
func TestAFullDiskIsRefusedBeforeItIsFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=160m"); err != nil {
		t.Skipf("needs the right to mount a small file system: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	s := openStore(t, filepath.Join(dir, "lists"))
	p := &publisher{t: t}
	apply(t, s, p.release(randomRecords(1, 100))[feed.Snapshot])

	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 60<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	next := p.release(randomRecords(2, 100))[feed.Delta]
	if err := s.Apply(context.Background(), next); err == nil || !strings.Contains(err.Error(), "MB are needed") {
		t.Fatalf("applied on a full disk: %v", err)
	}
	mustHold(t, s, 1, randomRecords(1, 100))
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	apply(t, s, next)
	mustHold(t, s, 2, randomRecords(2, 100))
	s.Close()
}

func TestAStoreThatWasNotClosedIsToldFromADamagedOne(t *testing.T) {
	source, dir := storeFolder(t), storeFolder(t)
	s := openStore(t, source)
	p := &publisher{t: t}
	apply(t, s, p.release(randomRecords(1, 10))[feed.Snapshot])
	if err := os.CopyFS(dir, os.DirFS(source)); err != nil { // as a crash would leave it
		t.Fatal(err)
	}
	readOnly := options()
	readOnly.ReadOnly = true
	if _, err := cache.Open(dir, readOnly); !errors.Is(err, cache.ErrUnclean) {
		t.Errorf("opened to read: %v, want %v", err, cache.ErrUnclean)
	}
	mustHold(t, openStore(t, dir), 1, randomRecords(1, 10))
}
