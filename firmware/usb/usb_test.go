package usb_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/firmware/usb"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// A desk is where sticks are plugged in, and what was handed over of them. Its test
// has it but while it lets looks pass.
type desk struct {
	dir   string
	mu    sync.Mutex // guards what follows
	found []string
	with  func(folder string) error
}

// watch looks for sticks while the test goes on.
func watch(t *testing.T, do func(d *desk)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{dir: dir}
		w := &usb.Watcher{Paths: []string{dir, filepath.Join(dir, "none")}, Log: slog.New(slog.DiscardHandler), Found: func(_ context.Context, folder string) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			rel, err := filepath.Rel(dir, folder)
			d.found = append(d.found, rel)
			if d.with != nil {
				err = d.with(folder)
			}
			return err
		}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		synctest.Wait() // after its first look: a stick that comes in the midst of one is found half written
		d.mu.Lock()
		do(d)
		d.mu.Unlock()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// mustFind lets some looks pass, and checks what was found in them.
func (d *desk) mustFind(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Unlock()
	time.Sleep(4 * usb.Every) // of the bubble
	synctest.Wait()
	d.mu.Lock()
	slices.Sort(d.found)
	if !slices.Equal(d.found, want) {
		t.Errorf("it found %q, want %q", d.found, want)
	}
	d.found = nil
}

func TestAStickIsHandedOverOnceEachTimeItComes(t *testing.T) {
	watch(t, func(d *desk) {
		d.mustFind(t)
		write(t, filepath.Join(d.dir, "A/portcullis/sltd/x.bin"), "x")
		write(t, filepath.Join(d.dir, "officer/B/timestamp.json"), "{}")
		write(t, filepath.Join(d.dir, "C/photos/x.jpg"), "")
		d.mustFind(t, "A/portcullis", "officer/B")
		d.mustFind(t)
		write(t, filepath.Join(d.dir, "A/portcullis/sltd/y.bin"), "y")
		d.mustFind(t, "A/portcullis")
		if err := os.RemoveAll(filepath.Join(d.dir, "A")); err != nil {
			t.Fatal(err)
		}
		d.mustFind(t)
		write(t, filepath.Join(d.dir, "A/portcullis/sltd/x.bin"), "x")
		d.mustFind(t, "A/portcullis")
	})
}

func TestAStickThatIsPulledWhileItIsReadIsForgotten(t *testing.T) {
	watch(t, func(d *desk) {
		d.with = func(folder string) error {
			f, err := os.Open(filepath.Join(folder, "timestamp.json"))
			if err != nil {
				return err
			}
			defer f.Close()
			return errors.Join(os.RemoveAll(folder), errors.New("read timestamp.json: input/output error"))
		}
		write(t, filepath.Join(d.dir, "A/timestamp.json"), "{}")
		d.mustFind(t, "A")
		d.mustFind(t)
		d.with = nil
		write(t, filepath.Join(d.dir, "A/timestamp.json"), "{}")
		d.mustFind(t, "A")
	})
}

func TestAStickThatCannotBeUsedIsNotTriedAgainAndAgain(t *testing.T) {
	watch(t, func(d *desk) {
		d.with = func(string) error { return errors.New("wrong-key") }
		write(t, filepath.Join(d.dir, "A/timestamp.json"), "{}")
		d.mustFind(t, "A")
		d.mustFind(t)
	})
}

func TestLinksAndPipesOnAStickAreNotFollowed(t *testing.T) {
	watch(t, func(d *desk) {
		outside := t.TempDir()
		write(t, filepath.Join(outside, "timestamp.json"), "{}")
		err := errors.Join(
			os.Symlink(outside, filepath.Join(d.dir, "A")),
			os.Mkdir(filepath.Join(d.dir, "B"), 0o700), os.Symlink(outside, filepath.Join(d.dir, "B/portcullis")),
			os.Mkdir(filepath.Join(d.dir, "C"), 0o700), os.Symlink(filepath.Join(outside, "timestamp.json"), filepath.Join(d.dir, "C/timestamp.json")),
			os.Mkdir(filepath.Join(d.dir, "D"), 0o700), syscall.Mkfifo(filepath.Join(d.dir, "D/timestamp.json"), 0o600),
			os.Mkdir(filepath.Join(d.dir, "E"), 0o700), os.Symlink("..", filepath.Join(d.dir, "E/round")),
			os.MkdirAll(filepath.Join(d.dir, "F/timestamp.json"), 0o700),
		)
		if err != nil {
			t.Fatal(err)
		}
		d.mustFind(t)
	})
}

// TestARealStickComesAndGoes mounts one, and takes it away while it is in use.
func TestARealStickComesAndGoes(t *testing.T) {
	watch(t, func(d *desk) {
		stick := filepath.Join(d.dir, "STICK")
		plug := func() error { return syscall.Mount("none", stick, "tmpfs", 0, "size=1m") }
		if err := errors.Join(os.Mkdir(stick, 0o700), plug()); err != nil {
			t.Skip("needs root, to mount a stick")
		}
		defer syscall.Unmount(stick, syscall.MNT_DETACH)
		d.with = func(folder string) error {
			f, err := os.Open(filepath.Join(folder, "timestamp.json"))
			if err != nil {
				return err
			}
			defer f.Close()
			return syscall.Unmount(stick, syscall.MNT_DETACH)
		}
		write(t, filepath.Join(stick, "timestamp.json"), "{}")
		d.mustFind(t, "STICK")
		d.with = nil
		d.mustFind(t)
		if err := plug(); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(stick, "timestamp.json"), "{}")
		d.mustFind(t, "STICK")
	})
}
