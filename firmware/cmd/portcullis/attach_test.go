package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// attach ROOT TTY USB SERIAL PRODUCT [LINK] lays a serial port of a USB device into
// a tree of sysfs and /dev below ROOT, as package ports looks for it.
func attach(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 5 {
		ts.Fatalf("usage: attach root tty usb serial product [link]")
	}
	root, tty := ts.MkAbs(args[0]), args[1]
	vendor, product, _ := strings.Cut(args[2], ":")
	device := filepath.Join(root, "sys/devices/usb1", args[3])
	port, class := filepath.Join(device, "1.0", tty), filepath.Join(root, "sys/class/tty", tty)
	for _, dir := range []string{port, class, filepath.Join(root, "dev/serial/by-id")} {
		ts.Check(os.MkdirAll(dir, 0o700))
	}
	for name, text := range map[string]string{"idVendor": vendor, "idProduct": product, "serial": args[3], "product": args[4]} {
		ts.Check(os.WriteFile(filepath.Join(device, name), []byte(text+"\n"), 0o600))
	}
	ts.Check(os.Symlink(port, filepath.Join(class, "device")))
	ts.Check(os.WriteFile(filepath.Join(root, "dev", tty), nil, 0o600))
	if len(args) > 5 {
		ts.Check(os.Symlink("../../"+tty, filepath.Join(root, "dev/serial/by-id", args[5])))
	}
}
