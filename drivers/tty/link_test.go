package tty_test

import (
	"context"
	"io"
	"os"
	"testing"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/reader"
	"portcullis/drivers/tty"
)

// A peer is the device's end of a pseudo-terminal.
type peer struct{ *os.File }

func (p peer) Send(b []byte) error { _, err := p.Write(b); return err }
func (p peer) Receive(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(p, b)
	return b, err
}
func (p peer) Unplug() error { return p.Close() }

func TestLink(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		drivertest.TestLink(t, func(t *testing.T) drivertest.LinkBench {
			device, path := pair(t)
			return drivertest.LinkBench{
				Open: func(ctx context.Context) (reader.Link, error) { return tty.Open(ctx, path, line) },
				Peer: peer{device}, Gone: tty.ErrGone, Busy: tty.ErrBusy, Wedged: tty.ErrWedged,
			}
		})
	})
}
