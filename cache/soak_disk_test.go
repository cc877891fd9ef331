package cache_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/cache"
)

// smallDisk mounts one. It needs the right to.
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		t.Skipf("needs the right to mount a small file system: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fillTo leaves so many bytes free of a disk.
func fillTo(t *testing.T, dir string, free int64) {
	t.Helper()
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "filler"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	take := int64(stat.Bavail)*int64(stat.Bsize) - free
	if take <= 0 {
		return
	}
	if err := unix.Fallocate(int(f.Fd()), 0, 0, take); err != nil && !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
}

// TestADiskThatFillsUpAtAnyTimeLosesNothing has another program fill the disk
// to any degree, before or while a process works on the lists. The process may
// refuse, fail or end, as Badger writes through memory maps; with room again
// the next one finds the store whole.
func TestADiskThatFillsUpAtAnyTimeLosesNothing(t *testing.T) {
	disk := smallDisk(t, 180)
	s := newSoakIn(t, filepath.Join(disk, "lists"))
	rounds, ended := 12, map[string]int{}
	if os.Getenv(soakRounds) != "" {
		rounds = 200
	}
	for range rounds {
		plan := []string{"open resume delta close", "open resume load close", "open resume delta delta delta close"}[s.rnd.IntN(3)]
		steps := strings.Count(plan, " ") + 1
		k, code := s.fill(plan, disk, s.rnd.IntN(steps), s.rnd.Int64N(256<<10<<(5*s.rnd.IntN(3))))
		ended[code]++
		if err := os.Remove(filepath.Join(disk, "filler")); err != nil {
			t.Fatal(err)
		}
		s.check(k, false, false)
	}
	t.Logf("%d rounds: %v; release %d", rounds, ended, s.acknowledged)
}

// fill runs a child to its end, and fills the disk some way into a step.
func (s *soak) fill(plan, disk string, when int, free int64) (k kill, ended string) {
	child, lines := s.start(plan)
	child.Stderr = io.Discard
	for lines.Scan() {
		said := strings.Fields(lines.Text())
		switch said[0] {
		case "begin":
			if k = (kill{step: said[1]}); k.step == "delta" || k.step == "load" {
				k.release = s.acknowledged + 1
			}
			if said[2] == fmt.Sprint(when) {
				<-time.After(time.Duration(s.rnd.Int64N(int64(s.took(said[1], 0)))))
				fillTo(s.t, disk, free)
			}
		case "applied":
			s.acknowledged++
			k.release = 0
		case "idle":
			child.Process.Kill()
		}
	}
	switch err := child.Wait(); child.ProcessState.Sys().(syscall.WaitStatus).Signal() {
	case syscall.SIGKILL:
		return k, "done"
	default:
		return k, fmt.Sprint(err)
	}
}

func TestADiskThatIsReadOnlyIsSaidToBe(t *testing.T) {
	disk := smallDisk(t, 180)
	dir := filepath.Join(disk, "lists")
	m := newModel(t)
	s := openStore(t, dir)
	apply(t, s, m.next(m.publisher(t, 0))["snapshot"])
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if s, err := cache.Open(dir, options()); !errors.Is(err, syscall.EROFS) {
		t.Errorf("opened on a disk that is read-only: %v", err)
		if err == nil {
			s.Close()
		}
	}
	readOnly := options()
	readOnly.ReadOnly = true
	r, err := cache.Open(dir, readOnly)
	if err != nil {
		t.Fatal(err)
	}
	m.mustBeWhole(t, r)
	r.Close()
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	m.mustBeWhole(t, openStore(t, dir))
}
