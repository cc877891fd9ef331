// Package chardev reads and writes character devices that the kernel lets wait:
// input devices, HID devices. It does for them what package tty does for serial
// ports, so that a pulled plug is noticed and nothing waits for ever, and it knows
// nothing of what the bytes mean.
//
// Reads stand on the poller of the Go runtime, with a deadline. How a device says
// that it has gone differs, and all of these are [ErrGone]: ENODEV (input and HID
// devices), EIO and an end of file (terminals, pipes), and a node that
// is no longer the one that was opened. A write can wait in the kernel where no
// deadline reaches it, as for the control transfer of a HID device, so it has a goroutine
// of its own and is given up when its context is done.
package chardev
