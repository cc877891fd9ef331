package sim_test

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/reader"
	"portcullis/drivers/sim"
)

// listeners are all that may read what a simulated reader sends.
var listeners = map[string]string{
	"tarm": "sita-ocr", "native": "est100pr-nz", "keyboard": "wedge", "hid": "access-is-hid",
}

func TestAScriptAwaitsWhoeverOpensThePort(t *testing.T) {
	for name, profile := range listeners {
		t.Run(name, func(t *testing.T) {
			p, err := reader.Load(profile)
			if err != nil {
				t.Fatal(err)
			}
			if name == "native" {
				drivertest.NeedsTermios2(t)
			}
			r, path := reading(t, p)
			awaited := awaiting(t, r)
			link, err := sim.Opener(p)(t.Context(), path, p.Line)
			if err != nil {
				t.Fatal(err)
			}
			defer link.Close()
			wantAwaited(t, awaited)
		})
	}
}

func TestAScriptAwaitsARelay(t *testing.T) {
	r, path := plugged(t)
	awaited := awaiting(t, r)
	in, _ := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- sim.Relay(t.Context(), path, in, io.Discard) }()
	wantAwaited(t, awaited)
	_ = r.Unplug()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestNobodyIsAwaitedAtAPortThatIsGone(t *testing.T) {
	r, _ := plugged(t)
	awaited := awaiting(t, r)
	_ = r.Unplug()
	if err := <-awaited; !errors.Is(err, sim.ErrUnplugged) {
		t.Errorf("got %v", err)
	}
	if err := r.Do(t.Context(), "await"); !errors.Is(err, sim.ErrUnplugged) {
		t.Errorf("then got %v", err)
	}
}

// reading returns a simulated reader of a profile, plugged in, and where.
func reading(t *testing.T, p reader.Profile) (*sim.Reader, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "reader")
	r := sim.NewReader(p, path)
	if err := r.Plug(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r, path
}

// awaiting has a script await a listener, and sees that there is none yet.
func awaiting(t *testing.T, r *sim.Reader) <-chan error {
	t.Helper()
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Do(short, "await"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("before anybody listens, got %v", err)
	}
	awaited := make(chan error, 1)
	go func() { awaited <- r.Do(t.Context(), "await") }()
	return awaited
}

func wantAwaited(t *testing.T, awaited <-chan error) {
	t.Helper()
	select {
	case err := <-awaited:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("whoever listens is not noticed")
	}
}
