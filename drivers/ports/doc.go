// Package ports finds the devices that a reader could be: serial ports with a device
// behind them, keyboards, HID devices. It looks into sysfs and /dev and opens
// nothing, so that no line is raised and no console disturbed.
//
//	/sys/class/tty/ttyUSB0/device    -> .../usb1/1-1/1-1:1.0/ttyUSB0
//	/sys/class/input/event3/device   -> .../usb1/1-1/1-1:1.0/0003:0DB5:0139.0001/input/input5
//	/sys/class/hidraw/hidraw0/device -> .../usb1/1-1/1-1:1.0/0003:0DB5:0139.0001
//	                                             |
//	                                             idVendor, idProduct, serial, product, manufacturer
//
// The first folder upwards that has an idVendor is the USB device. A node that /dev does not have
// is no port yet. What devices say of themselves is theirs: whatever does not print is
// replaced before it gets into a log or onto a page.
package ports
