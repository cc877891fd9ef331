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

// config returns the library's form of the settings, or a [LineError].
func (l Line) config(path string) (*serial.Config, error) {
	parity, ok := parities[l.Parity]
	switch {
	case !rates[l.Baud]:
		return nil, &LineError{fmt.Sprintf("%d baud is not supported", l.Baud)}
	case l.DataBits < 5 || l.DataBits > 8:
		return nil, &LineError{fmt.Sprintf("%d data bits are not supported", l.DataBits)}
	case !ok:
		return nil, &LineError{fmt.Sprintf("parity %q is not supported", l.Parity)}
	case l.StopBits != 1 && l.StopBits != 2:
		return nil, &LineError{fmt.Sprintf("%d stop bits are not supported", l.StopBits)}
	}
	return &serial.Config{
		Name:        path,
		Baud:        l.Baud,
		Size:        byte(l.DataBits),
		Parity:      parity,
		StopBits:    serial.StopBits(l.StopBits),
		ReadTimeout: readTick,
	}, nil
}
