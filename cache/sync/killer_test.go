package sync_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/sync"
)

// What tells this test binary, started again, to be a device that is killed.
const (
	childHome = "SYNC_TEST_HOME" // its folder
	childFrom = "SYNC_TEST_FROM" // the folder that it fetches from
	childDies = "SYNC_TEST_DIES" // a phase, how many of its moments pass, and how many microseconds then
)

func TestMain(m *testing.M) {
	if os.Getenv(childDies) != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

// child brings a device up to date, or publishes, and kills itself on the way.
func child() int {
	var d death
	fmt.Sscan(os.Getenv(childDies), &d.phase, &d.moment, &d.delay)
	var err error
	if s := os.Getenv(childSite); s != "" {
		err = publishAndDie(site(s), d)
	} else {
		err = d.follow(home(os.Getenv(childHome)), os.Getenv(childFrom))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// A death is when a child kills itself.
type death struct {
	phase         string
	moment, delay int
}

// dies has a child do its work, and be killed at a moment; it returns false when
// that was done before.
func dies(t *testing.T, death string, env ...string) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, childDies+"="+death)...)
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return false
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL && strings.Contains(string(said), "in "):
		return true
	}
	t.Fatalf("%s: %v: %s", death, err, said)
	return false
}

// at is a moment of a phase.
func (d *death) at(phase string) {
	if d.phase != phase {
		return
	}
	if d.moment--; d.moment != 0 {
		return
	}
	kill := func() {
		fmt.Println("in", phase)
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	if d.delay == 0 {
		kill()
	}
	time.AfterFunc(time.Duration(d.delay)*time.Microsecond, kill)
}

func (d *death) follow(h home, from string) error {
	root, err := os.ReadFile(filepath.Join(from, "1.root.json"))
	if err != nil {
		return err
	}
	if d.phase == "file" {
		if err := d.watch(string(h)); err != nil {
			return err
		}
	}
	store, err := h.open()
	if err != nil {
		return err
	}
	d.at("resume")
	if err := store.Resume(context.Background()); err != nil {
		return err
	}
	c, err := h.client(&dyingStore{store, d}, dyingSource{sync.Dir(from), d}, root)
	if err == nil {
		err = c.Once(context.Background())
	}
	if err != nil && sync.CodeOf(err) != sync.Expired { // the publisher's keys are those of some day
		return err
	}
	return store.Close()
}

// watch has each change of a file, in this folder or below, be a moment.
func (d *death) watch(dir string) error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return err
	}
	folders := map[int32]string{}
	add := func(dir string) error {
		wd, err := unix.InotifyAddWatch(fd, dir, unix.IN_CREATE|unix.IN_MODIFY|unix.IN_MOVED_TO|unix.IN_DELETE)
		folders[int32(wd)] = dir
		return err
	}
	err = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		return add(name)
	})
	if err != nil {
		return err
	}
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := unix.Read(fd, buf)
			if err != nil {
				return
			}
			for rest := buf[:n]; len(rest) >= unix.SizeofInotifyEvent; {
				wd, mask := int32(le32(rest)), le32(rest[4:])
				name := strings.TrimRight(string(rest[unix.SizeofInotifyEvent:unix.SizeofInotifyEvent+le32(rest[12:])]), "\x00")
				rest = rest[unix.SizeofInotifyEvent+le32(rest[12:]):]
				if mask&(unix.IN_CREATE|unix.IN_ISDIR) == unix.IN_CREATE|unix.IN_ISDIR {
					add(filepath.Join(folders[wd], name)) // which may be gone already
				}
				d.at("file")
			}
		}
	}()
	return nil
}

func le32(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// A dyingSource has each reading from a source be a moment.
type dyingSource struct {
	sync.Source
	death *death
}

// Open implements sync.Source.
func (s dyingSource) Open(ctx context.Context, name string, offset int64) (sync.Body, error) {
	b, err := s.Source.Open(ctx, name, offset)
	phase := "metadata"
	if strings.HasSuffix(name, ".bin") {
		phase = "spool"
	}
	b.ReadCloser = dyingReader{b.ReadCloser, phase, s.death}
	return b, err
}

type dyingReader struct {
	io.ReadCloser
	phase string
	death *death
}

// Read gives little at a time.
func (r dyingReader) Read(p []byte) (int, error) {
	r.death.at(r.phase)
	return r.ReadCloser.Read(p[:min(len(p), 5000)])
}

// A dyingStore has each thing that a client does with a store be a moment.
type dyingStore struct {
	*cache.Store
	death *death
}

// Apply implements sync.Store.
func (s *dyingStore) Apply(ctx context.Context, c feed.Content) error {
	s.death.at("apply")
	err := s.Store.Apply(ctx, c)
	s.death.at("peak")
	return err
}

// Checked implements sync.Store.
func (s *dyingStore) Checked(list string, at time.Time) error {
	s.death.at("check")
	err := s.Store.Checked(list, at)
	s.death.at("checked")
	return err
}
