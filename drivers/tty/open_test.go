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
	_, path := pair(t)
	first := open(t, path)
	if _, err := tty.Open(t.Context(), path, line9600); !errors.Is(err, tty.ErrBusy) {
		t.Fatalf("second Open = %v, want ErrBusy", err)
	}
	link := t.TempDir() + "/reader"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if _, err := tty.Open(t.Context(), link, line9600); !errors.Is(err, tty.ErrBusy) {
		t.Fatalf("Open by another name = %v, want ErrBusy", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

func TestARefusedOpenLeavesTheLineAsItWas(t *testing.T) {
	device, path := pair(t)
	p := open(t, path)
	other := line9600
	other.Baud = 115200
	if _, err := tty.Open(t.Context(), path, other); !errors.Is(err, tty.ErrBusy) {
		t.Fatalf("second Open = %v, want ErrBusy", err)
	}
	set, err := unix.IoctlGetTermios(int(device.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	if rate := set.Cflag & unix.CBAUD; rate != unix.B9600 {
		t.Errorf("rate is %#o, want that of 9600", rate)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestAnOpenThatIsGivenUpKeepsNothing(t *testing.T) {
	_, node := pair(t)
	path := t.TempDir() + "/reader" // a name that means nothing to the tests after this
	if err := os.Symlink(node, path); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		if p, err := tty.Open(ctx, path, line9600); err == nil {
			_ = p.Close()
		}
	}
	for end := time.Now().Add(deadline); ; {
		p, err := tty.Open(t.Context(), path, line9600)
		if err == nil {
			_ = p.Close()
			return
		}
		if !errors.Is(err, tty.ErrBusy) || time.Now().After(end) {
			t.Fatalf("Open after that = %v", err)
		}
	}
}

func TestARefusedSettingIsNamedAndFinal(t *testing.T) {
	_, path := pair(t)
	for _, c := range []struct {
		line tty.Line
		want string
	}{
		{tty.Line{Baud: 256000, DataBits: 8, Parity: "odd", StopBits: 1}, "256000 baud"},
		{tty.Line{Baud: 9600, DataBits: 9, Parity: "none", StopBits: 1}, "9 data bits"},
		{tty.Line{Baud: 9600, DataBits: 8, Parity: "mark", StopBits: 1}, `"mark"`},
		{tty.Line{Baud: 9600, DataBits: 8, Parity: "none", StopBits: 3}, "3 stop bits"},
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
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tty.Open(t.Context(), file, line9600); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("Open of a file = %v, want an error that names it", err)
	}
	if _, err := tty.Open(t.Context(), file+"x", line9600); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open of nothing = %v, want ErrNotExist", err)
	}
}
