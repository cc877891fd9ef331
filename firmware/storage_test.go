package firmware_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/drivers"
	"portcullis/firmware"
	"portcullis/firmware/health"
)

// tried has a disk tried for ten minutes, of which nobody has to wait, and returns
// what that has come to.
func tried(t *testing.T, dir string, alsoBeats bool) (got health.Beats) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		pulse := new(health.Pulse)
		if alsoBeats {
			var log sync.WaitGroup
			defer log.Wait()
			log.Go(func() {
				for ctx.Err() == nil {
					pulse.Beat()
					time.Sleep(7 * time.Second)
				}
			})
			synctest.Wait()
			time.Sleep(time.Second)
		}
		if err := (firmware.Storage{Dir: dir, Pulse: pulse}).Run(ctx); err != nil {
			t.Error(err)
		}
		got = pulse.Now()
	})
	return got
}

func TestADiskThatAnswersBeats(t *testing.T) {
	if got := tried(t, t.TempDir(), false); got.Count < 20 || got.Fails != "" {
		t.Errorf("got %+v", got)
	}
}

func TestADiskThatAnswersWithErrorsBeatsAndFails(t *testing.T) {
	if got := tried(t, filepath.Join(t.TempDir(), "none"), false); got.Count < 20 || !strings.HasPrefix(got.Fails, "try disk: ") {
		t.Errorf("got %+v", got)
	}
}

func TestAFullDiskIsNoReasonToRestart(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		needs(t, "the right to mount a small file system: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	if err := os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 1<<20), 0o600); err == nil {
		t.Fatal("the disk is not full")
	}
	if got := tried(t, dir, false); got.Count < 20 || got.Fails != "" {
		t.Errorf("got %+v", got)
	}
}

func TestWhileTheLogIsWrittenTheDiskIsTriedOnceAtMost(t *testing.T) {
	with := tried(t, t.TempDir(), true)
	const beats = 10 * 60 / 7 // of the log
	if with.Count < beats || with.Count > beats+2 {
		t.Errorf("%d beats, want those %d of the log, and one of the disk", with.Count, beats)
	}
}

// told is a supervisor that passes on what it is told.
type told chan string

func (c told) Ready() error        { return nil }
func (c told) Stopping() error     { return nil }
func (c told) Tell(s string) error { c <- s; return nil }

// await waits for a status that begins so.
func (c told) await(prefix string) string {
	for s := range c {
		if strings.HasPrefix(s, prefix) {
			return s
		}
	}
	return ""
}

// TestADiskThatDoesNotAnswerStopsTheFeeding freezes a file system under a storage
// that is tried: no write to it returns, as with a card whose controller hangs.
func TestADiskThatDoesNotAnswerStopsTheFeeding(t *testing.T) {
	dir := mountExt4(t)
	w, statuses := new(firmware.Watchdog), make(told, 100)
	dog, steps := make(countingDog, 1000), make(chan struct{}, 1000)
	storage := firmware.Storage{Dir: dir, Pulse: w.Pulse(health.Storage), Every: 10 * time.Millisecond}
	parts := firmware.WatchdogParts{
		Supervisor: statuses, Dogs: []drivers.Watchdog{dog}, Within: 2 * time.Second,
		Wall: func() time.Time {
			dog.note(steps)
			return time.Now()
		},
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- firmware.Run(ctx,
			firmware.Loop{Name: "storage", Run: storage.Run},
			firmware.Loop{Name: "watchdog", Run: func(ctx context.Context) error { return w.Run(ctx, parts) }})
	}()
	statuses.await("the lane takes travellers")
	<-dog
	thaw := freeze(t, dir)
	statuses.await("not fed: storage has stood still for ")
	for len(dog) > 0 {
		<-dog
	}
	for len(steps) > 0 {
		<-steps
	}
	for range 20 {
		<-steps
	}
	if len(dog) > 0 {
		t.Errorf("it was fed %d times although the disk does not answer", len(dog))
	}
	thaw()
	statuses.await("the lane takes travellers")
	<-dog
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A countingDog passes on that it was fed.
type countingDog chan struct{}

func (countingDog) Name() string           { return "dog" }
func (countingDog) Timeout() time.Duration { return 40 * time.Millisecond }
func (d countingDog) Feed() error          { d.note(d); return nil }

// note notes that something was done; what nobody has looked at for long is lost.
func (countingDog) note(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// mountExt4 mounts a small file system of a file.
func mountExt4(t *testing.T) string {
	t.Helper()
	image, dir := filepath.Join(t.TempDir(), "disk"), t.TempDir()
	for _, args := range [][]string{
		{"truncate", "-s", "16M", image}, {"/usr/sbin/mke2fs", "-q", "-t", "ext4", image}, {"mount", "-o", "loop", image, dir},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			needs(t, "the right to mount a file system of a file: %v: %v\n%s", args, err, out)
		}
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// FIFREEZE and FITHAW of linux/fs.h.
const (
	fiFreeze = 0xc0045877
	fiThaw   = 0xc0045878
)

// freeze has no write to a file system return until it is thawed.
func freeze(t *testing.T, dir string) (thaw func()) {
	t.Helper()
	d, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetInt(int(d.Fd()), fiFreeze, 0); err != nil {
		needs(t, "a file system that can be frozen: %v", err)
	}
	frozen := true
	thaw = func() {
		if frozen {
			frozen = false
			_ = unix.IoctlSetInt(int(d.Fd()), fiThaw, 0) // if that fails nothing else goes on
		}
		d.Close()
	}
	t.Cleanup(thaw)
	return thaw
}

// needs skips a test for want of something, unless nothing may be skipped.
func needs(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("PORTCULLIS_REQUIRE") != "" {
		t.Fatalf("needs "+format, args...)
	}
	t.Skipf("needs "+format, args...)
}
