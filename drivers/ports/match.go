package ports

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A Match is what a device has to be. All that it says has to hold; one that says
// nothing fits nothing.
type Match struct {
	USB     string // vendor and product, such as "2b78:0005", or "2b78" for any product of the vendor
	Serial  string // a regular expression for the serial number
	Product string // and for the name that the device gives itself
	Path    string // a pattern for the node or a link to it, such as /dev/serial/by-id/*
}

// Fits reports whether a port is what it has to be. It fails when an expression or
// a pattern is none.
func (m Match) Fits(p Port) (bool, error) {
	if m == (Match{}) {
		return false, nil
	}
	fits := m.USB == "" || m.USB == p.USB || strings.HasPrefix(p.USB, m.USB+":")
	for _, c := range []struct{ expression, text string }{{m.Serial, p.Serial}, {m.Product, p.Product}} {
		ok, err := regexp.MatchString(c.expression, c.text)
		if err != nil {
			return false, fmt.Errorf("match port: %w", err)
		}
		fits = fits && ok
	}
	if m.Path == "" {
		return fits, nil
	}
	for _, name := range slices.Concat([]string{p.Node}, p.ByID, p.ByPath) {
		ok, err := path.Match(m.Path, name)
		if err != nil {
			return false, fmt.Errorf("match port: pattern %q: %w", m.Path, err)
		}
		if ok {
			return fits, nil
		}
	}
	return false, nil
}
