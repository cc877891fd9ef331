package tty_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/tty"
)

// settings returns how a terminal is set, seen from its device end.
func settings(t *testing.T, device *os.File) *unix.Termios {
	t.Helper()
	set, err := unix.IoctlGetTermios(int(device.Fd()), unix.TCGETS2)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestALineThatTheLibraryCannotSetIsNative(t *testing.T) {
	drivertest.NeedsTermios2(t)
	for _, c := range []struct {
		change func(*tty.Line)
		native bool
	}{
		{func(*tty.Line) {}, false},
		{func(l *tty.Line) { l.DataBits, l.StopBits = 7, 2 }, false},
		{func(l *tty.Line) { l.Baud = 128000 }, true},
		{func(l *tty.Line) { l.Baud = 256000 }, true},
		{func(l *tty.Line) { l.Baud = 12345 }, true},
		{func(l *tty.Line) { l.Parity = "odd" }, true},
		{func(l *tty.Line) { l.DTR = "on" }, true},
		{func(l *tty.Line) { l.RTS = "off" }, true},
		{func(l *tty.Line) { l.Native = true }, true},
	} {
		device, path := pair(t)
		line := line9600
		c.change(&line)
		p := open(t, path, line)
		if tty.IsNative(p) != c.native {
			t.Errorf("%+v: native is %v, want %v", line, !c.native, c.native)
		}
		if set := settings(t, device); int(set.Ospeed) != line.Baud || set.Cflag&unix.HUPCL != 0 {
			t.Errorf("%+v: set to %d baud, flags %#o", line, set.Ospeed, set.Cflag)
		}
	}
}

// A pseudo-terminal keeps neither size nor parity, but the flags of the input.
func TestANativeLineIsRawAndMarksBadBytes(t *testing.T) {
	drivertest.NeedsTermios2(t)
	device, path := pair(t)
	line := native9600
	line.StopBits = 2
	open(t, path, line)
	set := settings(t, device)
	if set.Iflag != unix.INPCK|unix.PARMRK || set.Oflag != 0 || set.Lflag != 0 || set.Cflag&(unix.CSTOPB|unix.CLOCAL) != unix.CSTOPB|unix.CLOCAL {
		t.Errorf("flags are %#o %#o %#o %#o", set.Iflag, set.Oflag, set.Lflag, set.Cflag)
	}
}

func TestARateThatADriverChangedIsNoticed(t *testing.T) {
	for _, c := range []struct {
		set, want int
		ok        bool
	}{
		{9600, 9600, true},
		{115108, 115200, true},
		{250000, 256000, false},
		{115200, 256000, false},
		{9600, 256000, false},
		{0, 9600, false},
		{9793, 9600, false},
	} {
		if err := tty.CheckRate(c.set, c.want); (err == nil) != c.ok {
			t.Errorf("%d for %d: %v", c.set, c.want, err)
		}
	}
}

func TestAPortWithoutModemLinesSaysSo(t *testing.T) {
	drivertest.NeedsTermios2(t)
	device, path := pair(t)
	for _, line := range []tty.Line{{DTR: "on"}, {DTR: "off"}, {RTS: "on"}, {RTS: "off"}} {
		if err := tty.SetModem(int(device.Fd()), line); err == nil || !strings.Contains(err.Error(), "no such lines") {
			t.Errorf("%+v: %v, want that there are none", line, err)
		}
	}
	if err := tty.SetModem(int(device.Fd()), tty.Line{}); err != nil {
		t.Errorf("nothing to set: %v", err)
	}
	line := line9600 // on a pseudo-terminal there is nothing to be set
	line.DTR, line.RTS = "on", "off"
	open(t, path, line)
}

func TestMarksAreUndoneHoweverTheyAreCut(t *testing.T) {
	sent := []byte("A" + "\xff\xff" + "B" + "\xff\x00C" + "D" + "\xff\xff\xff\xff" + "\xff\x00\xff" + "\x00" + "\xff\x00\x00" + "\xff\xff")
	want := []byte("A" + "\xff" + "B" + "\xff" + "D" + "\xff\xff" + "\xff" + "\x00" + "\xff" + "\xff")
	for size := 1; size <= len(sent); size++ {
		got, bad := tty.Stripped(slices.Collect(slices.Chunk(slices.Clone(sent), size))...)
		if bad != 3 || !bytes.Equal(got, want) {
			t.Errorf("by %d: % x with %d bad, want % x with 3", size, got, bad, want)
		}
	}
	if got, bad := tty.Stripped([]byte("\xffA")); bad != 1 || !bytes.Equal(got, []byte{0xff}) {
		t.Errorf("half a mark: % x with %d bad", got, bad)
	}
}

// A pseudo-terminal has no parity. So its device end sends the marks as well, once
// the kernel doubles no FF.
func TestABadByteIsReadAsFFAndCounted(t *testing.T) {
	drivertest.NeedsTermios2(t)
	device, path := pair(t)
	p := open(t, path, native9600)
	set := settings(t, device)
	set.Iflag = 0
	if err := unix.IoctlSetTermios(int(device.Fd()), unix.TCSETS2, set); err != nil {
		t.Fatal(err)
	}
	if _, err := device.WriteString("L898\xff\x009\xff\xff2"); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, p, 7); string(got) != "L898\xff\xff2" {
		t.Errorf("read % x", got)
	}
	if n := p.BadBytes(); n != 1 {
		t.Errorf("%d bad bytes, want 1", n)
	}
}

