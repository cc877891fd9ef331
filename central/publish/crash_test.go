package publish_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/central/keys"
	"portcullis/central/publish"
	"portcullis/central/roles"
)

// What tells this test binary, started again, to publish and to be killed.
const (
	childSite = "PUBLISH_TEST_SITE"  // the repository
	childKeys = "PUBLISH_TEST_KEYS"  // folders of keys
	childDies = "PUBLISH_TEST_DIES"  // at which of the moments that it is told of
	childWork = "PUBLISH_TEST_WORK"  // change, close, recut or pending
	childHour = "PUBLISH_TEST_HOURS" // after noon
)

func TestMain(m *testing.M) {
	if os.Getenv(childSite) != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

// child publishes, and kills itself.
func child() int {
	ring, err := keys.Open(nil, strings.Fields(os.Getenv(childKeys))...)
	if err != nil {
		return fail(err)
	}
	p, err := publish.New(publish.Options{Dir: os.Getenv(childSite), List: "sltd", KeyID: keyID, Ring: ring, Policy: bold()})
	if err != nil {
		return fail(err)
	}
	moment, _ := strconv.Atoi(os.Getenv(childDies))
	p.Step(func(string) {
		if moment--; moment == 0 {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
	hour, _ := strconv.Atoi(os.Getenv(childHour))
	records := feedtest.Records(1, 20000)
	switch os.Getenv(childWork) {
	case "change":
		_, err = p.Publish(context.Background(), hours(hour), list.Difference(records[:4000], records[20:4000]))
	case "close":
		_, err = p.Publish(context.Background(), hours(hour), list.Change{Added: records[5000:5003]})
	case "recut":
		_, err = p.PublishAll(context.Background(), hours(hour), sorted(records[:19000]))
	case "pending":
		_, err = p.PublishAll(context.Background(), hours(hour), sorted(records[:2000]))
	case "approve":
		_, err = p.Approve(context.Background(), hours(hour), ring)
	}
	if err != nil {
		return fail(err)
	}
	return 0
}

// bold is a policy that lets great changes pass.
func bold() publish.Policy {
	p := publish.DefaultPolicy()
	p.GateRecords = 1 << 30
	return p
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// dies has a child do some work, and be killed at a moment; it returns false
// when the work was done before.
func (s *site) dies(work string, hour, moment int, ring ...string) bool {
	s.t.Helper()
	var places []string
	for _, role := range append(ring, roles.List, roles.Snapshot, roles.Timestamp) {
		places = append(places, s.keys[role]...)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childSite+"="+s.dir, childKeys+"="+strings.Join(places, " "),
		childDies+"="+strconv.Itoa(moment), childWork+"="+work, childHour+"="+strconv.Itoa(hour))
	said, err := cmd.CombinedOutput()
	if err == nil {
		return false
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		s.t.Fatalf("%s, moment %d: %v: %s", work, moment, err, said)
	}
	return true
}

// TestKillAtEveryMomentLeavesAWholeRelease kills a process that publishes before
// and after each file that it writes. What a device then sees is whole, and what
// comes after never says something else under a number that was signed.
func TestKillAtEveryMomentLeavesAWholeRelease(t *testing.T) {
	records := feedtest.Records(1, 20000)
	for _, c := range []struct {
		work  string
		wants []list.Record
	}{{"change", records[20:4000]}, {"recut", records[:19000]}} {
		t.Run(c.work, func(t *testing.T) {
			moment := 1
			for killed(t, c.work, c.wants, moment) {
				moment++
			}
			if moment < 12 {
				t.Errorf("only %d moments", moment)
			}
		})
	}
}

// killed is one kill; it returns false when there was no such moment.
func killed(t *testing.T, work string, wants []list.Record, moment int) bool {
	s := newSiteIn(t, fast(t))
	records := feedtest.Records(1, 20000)
	o := s.options("sltd")
	o.Policy = bold()
	all(t, publisherOf(t, o), noon, records[:4000])
	d := s.device()
	s.follow(d)
	if !s.dies(work, 1, moment) {
		return false
	}
	seen := s.see(d).Manifest()
	s.follow(d)
	switch seen.Sequence {
	case 1:
		s.mustHold(d, 1, records[:4000])
	case 2:
		s.mustHold(d, 2, wants)
	}
	// Whatever comes next, the number is given once.
	all(t, publisherOf(t, o), hours(2), wants)
	s.follow(d)
	if v := s.see(d).Manifest(); v.Sequence != 2 {
		t.Errorf("moment %d: release %d follows", moment, v.Sequence)
	}
	s.mustHold(d, 2, wants)
	all(t, publisherOf(t, o), hours(3), wants[:len(wants)-1])
	s.follow(d)
	s.mustHold(d, 3, wants[:len(wants)-1])
	s.mustHaveOneManifestANumber()
	if left, _ := filepath.Glob(filepath.Join(s.dir, "sltd", ".state", "new-*")); len(left) > 0 {
		t.Errorf("moment %d: %v is left", moment, left)
	}
	return true
}

var sequence = regexp.MustCompile(`"sequence":([0-9]+),"issued"`)

// mustHaveOneManifestANumber expects that no two releases were written under one
// number.
func (s *site) mustHaveOneManifestANumber() {
	s.t.Helper()
	seen := map[string]string{}
	for name, data := range s.bytes() {
		if !strings.HasSuffix(name, ".release.json") {
			continue
		}
		n := sequence.FindStringSubmatch(data)[1]
		if other, twice := seen[n]; twice {
			s.t.Errorf("%s and %s are both release %s", name, other, n)
		}
		seen[n] = name
	}
}

func TestAFullDiskLosesNothing(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=700k"); err != nil {
		t.Skipf("mount: %v", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH) // a process that has just been forked may hold a file
	s := newSiteIn(t, dir)
	records := feedtest.Records(1, 20000)
	p := s.publisher()
	all(t, p, noon, records[:6000])
	d := s.device()
	s.follow(d)
	refused := 0
	for i := 1; i < 40; i++ {
		room := filepath.Join(dir, "room")
		filled := fill(t, room, 8*i)
		_, err := p.Publish(context.Background(), hours(i), list.Difference(records[:6000], records[1:6000]))
		os.Remove(room)
		if err == nil || errors.Is(err, list.ErrConflict) { // what was refused before is now completed
			break
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("with %d kB of room: %v", filled, err)
		}
		refused++
		s.follow(d)
		s.mustHold(d, 1, records[:6000])
	}
	if refused == 0 {
		t.Fatal("the disk was never full")
	}
	all(t, p, hours(50), records[1:6000])
	s.follow(d)
	s.mustHold(d, 2, records[1:6000])
	s.mustHaveOneManifestANumber()
}

// fill takes all room but so many kilobytes.
func fill(t *testing.T, name string, leave int) int {
	t.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(name), &fs); err != nil {
		t.Fatal(err)
	}
	size := int64(fs.Bavail)*fs.Bsize - int64(leave)<<10
	f, err := os.Create(name)
	if err == nil && size > 0 {
		_, err = f.Write(make([]byte, size))
	}
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	return leave
}

func TestOnePublisherAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		p, other := s.publisher(), s.publisher()
		p.Step(func(name string) {
			if _, err := other.PublishAll(context.Background(), noon, sorted(nil)); !errors.Is(err, publish.ErrBusy) {
				t.Errorf("while %s is written: %v, want %v", name, err, publish.ErrBusy)
			}
		})
		all(t, p, noon, feedtest.Records(1, 10))
		all(t, other, hours(1), feedtest.Records(1, 9))
	})
}

// A service signs a timestamp while two approve.
func TestWhoeverApprovesWaitsForAnotherPublisher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d, _, want := waiting(t)
		p, other := s.publisher(), s.publisher()
		var made publish.Approval
		done := make(chan error)
		approve := sync.OnceFunc(func() {
			go func() {
				var err error
				made, err = other.Approve(context.Background(), hours(3), s.ring(roles.Bulk))
				done <- err
			}()
			synctest.Wait() // until it waits, or has given up
		})
		p.Step(func(string) { approve() })
		if _, err := p.Refresh(context.Background(), hours(2)); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil || !made.Made {
			t.Errorf("%+v, %v", made, err)
		}
		s.follow(d)
		s.mustHold(d, 2, want)
	})
}

func TestTwoListsArePublishedAtOnce(t *testing.T) {
	s := newSite(t)
	done := make(chan error)
	names := []string{"sltd", "tdawn"}
	for _, name := range names {
		p := publisherOf(t, s.options(name))
		go func() {
			var err error
			for i := 0; i < 5 && err == nil; i++ {
				_, err = p.PublishAll(context.Background(), time.Now().Add(time.Hour), sorted(feedtest.Records(1, 500+i)))
			}
			done <- err
		}()
	}
	for range names {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if m, err := s.publisher().Latest(context.Background()); err != nil || m.Sequence != 5 {
		t.Errorf("release %d, %v", m.Sequence, err)
	}
}
