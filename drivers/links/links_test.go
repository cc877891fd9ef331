package links_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/links"
	"portcullis/drivers/reader"
	"portcullis/drivers/tty"
)

// device lays a serial device into a tree of sysfs and /dev.
func device(t *testing.T, root, tty, usb, serial string) {
	t.Helper()
	vendor, product, _ := strings.Cut(usb, ":")
	folder := filepath.Join(root, "sys/devices/usb1", serial)
	port := filepath.Join(folder, "1.0", tty)
	class := filepath.Join(root, "sys/class/tty", tty)
	for _, dir := range []string{port, class, filepath.Join(root, "dev")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"idVendor": vendor, "idProduct": product, "serial": serial} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(port, filepath.Join(class, "device")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "dev", tty), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAReaderIsFoundByWhatItIs(t *testing.T) {
	root := t.TempDir()
	p, err := reader.ParseProfile([]byte("name = \"x\"\n[frame]\nkind = \"lines\"\n[[match]]\nusb = \"2b78:0005\"\n[[match]]\nserial = \"^R[0-9]+$\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	find := links.Finder{Root: root}.Find(p, "")
	if _, err := find(); !errors.Is(err, reader.ErrAbsent) {
		t.Errorf("with no device: %v", err)
	}
	device(t, root, "ttyUSB0", "0403:6001", "A1")
	if _, err := find(); !errors.Is(err, reader.ErrAbsent) {
		t.Errorf("with another device: %v", err)
	}
	device(t, root, "ttyACM3", "2b78:0005", "E7")
	if node, err := find(); err != nil || filepath.Base(node) != "ttyACM3" {
		t.Errorf("by its USB id: %q, %v", node, err)
	}
	device(t, root, "ttyUSB1", "0403:6001", "R12")
	if _, err := find(); err == nil || errors.Is(err, reader.ErrAbsent) || !strings.Contains(err.Error(), "ttyUSB1") {
		t.Errorf("two that fit: %v, want an error that names them", err)
	}
}

func TestAHelperIsWhereItsProgramIs(t *testing.T) {
	p, err := reader.ParseProfile([]byte("name = \"x\"\nlink = \"helper\"\ncommand = [\"/bin/sh\", \"-c\", \"cat\"]\n[frame]\nkind = \"json\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	node, err := links.Finder{}.Find(p, "")()
	if err != nil || node != "/bin/sh" {
		t.Fatalf("found at %q, %v", node, err)
	}
	link, err := links.Open(p)(t.Context(), node, p.Line)
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	if err := link.Write(t.Context(), []byte("{}\n")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 16)
	for {
		n, err := link.Read(t.Context(), buf)
		if err != nil || n > 0 {
			if string(buf[:n]) != "{}\n" {
				t.Errorf("it says %q, %v", buf[:n], err)
			}
			return
		}
	}
}

// A pseudo-terminal has neither line. What shows that they are passed on is that the
// port says what it thinks of them.
func TestASerialLinkIsSetAsTheProfileSays(t *testing.T) {
	drivertest.NeedsTermios2(t)
	device, node, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	defer node.Close()
	p, err := reader.ParseProfile([]byte("name = \"x\"\n[line]\nbaud = 256000\nparity = \"odd\"\ndtr = \"on\"\nrts = \"off\"\n[frame]\nkind = \"lines\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	link, err := links.Open(p)(t.Context(), node.Name(), p.Line)
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	if set, err := unix.IoctlGetTermios(int(device.Fd()), unix.TCGETS2); err != nil || set.Ospeed != 256000 {
		t.Errorf("set to %+v, %v", set, err)
	}
	for _, change := range []func(*reader.Line){func(l *reader.Line) { l.DTR = "up" }, func(l *reader.Line) { l.RTS = "up" }} {
		line := p.Line
		change(&line)
		var refused *tty.LineError
		if _, err := links.Open(p)(t.Context(), node.Name(), line); !errors.As(err, &refused) {
			t.Errorf("%+v: %v, want a LineError", line, err)
		}
	}
}
