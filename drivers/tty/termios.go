package tty

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// setLine makes a terminal a raw line, at any rate, by the kernel's termios2
// (ioctl_tty(2)). The bits HUPCL and CRTSCTS are off, as with tarm/serial: a
// reader that DTR feeds keeps its power when the port is closed, and nothing waits
// for CTS.
func setLine(fd int, line Line) error {
	rate := uint32(line.Baud)
	t := unix.Termios{
		Iflag:  unix.INPCK | unix.PARMRK,
		Cflag:  unix.BOTHER | unix.CREAD | unix.CLOCAL | sizes[line.DataBits] | parityBits[line.Parity],
		Ispeed: rate,
		Ospeed: rate,
	}
	if line.StopBits == 2 {
		t.Cflag |= unix.CSTOPB
	}
	t.Cc[unix.VMIN] = 1
	if err := unix.IoctlSetTermios(fd, unix.TCSETS2, &t); err != nil {
		return fmt.Errorf("set line: %w", err)
	}
	set, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
	if err != nil {
		return fmt.Errorf("read line: %w", err)
	}
	return checkRate(int(set.Ospeed), line.Baud)
}

var (
	sizes      = map[int]uint32{5: unix.CS5, 6: unix.CS6, 7: unix.CS7, 8: unix.CS8}
	parityBits = map[string]uint32{"none": 0, "odd": unix.PARENB | unix.PARODD, "even": unix.PARENB}
)

// checkRate compares the rate that a driver set with the one that it was told: one
// that cannot have it leaves another, and says so only when asked. The kernel itself
// takes rates within 2 % for the same.
func checkRate(set, want int) error {
	if off := set - want; max(off, -off)*50 > want {
		return fmt.Errorf("set line: the port cannot have %d baud, and took %d", want, set)
	}
	return nil
}

// setModem puts DTR and RTS where a line wants them. The kernel raises both as it
// opens a port, so "off" comes a moment later.
func setModem(fd int, line Line) error {
	var raise, drop int
	for bit, want := range map[int]string{unix.TIOCM_DTR: line.DTR, unix.TIOCM_RTS: line.RTS} {
		switch want {
		case "on":
			raise |= bit
		case "off":
			drop |= bit
		}
	}
	for request, bits := range map[uint]int{unix.TIOCMBIS: raise, unix.TIOCMBIC: drop} {
		if bits == 0 {
			continue
		}
		err := unix.IoctlSetPointerInt(fd, request, bits)
		if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) {
			return errors.New("set DTR and RTS: the port has no such lines")
		}
		if err != nil {
			return fmt.Errorf("set DTR and RTS: %w", err)
		}
	}
	return nil
}

// The device numbers of pseudo-terminals (Documentation/admin-guide/devices.txt).
const (
	firstPseudo = 136
	lastPseudo  = 143
)

// isPseudo reports whether a terminal has a program at its far end, and no wires.
func isPseudo(fd int) bool {
	var node unix.Stat_t
	if err := unix.Fstat(fd, &node); err != nil {
		return false
	}
	major := unix.Major(uint64(node.Rdev))
	return major >= firstPseudo && major <= lastPseudo
}
