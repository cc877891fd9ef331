package board

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"portcullis/drivers/display"
)

// clockName is how the kernel names battery-backed clocks.
var clockName = regexp.MustCompile(`^rtc[0-9]+$`)

// check returns what is wrong with the devices of a board.
func (d Devices) check() (problems []error) {
	paths := map[string]string{"i2c": d.I2C, "spi": d.SPI, "watchdog": d.Watchdog}
	for _, key := range keys(paths) {
		if path := paths[key]; path != "" && !strings.HasPrefix(path, "/dev/") {
			problems = append(problems, fmt.Errorf("devices.%s: %q is no path below /dev", key, path))
		}
	}
	for _, pattern := range d.Readers {
		if !strings.HasPrefix(pattern, "/dev/") {
			problems = append(problems, fmt.Errorf("devices.readers: %q is no pattern below /dev", pattern))
		}
	}
	if d.RTC != "" && !clockName.MatchString(d.RTC) {
		problems = append(problems, fmt.Errorf("devices.rtc: %q is no clock of the kernel's, such as \"rtc0\"", d.RTC))
	}
	return problems
}

// The addresses that a device on an I2C bus can have.
const (
	firstAddress = 0x08
	lastAddress  = 0x77
)

// check returns what is wrong with a display; it is on the board's bus unless it
// says otherwise.
func (s *Screen) check(bus string) (problems []error) {
	if s == nil {
		return nil
	}
	if s.Controller != "ssd1306" {
		problems = append(problems, fmt.Errorf("display.controller: %q is none that is known; \"ssd1306\" is", s.Controller))
	}
	if s.Bus == "" && bus == "" {
		problems = append(problems, fmt.Errorf("display.bus: missing, and the devices have no i2c"))
	}
	if s.Bus != "" && !strings.HasPrefix(s.Bus, "/dev/") {
		problems = append(problems, fmt.Errorf("display.bus: %q is no path below /dev", s.Bus))
	}
	if s.Address != 0 && (s.Address < firstAddress || s.Address > lastAddress) {
		problems = append(problems, fmt.Errorf("display.address: %#x is not within %#x and %#x", s.Address, firstAddress, lastAddress))
	}
	for _, l := range s.Languages {
		if !slices.Contains(display.Languages(), l) {
			problems = append(problems, fmt.Errorf("display.languages: no words in %q; there are %s", l, strings.Join(display.Languages(), ", ")))
		}
	}
	return problems
}
