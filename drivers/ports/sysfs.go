package ports

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// hasDevice reports whether hardware is behind an entry of a class.
func hasDevice(dir string) bool { return exists(filepath.Join(dir, "device")) }

// isSerial reports whether an entry is a serial port: virtual consoles and
// pseudo-terminals have no device, and a UART that is not fitted has type 0.
func isSerial(dir string) bool { return hasDevice(dir) && text(dir, "type") != "0" }

// keyboardKeys are the keys Esc, 1 to 0, and Q to D, bits 1 to 31: what has them all is a
// keyboard, and a power button or a remote control has not.
const keyboardKeys = 0xFFFFFFFE

// isKeyboard reports whether an entry is an input device that types.
func isKeyboard(dir string) bool {
	words := strings.Fields(text(dir, "device/capabilities/key"))
	if len(words) == 0 || !strings.HasPrefix(filepath.Base(dir), "event") {
		return false
	}
	lowest, err := strconv.ParseUint(words[len(words)-1], 16, 64)
	return err == nil && lowest&keyboardKeys == keyboardKeys
}

// describe fills in what sysfs says of a port.
func (p *Port) describe(root, dir string) {
	device, err := filepath.EvalSymlinks(filepath.Join(dir, "device"))
	if err != nil {
		return // it has just gone
	}
	p.Product = clean(text(device, "name"))
	top := filepath.Join(root, "sys/devices")
	for at := device; strings.HasPrefix(at, top) && at != top; at = filepath.Dir(at) {
		if p.Driver == "" {
			p.Driver = driver(at)
		}
		p.fromHID(uevent(at))
		if vendor := text(at, "idVendor"); vendor != "" {
			p.fromUSB(at, vendor)
			return
		}
	}
}

// fromUSB takes what a USB device says of itself.
func (p *Port) fromUSB(dir, vendor string) {
	p.USB = strings.ToLower(clean(vendor + ":" + text(dir, "idProduct")))
	p.Serial = cmp.Or(clean(text(dir, "serial")), p.Serial)
	p.Product = cmp.Or(clean(text(dir, "product")), p.Product)
	p.Manufacturer = clean(text(dir, "manufacturer"))
}

// fromHID takes what the kernel says of a HID device, for those that are on no USB
// that sysfs shows: HID_ID=0003:00000DB5:00000139 is bus, vendor and product.
func (p *Port) fromHID(said map[string]string) {
	p.Product = cmp.Or(p.Product, clean(said["HID_NAME"]))
	p.Serial = cmp.Or(p.Serial, clean(said["HID_UNIQ"]))
	id := strings.Split(said["HID_ID"], ":")
	if len(id) == 3 && id[0] == "0003" && len(id[1]) == 8 && len(id[2]) == 8 {
		p.USB = strings.ToLower(clean(id[1][4:] + ":" + id[2][4:]))
	}
}

// driver returns the name of the driver of a device, or "".
func driver(dir string) string {
	to, err := os.Readlink(filepath.Join(dir, "driver"))
	if err != nil {
		return ""
	}
	return filepath.Base(to)
}

// uevent returns what the kernel says of a device in its uevent file.
func uevent(dir string) map[string]string {
	said := map[string]string{}
	for line := range strings.Lines(text(dir, "uevent")) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		said[key] = value
	}
	return said
}

// text returns a file of sysfs without the line end, or "".
func text(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(b))
}

// maxText is the longest that a device's word of itself is shown: USB has 126
// characters at most.
const maxText = 126

// clean returns a device's own text with only what prints.
func clean(s string) string {
	var b strings.Builder
	for _, r := range s {
		if b.Len() >= maxText {
			break
		}
		if !unicode.IsPrint(r) {
			r = '?'
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}
