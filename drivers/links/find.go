package links

import (
	"fmt"
	"strings"

	"portcullis/drivers/ports"
	"portcullis/drivers/reader"
)

// helperLink is the link of a profile whose reader is a program.
const helperLink = "helper"

// A Finder looks for readers on this machine.
type Finder struct {
	Root string // where /sys and /dev are looked for; "/" if empty
}

// Find returns what finds the reader of a profile: at a port that is given, which
// [reader.At] describes, or wherever a device is that the profile matches. A
// helper is at its program.
func (f Finder) Find(p reader.Profile, port string) func() (string, error) {
	switch {
	case port != "":
		return reader.At(port)
	case p.Link == helperLink:
		return func() (string, error) { return p.Command[0], nil }
	}
	return func() (string, error) { return f.matching(p) }
}

// matching returns the node of the one device that a profile matches.
func (f Finder) matching(p reader.Profile) (string, error) {
	all, err := f.Ports()
	if err != nil {
		return "", err
	}
	var nodes []string
	for _, port := range all {
		fits, err := Fits(p, port)
		if err != nil {
			return "", err
		}
		if fits {
			nodes = append(nodes, port.Node)
		}
	}
	switch len(nodes) {
	case 0:
		return "", fmt.Errorf("find a device for profile %s: %w", p.Name, reader.ErrAbsent)
	case 1:
		return nodes[0], nil
	}
	return "", fmt.Errorf("find a device for profile %s: %d fit, name the port of one: %s", p.Name, len(nodes), strings.Join(nodes, ", "))
}

// Ports returns the devices that could be readers.
func (f Finder) Ports() ([]ports.Port, error) {
	if f.Root == "" {
		f.Root = "/"
	}
	return ports.Scan(f.Root)
}

// Fits reports whether a port can be the reader of a profile.
func Fits(p reader.Profile, port ports.Port) (bool, error) {
	if p.Link != port.Link {
		return false, nil
	}
	for _, m := range p.Match {
		if fits, err := ports.Match(m).Fits(port); fits || err != nil {
			return fits, err
		}
	}
	return false, nil
}
