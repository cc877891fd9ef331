package evdev_test

import (
	"bytes"
	"errors"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"portcullis/drivers"
	"portcullis/drivers/evdev"
	"portcullis/drivers/ports"
	"portcullis/drivers/reader/wire"
)

// What is asked of /dev/uinput (linux/uinput.h).
const (
	uiSetEvBit  = 0x40045564
	uiSetKeyBit = 0x40045565
	uiSetMscBit = 0x40045568
	uiDevSetup  = 0x405c5503
	uiDevCreate = 0x5501
	uiSysName   = 0x8040552c // 64 bytes of name
)

// A keyboard is an input device of the kernel that types what it is told to.
type keyboard struct {
	t    *testing.T
	file *os.File
	node string
}

// newKeyboard makes a keyboard, where the kernel lets it.
func newKeyboard(t *testing.T) *keyboard {
	t.Helper()
	f, err := os.OpenFile("/dev/uinput", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("this kernel makes no input devices: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	k := &keyboard{t: t, file: f}
	for _, bit := range []int{0x01, 0x04} { // EV_KEY, EV_MSC
		k.ask(uiSetEvBit, uintptr(bit))
	}
	k.ask(uiSetMscBit, 4) // MSC_SCAN
	for key := 1; key < 128; key++ {
		k.ask(uiSetKeyBit, uintptr(key))
	}
	var setup [92]byte
	copy(setup[:], []byte{3, 0, 0xb5, 0x0d, 0x3e, 0x01, 1, 0})
	copy(setup[8:], "Portcullis test wedge")
	k.ask(uiDevSetup, uintptr(unsafe.Pointer(&setup)))
	k.ask(uiDevCreate, 0)
	var name [64]byte
	k.ask(uiSysName, uintptr(unsafe.Pointer(&name)))
	k.find(string(name[:bytes.IndexByte(name[:], 0)]))
	return k
}

func (k *keyboard) ask(request, arg uintptr) {
	k.t.Helper()
	if _, _, err := unix.Syscall(unix.SYS_IOCTL, k.file.Fd(), request, arg); err != 0 {
		k.t.Fatalf("ioctl %#x: %v", request, err)
	}
}

// find waits for the node of the device that sysfs calls so.
func (k *keyboard) find(name string) {
	k.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		events, _ := filepath.Glob("/sys/devices/virtual/input/" + name + "/event*")
		if len(events) == 1 {
			node := "/dev/input/" + filepath.Base(events[0])
			if _, err := os.Stat(node); err == nil {
				k.node = node
				return
			}
		}
	}
	k.t.Fatal("the keyboard has no node")
}

// types types lines on a layout. While hear is given, it is called before the kernel has
// more than it keeps.
func (k *keyboard) types(layout string, hear func(), lines ...string) {
	k.t.Helper()
	records, err := wire.Encode(wedge(layout), lines)
	if err != nil {
		k.t.Fatal(err)
	}
	size := len(records)
	if hear != nil {
		size = 36 * recordSize
	}
	for chunk := range slices.Chunk(records, size) {
		if _, err := k.file.Write(chunk); err != nil {
			k.t.Fatal(err)
		}
		if hear != nil {
			hear()
		}
	}
}

// recordSize is the size of the kernel's struct input_event.
const recordSize = 2*bits.UintSize/8 + 8

func (k *keyboard) open() *evdev.Device {
	k.t.Helper()
	d, err := evdev.Open(k.t.Context(), k.node)
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() { _ = d.Close() })
	return d
}

// wedge returns the framing of a keyboard, on all layouts for none.
func wedge(layouts ...string) wire.Framing {
	return wire.Framing{Kind: "keys", Layouts: layouts}.WithDefaults()
}

// A listener hears what is typed on a device.
type listener struct {
	t      *testing.T
	device *evdev.Device
	framer wire.Framer
	frames []wire.Frame
}

