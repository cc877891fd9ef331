package tty_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/tty"
)

// wedge writes what the device does not take: all but the first byte.
func wedge(t *testing.T, p tty.Port, device io.Reader, b []byte) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	written := make(chan error, 1)
	go func() { written <- p.Write(ctx, b) }()
	within(t, "the device", func() {
		if _, err := io.ReadFull(device, make([]byte, 1)); err != nil {
			t.Error(err)
		}
	})
	cancel()
	select {
	case err := <-written:
		return err
	case <-time.After(deadline):
		t.Fatal("Write hangs")
		return nil
	}
}

// A write of tarm/serial waits where nothing reaches it.
func TestAWedgedWriteIsToldAndHoldsUpNothing(t *testing.T) {
	device, path := pair(t)
	p := open(t, path, line9600)
	if err := wedge(t, p, device, make([]byte, 1<<20)); !errors.Is(err, tty.ErrWedged) {
		t.Fatalf("Write of what nobody takes = %v, want ErrWedged", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.Write(ctx, []byte("more")); !errors.Is(err, tty.ErrWedged) {
		t.Errorf("Write behind it = %v, want ErrWedged", err)
	}
	if n, err := p.Read(t.Context(), make([]byte, 8)); n != 0 || err != nil {
		t.Errorf("Read beside it = %d, %v; want 0, nil", n, err)
	}
	within(t, "Close", func() {
		if err := p.Close(); !errors.Is(err, tty.ErrWedged) {
			t.Errorf("Close = %v, want ErrWedged", err)
		}
	})
	if _, err := tty.Open(t.Context(), path, line9600); !errors.Is(err, tty.ErrBusy) {
		t.Errorf("Open of a port that is not yet closed = %v, want ErrBusy", err)
	}
	if err := device.Close(); err != nil {
		t.Fatal(err)
	}
	within(t, "Close after the line dropped", func() {
		if err := p.Close(); err != nil {
			t.Errorf("Close after the line dropped = %v", err)
		}
	})
}

func TestANativePortIsClosedAtOnceThoughAWriteWaits(t *testing.T) {
	drivertest.NeedsTermios2(t)
	device, path := pair(t)
	for range 5 {
		p := open(t, path, native9600)
		written := make(chan error, 1)
		go func() { written <- p.Write(t.Context(), make([]byte, 1<<20)) }()
		within(t, "the device", func() {
			if _, err := device.Read(make([]byte, 1)); err != nil {
				t.Error(err)
			}
		})
		within(t, "Close", func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
		within(t, "Write", func() {
			if err := <-written; !errors.Is(err, os.ErrClosed) {
				t.Errorf("Write = %v, want ErrClosed", err)
			}
		})
	}
}

func TestAWriteThatIsGivenUpKeepsItsBytes(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		device, path := pair(t)
		p := open(t, path, line)
		b := bytes.Repeat([]byte("A"), 1<<20)
		if err := wedge(t, p, device, b); !errors.Is(err, tty.ErrWedged) {
			t.Fatalf("Write of what nobody takes = %v, want ErrWedged", err)
		}
		copy(b, bytes.Repeat([]byte("B"), len(b))) // the caller's slice is the caller's again
		got := make([]byte, len(b)-1)
		within(t, "the device", func() {
			if _, err := io.ReadFull(device, got); err != nil {
				t.Error(err)
			}
		})
		if n := bytes.Count(got, []byte("A")); n != len(got) {
			t.Errorf("%d bytes of %d are those written", n, len(got))
		}
		if err := p.Write(t.Context(), []byte("C")); err != nil {
			t.Errorf("Write after the device took it all = %v", err)
		}
	})
}

func TestWriteAfterCloseFails(t *testing.T) {
	onBoth(t, func(t *testing.T, line tty.Line) {
		_, path := pair(t)
		p := open(t, path, line)
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if err := p.Write(t.Context(), []byte("LED ON")); !errors.Is(err, os.ErrClosed) {
			t.Errorf("Write after Close = %v, want ErrClosed", err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("second Close = %v", err)
		}
	})
}
