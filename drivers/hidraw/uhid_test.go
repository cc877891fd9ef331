package hidraw_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"portcullis/drivers/hidraw"
	"portcullis/drivers/ports"
	"portcullis/drivers/reader/wire"
)

// The events of /dev/uhid (linux/uhid.h).
const (
	uhidDestroy = 1
	uhidOutput  = 6
	uhidCreate2 = 11
	uhidInput2  = 12
)

// reports describes a barcode reader that sends reports 2 and 10 of 63 bytes
// and takes report 10.
const reports = "058c 0902 a101" + "150026ff00 7508 953f" + "8502 09fe 8102" + "850a 09ff 8102" + "850a 09ff 9102" + "c0"

// A pos is a HID device of the kernel that sends what it is told to.
type pos struct {
	t    *testing.T
	file *os.File
	node string
	took chan []byte // the reports that it was sent
}

// newPOS makes a device, where the kernel lets it.
func newPOS(t *testing.T) *pos {
	t.Helper()
	f, err := os.OpenFile("/dev/uhid", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("this kernel makes no HID devices: %v", err)
	}
	p := &pos{t: t, file: f, took: make(chan []byte, 100)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.listen()
	}()
	t.Cleanup(func() {
		_ = f.Close()
		<-ended
	})
	descriptor, err := hex.DecodeString(strings.ReplaceAll(reports, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	var create bytes.Buffer
	for _, field := range []struct {
		text string
		size int
	}{{"Portcullis test reader", 128}, {"test", 64}, {"PCTEST1", 64}} {
		create.WriteString(field.text)
		create.Write(make([]byte, field.size-len(field.text)))
	}
	for _, v := range []any{uint16(len(descriptor)), uint16(3), uint32(0x0db5), uint32(0x013e), uint32(0), uint32(0)} {
		_ = binary.Write(&create, binary.LittleEndian, v) // a buffer takes it
	}
	create.Write(descriptor)
	p.event(uhidCreate2, create.Bytes())
	p.find()
	return p
}

// event sends an event to the kernel.
func (p *pos) event(kind uint32, data []byte) {
	p.t.Helper()
	if _, err := p.file.Write(append(binary.LittleEndian.AppendUint32(nil, kind), data...)); err != nil {
		p.t.Fatal(err)
	}
}

// listen takes the kernel's events until the device is closed.
func (p *pos) listen() {
	buf := make([]byte, 8192)
	for {
		n, err := p.file.Read(buf)
		if err != nil {
			return
		}
		if n >= 4+4096+2 && binary.LittleEndian.Uint32(buf) == uhidOutput {
			size := binary.LittleEndian.Uint16(buf[4+4096:])
			p.took <- bytes.Clone(buf[4 : 4+size])
		}
	}
}

func (p *pos) sends(b []byte) {
	p.t.Helper()
	p.event(uhidInput2, append(binary.LittleEndian.AppendUint16(nil, uint16(len(b))), b...))
}

// find waits for the port of the device.
func (p *pos) find() {
	p.t.Helper()
	match := ports.Match{USB: "0db5:013e", Serial: "^PCTEST1$", Product: "test reader"}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		found, err := ports.Scan("/")
		if err != nil {
			p.t.Fatal(err)
		}
		for _, port := range found {
			if ok, err := match.Fits(port); ok && err == nil && port.Link == ports.HIDRaw {
				p.node = port.Node
				return
			}
		}
	}
	p.t.Fatal("the device has no port")
}

func (p *pos) open() *hidraw.Device {
	p.t.Helper()
	d, err := hidraw.Open(p.t.Context(), p.node)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestReportsOfAHIDDevice(t *testing.T) {
	p := newPOS(t)
	d := p.open()
	info, err := d.Info()
	if want := (hidraw.Info{Bus: 3, Vendor: 0x0db5, Product: 0x013e, UsagePage: 0x8c, Usage: 2}); err != nil || info != want {
		t.Errorf("Info = %+v, %v; want %+v", info, err, want)
	}
	if _, err := hidraw.Open(t.Context(), p.node); !errors.Is(err, hidraw.ErrBusy) {
		t.Errorf("second Open = %v, want ErrBusy", err)
	}
	want := []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}
	framing := wire.Framing{Kind: "hid"}.WithDefaults()
	sent, err := wire.Encode(framing, want)
	if err != nil {
		t.Fatal(err)
	}
	framer, err := wire.New(framing)
	if err != nil {
		t.Fatal(err)
	}
	for ; len(sent) > 0; sent = sent[64:] {
		p.sends(sent[:64])
	}
	var frames []wire.Frame
	for buf := make([]byte, 4096); len(frames) == 0; {
		n, err := d.Read(t.Context(), buf)
		if err != nil || n != 0 && n != 64 {
			t.Fatalf("Read = %d, %v; want one report", n, err)
		}
		frames = append(framer.Push(time.Now(), buf[:n]), framer.Idle(time.Now())...)
	}
	if f := frames[0]; strings.Join(f.Lines, " ") != strings.Join(want, " ") {
		t.Errorf("%v: lines are %q", f, f.Lines)
	}
	report := append([]byte{0x0a, 0x05}, make([]byte, 62)...)
	if err := d.Write(t.Context(), report); err != nil {
		t.Fatal(err)
	}
	if got := <-p.took; !bytes.Equal(got, report) {
		t.Errorf("the device took % x, want % x", got, report)
	}
}

func TestAHIDDeviceThatGoesIsGone(t *testing.T) {
	p := newPOS(t)
	d := p.open()
	p.event(uhidDestroy, nil)
	var err error
	for range 3 {
		if _, err = d.Read(t.Context(), make([]byte, 64)); err != nil {
			break
		}
	}
	if !errors.Is(err, hidraw.ErrGone) {
		t.Errorf("Read = %v, want ErrGone", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
