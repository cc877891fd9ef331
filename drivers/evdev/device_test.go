package evdev_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/evdev"
	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
)

var _ reader.Link = (*evdev.Device)(nil)

// A fifo stands in for an input device: it goes one way, can be waited for, and
// ends when its writer goes.
type fifo struct{ *os.File }

func (f fifo) Send(b []byte) error         { _, err := f.Write(b); return err }
func (f fifo) Receive(int) ([]byte, error) { return nil, errors.New("a FIFO hears nothing") }
func (f fifo) Unplug() error               { return f.Close() }

func newFIFO(t *testing.T) (path string, peer fifo) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "event0")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	keep, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // or the writer would not open
	if err != nil {
		t.Fatal(err)
	}
	defer keep.Close()
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return path, fifo{w}
}

func TestLink(t *testing.T) {
	drivertest.TestLink(t, func(t *testing.T) drivertest.LinkBench {
		path, peer := newFIFO(t)
		return drivertest.LinkBench{
			Open: func(ctx context.Context) (reader.Link, error) { return evdev.OpenFake(ctx, path) },
			Peer: peer, Gone: evdev.ErrGone, Busy: evdev.ErrBusy, OneWay: evdev.ErrOneWay,
		}
	})
}

func TestWhatWasTypedBeforeTheGrabIsThrownAway(t *testing.T) {
	path, peer := newFIFO(t)
	keep, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer keep.Close()
	if err := peer.Send(make([]byte, 24*200)); err != nil {
		t.Fatal(err)
	}
	d, err := evdev.OpenFake(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if n, err := d.Read(t.Context(), make([]byte, 512)); n != 0 || err != nil {
		t.Errorf("Read = %d, %v; want 0, nil", n, err)
	}
}

func TestWhatIsNoInputDeviceIsRefused(t *testing.T) {
	path, _ := newFIFO(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, file, "/dev/null"} {
		if d, err := evdev.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Open of %s = %v, %v; want an error that names it", path, d, err)
		}
	}
	if _, err := evdev.Open(t.Context(), file+"x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open of nothing = %v, want ErrNotExist", err)
	}
}

// TestRealDevice runs where there is an input device: PORTCULLIS_EVDEV names its
// node, and PORTCULLIS_EVDEV_WANT what is typed on it while the test runs, its lines
// separated by a space. The test says READY on its standard output when to begin.
func TestRealDevice(t *testing.T) {
	node, want := os.Getenv("PORTCULLIS_EVDEV"), strings.Fields(os.Getenv("PORTCULLIS_EVDEV_WANT"))
	if node == "" {
		t.Skip("PORTCULLIS_EVDEV names no input device")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	d, err := evdev.Open(ctx, node)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := evdev.Open(ctx, node); !errors.Is(err, evdev.ErrBusy) {
		t.Errorf("second Open = %v, want ErrBusy", err)
	}
	framer, err := wire.New(wire.Framing{Kind: "keys", IdleMS: 2000}.WithDefaults())
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("READY\n")
	buf := make([]byte, 4096)
	for {
		n, err := d.Read(ctx, buf)
		if err != nil {
			t.Fatal(err)
		}
		frames := append(framer.Push(time.Now(), buf[:n]), framer.Idle(time.Now())...)
		for _, f := range frames {
			if got := strings.Join(f.Lines, " "); got != strings.Join(want, " ") {
				t.Errorf("%v: lines are %q, want %q", f, f.Lines, want)
			}
			return
		}
	}
}
