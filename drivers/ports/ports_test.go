package ports_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"portcullis/drivers/ports"
)

// A tree is a system's /sys and /dev, as far as ports looks at them.
type tree struct {
	t    *testing.T
	root string
}

func newTree(t *testing.T) *tree {
	f := &tree{t, t.TempDir()}
	for _, dir := range []string{"sys/class/tty", "sys/class/input", "sys/class/hidraw", "sys/devices", "dev"} {
		f.dir(dir)
	}
	return f
}

func (f *tree) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *tree) dir(path string) { f.must(os.MkdirAll(filepath.Join(f.root, path), 0o755)) }

// file writes files, each as "name=content".
func (f *tree) files(dir string, files ...string) {
	f.dir(dir)
	for _, file := range files {
		name, content, _ := strings.Cut(file, "=")
		f.dir(filepath.Dir(filepath.Join(dir, name)))
		f.must(os.WriteFile(filepath.Join(f.root, dir, name), []byte(content+"\n"), 0o644))
	}
}

// link makes a relative link, as sysfs and udev do.
func (f *tree) link(at, to string) {
	f.dir(filepath.Dir(at))
	relative, err := filepath.Rel(filepath.Join(f.root, filepath.Dir(at)), filepath.Join(f.root, to))
	f.must(err)
	f.must(os.Symlink(relative, filepath.Join(f.root, at)))
}

// node adds an entry of a class whose device is there, and its node.
func (f *tree) node(class, name, devname, device string) {
	at := filepath.Join(device, class, name)
	f.files(at, "uevent=MAJOR=1\nDEVNAME="+devname)
	if device != "sys/devices/virtual" {
		f.link(filepath.Join(at, "device"), device)
	}
	f.link(filepath.Join("sys/class", class, name), at)
	f.files("dev", devname+"=")
}

func (f *tree) driver(device, name string) {
	f.link(filepath.Join(device, "driver"), "sys/bus/drivers/"+name)
}

const usb = "sys/devices/pci0000:00/0000:00:14.0/usb1/"

// device adds a USB device.
func (f *tree) device(name string, files ...string) string {
	f.files(usb+name, files...)
	f.files(usb, "idVendor=1d6b", "idProduct=0002") // the hub
	return usb + name
}

func (f *tree) scan() []ports.Port {
	f.t.Helper()
	found, err := ports.Scan(f.root)
	f.must(err)
	return found
}

func (f *tree) wants(want ...ports.Port) {
	f.t.Helper()
	if diff := cmp.Diff(want, f.scan()); diff != "" {
		f.t.Errorf("ports differ (-want +got):\n%s", diff)
	}
}

// modem is what Linux makes of an Elyctis reader: its ids are S's, the texts ours.
func (f *tree) modem() ports.Port {
	d := f.device("1-1", "idVendor=2b78", "idProduct=0005", "serial=A1B2", "product=IDBOX One", "manufacturer=Elyctis")
	f.files(d+"/1-1:1.0", "bInterfaceClass=02")
	f.driver(d+"/1-1:1.0", "cdc_acm")
	f.node("tty", "ttyACM0", "ttyACM0", d+"/1-1:1.0")
	f.link("dev/serial/by-id/usb-Elyctis_IDBOX_One_A1B2-if00", "dev/ttyACM0")
	f.link("dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0", "dev/ttyACM0")
	return ports.Port{
		Link: "serial", Node: "/dev/ttyACM0", USB: "2b78:0005", Serial: "A1B2", Product: "IDBOX One", Manufacturer: "Elyctis", Driver: "cdc_acm",
		ByID:   []string{"/dev/serial/by-id/usb-Elyctis_IDBOX_One_A1B2-if00"},
		ByPath: []string{"/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0"},
	}
}

func TestSerialPortsAreThoseWithADevice(t *testing.T) {
	f := newTree(t)
	acm := f.modem()

	adapter := f.device("1-2", "idVendor=0403", "idProduct=6001", "product=FT232R USB UART")
	f.files(adapter+"/1-2:1.0/ttyUSB0", "latency_timer=16")
	f.driver(adapter+"/1-2:1.0/ttyUSB0", "ftdi_sio")
	f.driver(adapter+"/1-2:1.0", "ftdi_other")
	f.node("tty", "ttyUSB0", "ttyUSB0", adapter+"/1-2:1.0/ttyUSB0")

	uart := "sys/devices/platform/soc/fe201000.serial"
	f.driver(uart, "uart-pl011")
	f.node("tty", "ttyAMA0", "ttyAMA0", uart)
	f.files(uart+"/tty/ttyAMA0", "type=32")

	empty := "sys/devices/platform/serial8250"
	f.node("tty", "ttyS3", "ttyS3", empty)
	f.files(empty+"/tty/ttyS3", "type=0")
	f.node("tty", "tty0", "tty0", "sys/devices/virtual")
	f.node("tty", "ptmx", "ptmx", "sys/devices/virtual")

	f.wants(acm,
		ports.Port{Link: "serial", Node: "/dev/ttyAMA0", Driver: "uart-pl011"},
		ports.Port{Link: "serial", Node: "/dev/ttyUSB0", USB: "0403:6001", Product: "FT232R USB UART", Driver: "ftdi_sio"})
}

