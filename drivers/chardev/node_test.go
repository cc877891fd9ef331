package chardev_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"portcullis/drivers/chardev"
)

// deadline is far more than anything here takes.
const deadline = 30 * time.Second

// terminal returns the path of a node, and its far end.
func terminal(t *testing.T) (path string, device *os.File) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = slave.Close()
		_ = master.Close()
	})
	return slave.Name(), master
}

func open(t *testing.T, path string) *chardev.Node {
	t.Helper()
	n, err := chardev.Open(t.Context(), path, os.O_RDWR, chardev.Lock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func TestANameThatMeansAnotherDeviceIsGone(t *testing.T) {
	path, _ := terminal(t)
	other, _ := terminal(t)
	link := filepath.Join(t.TempDir(), "reader")
	for name, change := range map[string]func() error{
		"taken away":       func() error { return os.Remove(link) },
		"given to another": func() error { return errors.Join(os.Remove(link), os.Symlink(other, link)) },
	} {
		_ = os.Remove(link) // the test before may have left one
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		n := open(t, link)
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Read(t.Context(), make([]byte, 8)); !errors.Is(err, chardev.ErrGone) {
			t.Errorf("%s: Read = %v, want ErrGone", name, err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAnOpenThatIsGivenUpKeepsNothing(t *testing.T) {
	path, _ := terminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	entered, leave := make(chan struct{}), make(chan struct{})
	given := make(chan error, 1)
	go func() {
		_, err := chardev.Open(ctx, path, os.O_RDWR, func(fd int) error {
			close(entered)
			<-leave
			return chardev.Lock(fd)
		})
		given <- err
	}()
	<-entered
	cancel()
	if err := <-given; !errors.Is(err, context.Canceled) {
		t.Errorf("Open = %v, want Canceled", err)
	}
	close(leave)
	for end := time.Now().Add(deadline); ; {
		n, err := chardev.Open(t.Context(), path, os.O_RDWR, chardev.Lock)
		if err == nil {
			_ = n.Close()
			return
		}
		if !errors.Is(err, chardev.ErrBusy) || time.Now().After(end) {
			t.Fatalf("Open after that = %v", err)
		}
	}
}

func TestWhatAClaimSaysIsWhyItIsNotOpened(t *testing.T) {
	path, _ := terminal(t)
	for claim, want := range map[error]error{unix.EBUSY: chardev.ErrBusy, unix.EWOULDBLOCK: chardev.ErrBusy, unix.EPERM: unix.EPERM} {
		n, err := chardev.Open(t.Context(), path, os.O_RDWR, func(int) error { return claim })
		if n != nil || !errors.Is(err, want) {
			t.Errorf("claim says %v, Open %v; want %v", claim, err, want)
		}
	}
}

func TestAWriteThatIsGivenUpKeepsItsBytes(t *testing.T) {
	path, device := terminal(t)
	n := open(t, path)
	b := make([]byte, 1<<20)
	ctx, cancel := context.WithCancel(t.Context())
	written := make(chan error, 1)
	go func() { written <- n.Write(ctx, b) }()
	if _, err := device.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-written; !errors.Is(err, chardev.ErrWedged) {
		t.Fatalf("Write of what nobody takes = %v, want ErrWedged", err)
	}
	for i := range b { // the caller's slice is the caller's again
		b[i] = 'B'
	}
	late, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if err := n.Write(late, []byte("more")); !errors.Is(err, chardev.ErrWedged) {
		t.Errorf("Write behind it = %v, want ErrWedged", err)
	}
	buf := make([]byte, 1<<16)
	for got := 1; got < len(b); {
		k, err := device.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range buf[:k] {
			if c == 'B' {
				t.Fatal("the device gets what was written later")
			}
		}
		got += k
	}
	if err := n.Write(t.Context(), []byte("C")); err != nil {
		t.Errorf("Write after the device took it all = %v", err)
	}
}

func TestCloseEndsAWriteThatWaits(t *testing.T) {
	path, device := terminal(t)
	n := open(t, path)
	written := make(chan error, 1)
	go func() { written <- n.Write(t.Context(), make([]byte, 1<<20)) }()
	if _, err := device.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-written:
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("Write = %v, want ErrClosed", err)
		}
	case <-time.After(deadline):
		t.Fatal("Write hangs")
	}
}

func TestAReadAfterCloseSaysThatItIsClosed(t *testing.T) {
	path, _ := terminal(t)
	n := open(t, path)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Read(t.Context(), make([]byte, 8)); !errors.Is(err, os.ErrClosed) || errors.Is(err, chardev.ErrGone) {
		t.Errorf("Read = %v, want ErrClosed", err)
	}
}
