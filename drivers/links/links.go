// Package links opens the way to a reader that its profile names: a serial port,
// an input device, a HID device, a helper program. It decides nothing; it is
// where the profiles of package reader meet the packages of links.
package links

import (
	"context"

	"portcullis/drivers/evdev"
	"portcullis/drivers/helper"
	"portcullis/drivers/hidraw"
	"portcullis/drivers/ports"
	"portcullis/drivers/reader"
	"portcullis/drivers/tty"
)

// Open returns what opens the link of a profile, which is a valid one.
func Open(p reader.Profile) reader.Opener {
	switch p.Link {
	case ports.Evdev:
		return func(ctx context.Context, path string, _ reader.Line) (reader.Link, error) {
			return link(evdev.Open(ctx, path))
		}
	case ports.HIDRaw:
		return func(ctx context.Context, path string, _ reader.Line) (reader.Link, error) {
			return link(hidraw.Open(ctx, path))
		}
	case helperLink:
		return func(ctx context.Context, _ string, _ reader.Line) (reader.Link, error) {
			return link(helper.Open(ctx, p.Command))
		}
	}
	return func(ctx context.Context, path string, l reader.Line) (reader.Link, error) {
		return link(tty.Open(ctx, path, tty.Line{Baud: l.Baud, DataBits: l.DataBits, Parity: l.Parity, StopBits: l.StopBits, DTR: l.DTR, RTS: l.RTS}))
	}
}

// link returns an open link as what it is, and none as none.
func link[L reader.Link](l L, err error) (reader.Link, error) {
	if err != nil {
		return nil, err
	}
	return l, nil
}