// wedge adds a reader that is a keyboard and a HID device, as far as it is on USB.
func (f *tree) wedge(device string) {
	hid := device + "/1-3:1.0/0003:0DB5:013E.0001"
	f.files(hid, "uevent=DRIVER=hid-generic\nHID_ID=0003:00000DB5:0000013E\nHID_NAME=AccessIS OCR Reader\nHID_UNIQ=77")
	f.driver(hid, "hid-generic")
	f.files(hid+"/input/input5", "name=AccessIS OCR Reader Keyboard", "capabilities/key=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe")
	f.node("input", "event3", "input/event3", hid+"/input/input5")
	f.node("hidraw", "hidraw0", "hidraw0", hid)
	f.link("dev/input/by-id/usb-AccessIS_OCR_Reader-event-kbd", "dev/input/event3")
}

func TestKeyboardsAndHIDDevices(t *testing.T) {
	f := newTree(t)
	f.wedge(f.device("1-3", "idVendor=0db5", "idProduct=013e", "product=AccessIS OCR Reader", "serial=77", "manufacturer=Access-IS"))
	button := "sys/devices/LNXSYSTM:00/input/input0"
	f.files(button, "name=Power Button", "capabilities/key=10000000000000 0")
	f.node("input", "event0", "input/event0", button)
	mouse := "sys/devices/platform/i8042/input/input1"
	f.files(mouse, "name=Mouse", "capabilities/key=70000 0 0 0 0")
	f.node("input", "event1", "input/event1", mouse)
	f.node("input", "mice", "input/mice", "sys/devices/virtual")
	p := ports.Port{USB: "0db5:013e", Serial: "77", Product: "AccessIS OCR Reader", Manufacturer: "Access-IS", Driver: "hid-generic"}
	keyboard, raw := p, p
	keyboard.Link, keyboard.Node, keyboard.ByID = "evdev", "/dev/input/event3", []string{"/dev/input/by-id/usb-AccessIS_OCR_Reader-event-kbd"}
	raw.Link, raw.Node = "hidraw", "/dev/hidraw0"
	f.wants(raw, keyboard)
}

func TestKeyboardsOfKernelsWith32Bits(t *testing.T) {
	f := newTree(t)
	device := "sys/devices/platform/keys/input/input0"
	f.files(device, "name=Keys", "capabilities/key=7 ff800000 7ff fffffdff 3ffff ffffffff fffffffe")
	f.node("input", "event0", "input/event0", device)
	f.wants(ports.Port{Link: "evdev", Node: "/dev/input/event0", Product: "Keys"})
}

// A HID device without a USB device above it, as one that another program makes.
func TestHIDDevicesTellTheirIDs(t *testing.T) {
	f := newTree(t)
	f.wedge("sys/devices/virtual/misc/uhid")
	for _, p := range f.scan() {
		if p.USB != "0db5:013e" || p.Serial != "77" {
			t.Errorf("port is %+v", p)
		}
	}
	if n := len(f.scan()); n != 2 {
		t.Errorf("%d ports, want 2", n)
	}
}

func TestWhatIsComingOrGoingIsLeftOut(t *testing.T) {
	f := newTree(t)
	f.modem()
	f.must(os.Remove(filepath.Join(f.root, "dev/ttyACM0")))
	f.wants()
	f.files("dev", "ttyACM0=")
	f.must(os.RemoveAll(filepath.Join(f.root, usb+"1-1/1-1:1.0")))
	f.wants()
	f.must(os.RemoveAll(filepath.Join(f.root, "sys/class")))
	f.wants()
	if _, err := ports.Scan(filepath.Join(f.root, "none")); err == nil {
		t.Error("a system that is not there has ports")
	}
}

func TestWhatADeviceSaysOfItselfIsMadeToPrint(t *testing.T) {
	f := newTree(t)
	f.modem()
	f.files(usb+"1-1", "product=\x1b[2Jevil\nname\u202e", "serial="+strings.Repeat("9", 4000), "manufacturer=\xff")
	p := f.scan()[0]
	if p.Product != "?[2Jevil?name?" || len(p.Serial) != 126 || p.Manufacturer != "\ufffd" && p.Manufacturer != "?" {
		t.Errorf("port says %q, %d digits, %q", p.Product, len(p.Serial), p.Manufacturer)
	}
}

func TestNoDeviceIsOpened(t *testing.T) {
	f := newTree(t)
	f.modem()
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK)
	f.must(err)
	defer unix.Close(watch)
	_, err = unix.InotifyAddWatch(watch, filepath.Join(f.root, "dev/ttyACM0"), unix.IN_OPEN)
	f.must(err)
	if n := len(f.scan()); n != 1 {
		t.Errorf("%d ports, want 1", n)
	}
	if n, err := unix.Read(watch, make([]byte, 4096)); err != unix.EAGAIN {
		t.Errorf("the node was opened: %d, %v", n, err)
	}
}

func TestScanOfThisSystem(t *testing.T) {
	found, err := ports.Scan("/")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range found {
		if p.Link == "" || !strings.HasPrefix(p.Node, "/dev/") {
			t.Errorf("port is %+v", p)
		}
		t.Logf("%+v", p)
	}
}
