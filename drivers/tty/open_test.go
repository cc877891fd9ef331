package tty_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/drivers/tty"
)

func TestASecondOpenerIsRefusedUntilTheFirstCloses(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		_, path := pair(t)
		first := open(t, path, line)
		if _, err := tty.Open(t.Context(), path, line); !errors.Is(err, tty.ErrBusy) {
			t.Fatalf("second Open = %v, want ErrBusy", err)
		}
		link := t.TempDir() + "/reader"
		if err := os.Symlink(path, link); err != nil {
			t.Fatal(err)
		}
		if _, err := tty.Open(t.Context(), link, line); !errors.Is(err, tty.ErrBusy) {
			t.Fatalf("Open by another name = %v, want ErrBusy", err)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		open(t, path, line)
	})
}

// flags returns how a terminal is set, in the form that every kernel has.
func flags(t *testing.T, device *os.File) unix.Termios {
	t.Helper()
	set, err := unix.IoctlGetTermios(int(device.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *set
}

func TestARefusedOpenLeavesTheLineAsItWas(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		device, path := pair(t)
		p := open(t, path, line)
		before := flags(t, device)
		other := line
		other.Baud = 115200
		if _, err := tty.Open(t.Context(), path, other); !errors.Is(err, tty.ErrBusy) {
			t.Fatalf("second Open = %v, want ErrBusy", err)
		}
		if after := flags(t, device); after != before {
			t.Errorf("set to %+v, want %+v as before", after, before)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestAnOpenThatIsGivenUpKeepsNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		_, node := pair(t)
		path := t.TempDir() + "/reader" // a name that means nothing to the tests after this
		if err := os.Symlink(node, path); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 100 {
			if p, err := tty.Open(ctx, path, line); err == nil {
				_ = p.Close()
			}
		}
		for end := time.Now().Add(deadline); ; {
			p, err := tty.Open(t.Context(), path, line)
			if err == nil {
				_ = p.Close()
				return
			}
			if !errors.Is(err, tty.ErrBusy) || time.Now().After(end) {
				t.Fatalf("Open after that = %v", err)
			}
		}
	})
}

func TestARefusedSettingIsNamedAndFinal(t *testing.T) {
	_, path := pair(t)
	for _, c := range []struct {
		line tty.Line
		want string
	}{
		{tty.Line{Baud: 49, DataBits: 8, Parity: "none", StopBits: 1}, "49 baud"},
		{tty.Line{Baud: 4000001, DataBits: 8, Parity: "none", StopBits: 1}, "4000001 baud"},
		{tty.Line{Baud: 9600, DataBits: 9, Parity: "none", StopBits: 1}, "9 data bits"},
		{tty.Line{Baud: 9600, DataBits: 8, Parity: "mark", StopBits: 1}, `"mark"`},
		{tty.Line{Baud: 9600, DataBits: 8, Parity: "none", StopBits: 3}, "3 stop bits"},
		{tty.Line{Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1, DTR: "up"}, `DTR "up"`},
		{tty.Line{Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1, RTS: "up"}, `RTS "up"`},
	} {
		_, err := tty.Open(t.Context(), path, c.line)
		var refused *tty.LineError
		if !errors.As(err, &refused) || !refused.Permanent() || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Open with %+v = %v, want a LineError that names %s", c.line, err, c.want)
		}
	}
}

func TestEveryRateOfTheTableOpens(t *testing.T) {
	_, path := pair(t)
	for _, baud := range tty.Rates() {
		line := line9600
		line.Baud = baud
		p, err := tty.Open(t.Context(), path, line)
		if err != nil {
			t.Errorf("%d baud: %v", baud, err)
			continue
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatIsNoPortSaysSo(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		file := t.TempDir() + "/file"
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := tty.Open(t.Context(), file, line); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("Open of a file = %v, want an error that names it", err)
		}
		if _, err := tty.Open(t.Context(), file+"x", line); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Open of nothing = %v, want ErrNotExist", err)
		}
	})
}