func listen(t *testing.T, d *evdev.Device) *listener {
	t.Helper()
	f, err := wire.New(wedge())
	if err != nil {
		t.Fatal(err)
	}
	return &listener{t: t, device: d, framer: f}
}

// hear reads once.
func (l *listener) hear() {
	l.t.Helper()
	buf := make([]byte, 4096)
	n, err := l.device.Read(l.t.Context(), buf)
	if err != nil {
		l.t.Fatal(err)
	}
	l.frames = append(l.frames, l.framer.Push(time.Now(), buf[:n])...)
	l.frames = append(l.frames, l.framer.Idle(time.Now())...)
}

// next reads until there is a frame, and takes it.
func (l *listener) next() wire.Frame {
	l.t.Helper()
	for end := time.Now().Add(30 * time.Second); len(l.frames) == 0; l.hear() {
		if time.Now().After(end) {
			l.t.Fatal("no frame")
		}
	}
	f := l.frames[0]
	l.frames = l.frames[1:]
	return f
}

func (l *listener) wants(lines ...string) {
	l.t.Helper()
	if f := l.next(); !slices.Equal(f.Lines, lines) {
		l.t.Errorf("%v: lines are %q, want %q", f, f.Lines, lines)
	}
}

var zone = []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}

func TestAZoneThatIsTypedIsRead(t *testing.T) {
	k := newKeyboard(t)
	l := listen(t, k.open())
	for _, layout := range []string{"us", "uk", "it", "es", "de", "ch", "cz", "fr", "be", "se"} {
		k.types(layout, l.hear, zone...)
		l.wants(zone...)
	}
}

func TestWhoHasGrabbedADeviceHearsItAlone(t *testing.T) {
	k := newKeyboard(t)
	other, err := os.OpenFile(k.node, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	k.types("us", nil, "TYPED BEFORE")
	d := k.open()
	if _, err := evdev.Open(t.Context(), k.node); !errors.Is(err, evdev.ErrBusy) {
		t.Errorf("second Open = %v, want ErrBusy", err)
	}
	l := listen(t, d)
	k.types("us", l.hear, "BCDEFGH")
	l.wants("BCDEFGH")
	_ = other.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	heard := 0
	for buf := make([]byte, 4096); ; {
		n, err := other.Read(buf)
		heard += n
		if err != nil {
			break
		}
	}
	records, err := wire.Encode(wedge("us"), []string{"TYPED BEFORE"})
	if err != nil || heard > len(records) {
		t.Errorf("another program hears %d bytes, %v; want %d at most", heard, err, len(records))
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	k.open()
}

func TestAProgramThatIsTooSlowIsTold(t *testing.T) {
	k := newKeyboard(t)
	l := listen(t, k.open())
	for range 3 {
		k.types("us", nil, zone...)
		if f := l.next(); f.Fault != drivers.FaultLost || f.Lines != nil {
			t.Errorf("%v, want a fault of what was lost", f)
		}
		for range 4 { // more than the idle gap
			l.hear()
		}
		k.types("us", l.hear, zone...)
		l.wants(zone...)
	}
}

func TestAKeyboardThatGoesIsGone(t *testing.T) {
	k := newKeyboard(t)
	d := k.open()
	if err := k.file.Close(); err != nil {
		t.Fatal(err)
	}
	var err error
	for range 3 {
		if _, err = d.Read(t.Context(), make([]byte, 4096)); err != nil {
			break
		}
	}
	if !errors.Is(err, evdev.ErrGone) {
		t.Errorf("Read = %v, want ErrGone", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestAKeyboardIsFoundAmongThePorts(t *testing.T) {
	k := newKeyboard(t)
	found, err := ports.Scan("/")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range found {
		if p.Node == k.node && p.Link == ports.Evdev && p.Product == "Portcullis test wedge" {
			return
		}
	}
	t.Errorf("%s is not among %+v", k.node, found)
}
