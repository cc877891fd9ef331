package inside_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/scripts/guest/inside"
)

// These tests are of the machine's devices: that they are what drivers take them
// for. They run in the machine.
func inGuest(t *testing.T) {
	t.Helper()
	if os.Getenv(inside.InGuest) == "" {
		t.Skip("runs in the guest machine: make guest")
	}
}

// wedge is the second line of the specimen of Doc 9303-4 Appendix A, as a wedge
// types it.
const wedge = "L898902C36UTO7408122F1204159ZE184226B<<<<<10\r"

func TestAKeyboardThatIsGrabbedGivesEveryKey(t *testing.T) {
	inGuest(t)
	fmt.Println("host: keyboard wedge")
	keys := grab(t, await(t, "/dev/input/event*"))
	var got strings.Builder
	for rest := wedge; rest != ""; { // no more at once than the keyboard keeps
		n := min(len(rest), 4)
		fmt.Printf("host: type %q\n", rest[:n])
		for range n {
			got.WriteByte(keys.next(t))
		}
		rest = rest[n:]
	}
	if got.String() != wedge {
		t.Errorf("typed %q, got %q", wedge, got.String())
	}
	rawReport(t)
	fmt.Println("host: pull wedge")
	if _, err := io.Copy(io.Discard, keys.from); !errors.Is(err, unix.ENODEV) {
		t.Errorf("reading a keyboard that was pulled ends with %v, want ENODEV", err)
	}
}

// rawReport reads what the keyboard sends, as the device's own hidraw node has it,
// grabbed or not.
func rawReport(t *testing.T) {
	t.Helper()
	from, err := os.Open(await(t, "/dev/hidraw*"))
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	fmt.Println(`host: type "P"`)
	const shift, p = 0x02, 0x13 // HID Usage Tables, page 07
	for report := make([]byte, 8); report[0] != shift || report[2] != p; {
		if _, err := io.ReadFull(from, report); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFeedTheWatchdog feeds until it is stopped, and says so each time.
func TestFeedTheWatchdog(t *testing.T) {
	inGuest(t)
	dog, err := os.OpenFile(os.Getenv(inside.Watchdog), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(dog.Fd()), unix.WDIOC_SETTIMEOUT, 5); err != nil {
		t.Fatal(err)
	}
	for range time.Tick(500 * time.Millisecond) {
		if err := unix.IoctlSetInt(int(dog.Fd()), unix.WDIOC_KEEPALIVE, 0); err != nil {
			t.Fatal(err)
		}
		fmt.Println("fed")
	}
}

// await returns the one device node of a pattern.
func await(t *testing.T, pattern string) (node string) {
	t.Helper()
	if err := new(inside.Agent).Await(pattern, &node); err != nil {
		t.Fatal(err)
	}
	return node
}

// A keyboard is one that nobody else hears.
type keyboard struct {
	from    *os.File
	shifted bool
}

func grab(t *testing.T, node string) *keyboard {
	t.Helper()
	name, err := os.ReadFile(filepath.Join("/sys/class/input", filepath.Base(node), "device/name"))
	if err != nil || !strings.Contains(string(name), "Keyboard") {
		t.Fatalf("%s is %q, %v; want a keyboard", node, name, err)
	}
	from, err := os.Open(node)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = from.Close() })
	if err := unix.IoctlSetInt(int(from.Fd()), grabRequest, 1); err != nil {
		t.Fatal(err)
	}
	return &keyboard{from: from}
}

// A keyboard's events on 64 bits: time (16 bytes), type, code (2 each), value (4).
// (Linux, include/uapi/linux/input.h)
const (
	eventSize   = 24
	grabRequest = 0x40044590 // EVIOCGRAB
	typeKey     = 1
	leftShift   = 42
	comma       = 51
	enter       = 28
)

// letters are the letters and digits of a keyboard by their codes.
var letters = map[uint16]byte{comma: ',', enter: '\r'}

func init() {
	for first, row := range map[int]string{2: "1234567890", 16: "QWERTYUIOP", 30: "ASDFGHJKL", 44: "ZXCVBNM"} {
		for i := range row {
			letters[uint16(first+i)] = row[i]
		}
	}
}

// next returns the next character that was struck.
func (k *keyboard) next(t *testing.T) byte {
	t.Helper()
	event := make([]byte, eventSize)
	for {
		if _, err := io.ReadFull(k.from, event); err != nil {
			t.Fatal(err)
		}
		kind, code, down := binary.NativeEndian.Uint16(event[16:]), binary.NativeEndian.Uint16(event[18:]), event[20] != 0
		switch {
		case kind != typeKey:
		case code == leftShift:
			k.shifted = down
		case down && code == comma && k.shifted:
			return '<'
		case down:
			return letters[code]
		}
	}
}
