package hidraw_test

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/hidraw"
	"portcullis/drivers/reader"
)

var _ reader.Link = (*hidraw.Device)(nil)

// A terminal stands in for a HID device: it goes both ways, can be waited for, and
// hangs up.
type terminal struct{ *os.File }

func (p terminal) Send(b []byte) error { _, err := p.Write(b); return err }
func (p terminal) Receive(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(p, b)
	return b, err
}
func (p terminal) Unplug() error { return p.Close() }

func newTerminal(t *testing.T) (path string, peer terminal) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := term.MakeRaw(int(slave.Fd())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = slave.Close()
		_ = master.Close()
	})
	return slave.Name(), terminal{master}
}

func TestLink(t *testing.T) {
	drivertest.TestLink(t, func(t *testing.T) drivertest.LinkBench {
		path, peer := newTerminal(t)
		return drivertest.LinkBench{
			Open: func(ctx context.Context) (reader.Link, error) { return hidraw.OpenFake(ctx, path) },
			Peer: peer, Gone: hidraw.ErrGone, Busy: hidraw.ErrBusy, Wedged: hidraw.ErrWedged,
		}
	})
}

func TestWhatIsNoHIDDeviceIsRefused(t *testing.T) {
	path, _ := newTerminal(t)
	for _, path := range []string{path, "/dev/null"} {
		if d, err := hidraw.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Open of %s = %v, %v; want an error that names it", path, d, err)
		}
	}
	if _, err := hidraw.Open(t.Context(), path+"x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open of nothing = %v, want ErrNotExist", err)
	}
}

func TestAReportDescriptorSaysWhatADeviceIs(t *testing.T) {
	for _, c := range []struct {
		name, descriptor string
		page, usage      uint16
	}{
		{"a barcode reader", "058c 0902 a101 8502 150026ff00", 0x8c, 0x02},
		{"a keyboard", "0501 0906 a101 0507 19e0 29e7 c0", 0x01, 0x06},
		{"a maker's own, in two bytes", "0600ff 0a3412 a101", 0xff00, 0x1234},
		{"in four bytes", "0700ff0000 0b34120000 a101", 0xff00, 0x1234},
		{"no collection", "0501", 0x01, 0},
		{"cut short", "0501 0a34", 0x01, 0},
		{"a long item", "fe020001 0501 a101", 0, 0},
		{"nothing", "", 0, 0},
	} {
		b, err := hex.DecodeString(strings.ReplaceAll(c.descriptor, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if page, usage := hidraw.UsageOf(b); page != c.page || usage != c.usage {
			t.Errorf("%s: %#x, %#x; want %#x, %#x", c.name, page, usage, c.page, c.usage)
		}
	}
}

// TestRealDevice runs where there is a HID device: PORTCULLIS_HIDRAW names its node,
// and PORTCULLIS_HIDRAW_WANT is the first report that it sends, in hexadecimal. The
// test says READY on its standard output when to begin.
func TestRealDevice(t *testing.T) {
	node, want := os.Getenv("PORTCULLIS_HIDRAW"), os.Getenv("PORTCULLIS_HIDRAW_WANT")
	if node == "" {
		t.Skip("PORTCULLIS_HIDRAW names no HID device")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	d, err := hidraw.Open(ctx, node)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := hidraw.Open(ctx, node); !errors.Is(err, hidraw.ErrBusy) {
		t.Errorf("second Open = %v, want ErrBusy", err)
	}
	info, err := d.Info()
	if err != nil || info == (hidraw.Info{}) {
		t.Errorf("Info = %+v, %v", info, err)
	}
	t.Logf("%+v", info)
	os.Stdout.WriteString("READY\n")
	buf := make([]byte, 4096)
	for {
		n, err := d.Read(ctx, buf)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			if got := hex.EncodeToString(buf[:n]); got != want {
				t.Errorf("report is %s, want %s", got, want)
			}
			return
		}
	}
}
