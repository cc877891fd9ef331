package watchdog

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// An Answer is that of a driver, which may have none.
type Answer uint8

// The answers. The zero value is that nobody knows.
const (
	Unknown Answer = iota
	No
	Yes
)

// String returns the answer as logs have it.
func (a Answer) String() string { return [...]string{"unknown", "no", "yes"}[a] }

// A Status is what a driver says of its watchdog.
type Status struct {
	Identity string // of the driver or the chip
	Boot     Boot
	NoWayOut Answer // nothing stops it once it runs
	// AnyClose says that the driver knows no magic close: unless it is set to
	// nowayout, it stops when the program ends, however that ends.
	AnyClose bool
	Refused  error // why the timeout that was asked for was not taken; nil if it was
}

// learn takes in what WDIOC_GETSUPPORT has returned.
func (s *Status) learn(info *unix.WatchdogInfo) {
	name, _, _ := bytes.Cut(info.Identity[:], []byte{0})
	s.Identity = strings.ToValidUTF8(string(name), "?")
	s.Boot.Options = info.Options
	s.AnyClose = info.Options&unix.WDIOF_MAGICCLOSE == 0
}

// A Boot is what a watchdog remembers of the last reset: bits of WDIOF_*, those
// that are set, and those of which its driver says that it would set them.
type Boot struct {
	Bits, Options uint32
	Err           error // why it cannot be read
}

// Bitten says whether this watchdog has caused the last reset. A driver that
// neither says so nor claims that it would leaves that unknown.
func (b Boot) Bitten() Answer {
	switch {
	case b.Err != nil:
		return Unknown
	case b.Bits&unix.WDIOF_CARDRESET != 0:
		return Yes
	case b.Options&unix.WDIOF_CARDRESET != 0:
		return No
	}
	return Unknown
}

// causes are the bits of a boot status in words.
var causes = []struct {
	bit   uint32
	words string
}{
	{unix.WDIOF_CARDRESET, "the watchdog"},
	{unix.WDIOF_OVERHEAT, "heat"},
	{unix.WDIOF_FANFAULT, "a fan"},
	{unix.WDIOF_EXTERN1, "external relay 1"},
	{unix.WDIOF_EXTERN2, "external relay 2"},
	{unix.WDIOF_POWERUNDER, "too low a voltage"},
	{unix.WDIOF_POWEROVER, "too high a voltage"},
}

// String names the causes of the last reset that the watchdog knows of.
func (b Boot) String() string {
	if b.Err != nil {
		return fmt.Sprintf("last reset: cannot be read: %v", b.Err)
	}
	var known []string
	for _, c := range causes {
		if b.Bits&c.bit != 0 {
			known = append(known, c.words)
		}
	}
	switch {
	case len(known) > 0:
		return "last reset by " + strings.Join(known, " and ")
	case b.Bitten() == No:
		return "last reset not by the watchdog"
	}
	return "last reset: the watchdog does not say"
}
