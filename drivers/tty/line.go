package tty

import (
	"fmt"

	"github.com/tarm/serial"
)

// Line is how a serial line is set.
type Line struct {
	Baud     int
	DataBits int    // 5 to 8
	Parity   string // "none", "odd" or "even"
	StopBits int    // 1 or 2
	DTR      string // "on", "off", or "" to leave it
	RTS      string // likewise
	Native   bool   // not on tarm/serial, even where that can do it
}

// String returns the settings in the common short form, such as "9600 8N1".
func (l Line) String() string {
	return fmt.Sprintf("%d %d%c%d", l.Baud, l.DataBits, parities[l.Parity], l.StopBits)
}

var parities = map[string]serial.Parity{
	"none": serial.ParityNone,
	"odd":  serial.ParityOdd,
	"even": serial.ParityEven,
}

// A LineError says which setting of a line cannot be had. No waiting mends it.
type LineError struct{ Cause string }

// Error names the setting and its value.
func (e *LineError) Error() string { return "set line: " + e.Cause }

// Permanent is always true: the next attempt would be refused as well.
func (e *LineError) Permanent() bool { return true }

// rates are the rates that tarm/serial accepts. It refuses any other with a
// text that does not name the rate.
var rates = map[int]bool{
	50: true, 75: true, 110: true, 134: true, 150: true, 200: true, 300: true, 600: true,
	1200: true, 1800: true, 2400: true, 4800: true, 9600: true, 19200: true, 38400: true,
	57600: true, 115200: true, 230400: true, 460800: true, 500000: true, 576000: true,
	921600: true, 1000000: true, 1152000: true, 1500000: true, 2000000: true,
	2500000: true, 3000000: true, 3500000: true, 4000000: true,
}

// The rates between which a line is one.
const (
	minBaud = 50
	maxBaud = 4_000_000
)

// check returns a [LineError] for what no port has.
func (l Line) check() error {
	_, known := parities[l.Parity]
	switch {
	case l.Baud < minBaud || l.Baud > maxBaud:
		return &LineError{fmt.Sprintf("%d baud is not between %d and %d", l.Baud, minBaud, maxBaud)}
	case l.DataBits < 5 || l.DataBits > 8:
		return &LineError{fmt.Sprintf("%d data bits are not supported", l.DataBits)}
	case !known:
		return &LineError{fmt.Sprintf("parity %q is not supported", l.Parity)}
	case l.StopBits != 1 && l.StopBits != 2:
		return &LineError{fmt.Sprintf("%d stop bits are not supported", l.StopBits)}
	case !isModem(l.DTR):
		return &LineError{fmt.Sprintf("DTR %q is not supported", l.DTR)}
	case !isModem(l.RTS):
		return &LineError{fmt.Sprintf("RTS %q is not supported", l.RTS)}
	}
	return nil
}

func isModem(s string) bool { return s == "" || s == "on" || s == "off" }

// isNative reports whether a line is none for tarm/serial.
func (l Line) isNative() bool {
	return l.Native || !rates[l.Baud] || l.Parity != "none" || l.DTR != "" || l.RTS != ""
}

// config returns the library's form of the settings.
func (l Line) config(path string) *serial.Config {
	return &serial.Config{
		Name:        path,
		Baud:        l.Baud,
		Size:        byte(l.DataBits),
		Parity:      parities[l.Parity],
		StopBits:    serial.StopBits(l.StopBits),
		ReadTimeout: readTick,
	}
}