func TestClosingEndsAReadOfANativePort(t *testing.T) {
	drivertest.NeedsTermios2(t)
	_, path := pair(t)
	p := open(t, path, native9600)
	ended := make(chan error, 1)
	go func() {
		for {
			if _, err := p.Read(t.Context(), make([]byte, 8)); err != nil {
				ended <- err
				return
			}
		}
	}()
	within(t, "Close", func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	within(t, "Read", func() {
		if err := <-ended; !errors.Is(err, os.ErrClosed) {
			t.Errorf("Read = %v, want ErrClosed", err)
		}
	})
}

// Others are kept out by TIOCEXCL, whether or not they lock, until the port is
// closed.
func TestANativePortIsShutToThoseWhoDoNotLock(t *testing.T) {
	drivertest.NeedsTermios2(t)
	_, path := pair(t)
	held, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0) // as a program that has it already
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	p := open(t, path, native9600)
	if set, err := unix.IoctlGetInt(int(held.Fd()), unix.TIOCGEXCL); err != nil || set == 0 {
		t.Errorf("while it is open: exclusive is %d, %v", set, err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if set, err := unix.IoctlGetInt(int(held.Fd()), unix.TIOCGEXCL); err != nil || set != 0 {
		t.Errorf("after Close: exclusive is %d, %v", set, err)
	}
}

// A number that was a port's descriptor is soon another file's.
func TestAClosedPortWritesIntoNoOtherFile(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		_, path := pair(t)
		p := open(t, path, line)
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		var victims []*os.File
		for range 16 {
			f, err := os.CreateTemp(t.TempDir(), "victim")
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			victims = append(victims, f)
		}
		ctx, cancel := context.WithTimeout(t.Context(), deadline)
		defer cancel()
		if err := p.Write(ctx, []byte("LED ON")); !errors.Is(err, os.ErrClosed) {
			t.Errorf("Write after Close = %v, want ErrClosed", err)
		}
		for _, f := range victims {
			if info, err := f.Stat(); err != nil || info.Size() > 0 {
				t.Errorf("%s has %d bytes, %v", f.Name(), info.Size(), err)
			}
		}
	})
}

// A program of another user, which takes no lock, cannot open the port; one of root
// can, as TIOCEXCL does not bind it.
func TestAnotherUserCannotOpenANativePort(t *testing.T) {
	drivertest.NeedsTermios2(t)
	if os.Getuid() != 0 {
		t.Skip("becoming another user needs root")
	}
	_, path := pair(t)
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	asNobody := func() (string, error) {
		shell := exec.CommandContext(t.Context(), "/bin/sh", "-c", ": <>"+path)
		shell.Env, shell.Dir = []string{"LC_ALL=C"}, "/"
		shell.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		said, err := shell.CombinedOutput()
		return string(said), err
	}
	if said, err := asNobody(); err != nil {
		t.Skipf("another user opens no terminal here: %s, %v", said, err)
	}
	p := open(t, path, native9600)
	if said, err := asNobody(); err == nil || !strings.Contains(said, "busy") {
		t.Errorf("while it is open: %q, %v; want that it is busy", said, err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if said, err := asNobody(); err != nil {
		t.Errorf("after Close: %q, %v", said, err)
	}
}
