// Package links opens the way to a reader that its profile names: a serial port,
// an input device, a HID device, a helper program. It decides nothing; it is
// where the profiles of package reader meet the packages of links.
package links

import (
	"context"

	"portcullis/drivers/reader"
	"portcullis/drivers/tty"
)

// Open returns what opens the link of a profile. The profile is a valid one.
func Open(reader.Profile) reader.Opener { return serial }

// serial opens a serial port.
func serial(ctx context.Context, path string, l reader.Line) (reader.Link, error) {
	return tty.Open(ctx, path, tty.Line{Baud: l.Baud, DataBits: l.DataBits, Parity: l.Parity, StopBits: l.StopBits})
}

// Find returns what finds a reader: at a port that is given, or wherever a device
// is that its profile matches.
func Find(_ reader.Profile, port string) func() (string, error) { return reader.At(port) }

var _ reader.Link = (*tty.Port)(nil)
