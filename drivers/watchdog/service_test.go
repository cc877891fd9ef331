package watchdog_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"portcullis/drivers/watchdog"
)

// manager is a service manager that listens at a real socket.
func manager(t *testing.T) *net.UnixConn {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return socket
}

func TestAServiceTellsItsManager(t *testing.T) {
	socket := manager(t)
	t.Setenv("WATCHDOG_USEC", "10000000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	s, err := watchdog.FromEnvironment()
	if err != nil || !s.Watched() || s.Timeout() != 10*time.Second {
		t.Fatalf("got %+v, %v", s, err)
	}
	var told []string
	for _, tell := range []func() error{s.Ready, s.Feed, func() error { return s.Tell("lane closed\nno reader") }, s.Stopping} {
		if err := tell(); err != nil {
			t.Fatal(err)
		}
		var buf [200]byte
		n, err := socket.Read(buf[:])
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, string(buf[:n]))
	}
	if want := []string{"READY=1", "WATCHDOG=1", "STATUS=lane closed; no reader", "STOPPING=1"}; !slices.Equal(told, want) {
		t.Errorf("it told %q, want %q", told, want)
	}
}

func TestWhoeverIsNotWatchedIsNotFed(t *testing.T) {
	for name, c := range map[string]struct {
		usec, pid string
		fails     bool
	}{
		"no manager":       {"", "", false},
		"another process":  {"10000000", "1", false},
		"no time":          {"soon", "", true},
		"no process":       {"10000000", "me", true},
		"no time at all":   {"0", "", true},
		"another, no time": {"", "1", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("WATCHDOG_USEC", c.usec)
			t.Setenv("WATCHDOG_PID", c.pid)
			s, err := watchdog.FromEnvironment()
			if (err != nil) != c.fails || s.Watched() {
				t.Errorf("got %+v, %v", s, err)
			}
		})
	}
}

func TestWithoutAManagerTellingDoesNothing(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	if err := (watchdog.Service{}).Ready(); err != nil {
		t.Error(err)
	}
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "nobody"))
	if err := (watchdog.Service{}).Ready(); err == nil {
		t.Error("a manager that is not there was told")
	}
}

// TestAServiceManagerThatDoesNotListenIsNotWaitedFor has one that takes nothing
// out of its socket.
func TestAServiceManagerThatDoesNotListenIsNotWaitedFor(t *testing.T) {
	manager(t)
	var err error
	for err == nil { // until its queue is full
		err = watchdog.Service{}.Feed()
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want %v", err, os.ErrDeadlineExceeded)
	}
}
