package tty_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/tty"
)

// deadline is far more than anything here takes: a test that waits so long has
// found something that hangs.
const deadline = 30 * time.Second

var (
	line9600   = tty.Line{Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1}
	native9600 = tty.Line{Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1, Native: true}
)

// onBoth runs a test on tarm/serial, and on the kernel's own interface.
func onBoth(t *testing.T, test func(t *testing.T, line tty.Line)) {
	t.Run("tarm", func(t *testing.T) { test(t, line9600) })
	t.Run("native", func(t *testing.T) {
		drivertest.NeedsTermios2(t)
		test(t, native9600)
	})
}

// pair returns the device's end of a pseudo-terminal, and the path of ours.
// The device reads nothing unless a test does.
func pair(t *testing.T) (device *os.File, path string) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	path = slave.Name()
	t.Cleanup(func() {
		_ = slave.Close()
		_ = master.Close()
	})
	return master, path
}

func open(t *testing.T, path string, line tty.Line) tty.Port {
	t.Helper()
	p, err := tty.Open(t.Context(), path, line)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// within fails the test when f does not return.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(deadline):
		t.Fatalf("%s hangs", what)
	}
}

// readAll reads until it has n bytes.
func readAll(t *testing.T, p tty.Port, n int) []byte {
	t.Helper()
	var got []byte
	buf := make([]byte, 256)
	for end := time.Now().Add(deadline); len(got) < n; {
		k, err := p.Read(t.Context(), buf)
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, buf[:k]...); time.Now().After(end) {
			t.Fatalf("got %d bytes of %d", len(got), n)
		}
	}
	return got
}

// readError reads until there is an error, and says how many reads that took.
func readError(t *testing.T, p tty.Port) (reads int, err error) {
	t.Helper()
	buf := make([]byte, 256)
	for end := time.Now().Add(deadline); time.Now().Before(end); {
		reads++
		if _, err := p.Read(t.Context(), buf); err != nil {
			return reads, err
		}
	}
	t.Fatal("no error")
	return 0, nil
}

func TestEveryByteValueArrivesUnchanged(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		device, path := pair(t)
		p := open(t, path, line)
		var want []byte
		for i := range 256 {
			want = append(want, byte(i))
		}
		if _, err := device.Write(want); err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, p, 256); !bytes.Equal(got, want) {
			t.Errorf("read % x, want % x", got, want)
		}
		if err := p.Write(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 0, 256)
		for len(got) < 256 {
			buf := make([]byte, 256)
			n, err := device.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, buf[:n]...)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("device read % x, want % x", got, want)
		}
	})
}

func TestSilenceIsNoError(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		_, path := pair(t)
		p := open(t, path, line)
		began := time.Now()
		for range 5 {
			if n, err := p.Read(t.Context(), make([]byte, 8)); n != 0 || err != nil {
				t.Fatalf("Read = %d, %v; want 0, nil", n, err)
			}
		}
		if took := time.Since(began); took < 250*time.Millisecond {
			t.Errorf("5 empty reads took %v: they do not wait", took)
		}
	})
}

func TestHangUpIsGoneAfterAFewReads(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		device, path := pair(t)
		p := open(t, path, line)
		if err := device.Close(); err != nil {
			t.Fatal(err)
		}
		reads, err := readError(t, p)
		if !errors.Is(err, tty.ErrGone) || reads > 4 {
			t.Errorf("after %d reads: %v, want ErrGone after 4 at most", reads, err)
		}
		if _, err := p.Read(t.Context(), make([]byte, 8)); !errors.Is(err, tty.ErrGone) {
			t.Errorf("Read after that = %v, want ErrGone", err)
		}
	})
}

// A USB port that is pulled is hung up by the kernel while its descriptor
// stays: reads return at once with nothing, for ever.
func TestHangUpWithoutAnErrorIsGone(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		if os.Getuid() != 0 {
			t.Skip("hanging up a terminal needs root")
		}
		_, path := pair(t)
		p := open(t, path, line)
		other, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if err := unix.IoctlSetInt(int(other.Fd()), unix.TIOCVHANGUP, 0); err != nil {
			t.Skipf("this system hangs up no terminal: %v", err)
		}
		reads, err := readError(t, p)
		if !errors.Is(err, tty.ErrGone) || reads > 3 {
			t.Errorf("after %d reads: %v, want ErrGone after 3 at most", reads, err)
		}
	})
}

func TestANameThatMeansAnotherDeviceIsGone(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		_, path := pair(t)
		_, other := pair(t)
		link := t.TempDir() + "/reader"
		for _, c := range []struct {
			name   string
			change func() error
		}{
			{"taken away", func() error { return os.Remove(link) }},
			{"given to another", func() error { return errors.Join(os.Remove(link), os.Symlink(other, link)) }},
		} {
			if err := os.Symlink(path, link); err != nil {
				t.Fatal(err)
			}
			p := open(t, link, line)
			if err := c.change(); err != nil {
				t.Fatal(err)
			}
			if reads, err := readError(t, p); !errors.Is(err, tty.ErrGone) || reads > 2 {
				t.Errorf("%s: after %d reads: %v, want ErrGone after 2 at most", c.name, reads, err)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestCloseDoesNotHangWhileReadWaits(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		_, path := pair(t)
		p := open(t, path, line)
		reading, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			close(reading)
			for {
				if _, err := p.Read(t.Context(), make([]byte, 8)); err != nil {
					return
				}
			}
		}()
		<-reading
		within(t, "Close", func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
		within(t, "Read", func() { <-ended })
	})
}

func TestNothingIsDoneForAContextThatIsDone(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		_, path := pair(t)
		p := open(t, path, line)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 20 {
			if _, err := p.Read(ctx, make([]byte, 8)); !errors.Is(err, context.Canceled) {
				t.Errorf("Read = %v, want Canceled", err)
			}
			if err := p.Write(ctx, []byte("A")); !errors.Is(err, context.Canceled) || errors.Is(err, tty.ErrWedged) {
				t.Errorf("Write = %v, want Canceled", err)
			}
		}
	})
}
