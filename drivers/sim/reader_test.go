package sim_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portcullis/drivers/links"
	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
	"portcullis/drivers/sim"
	"portcullis/drivers/tty"
)

var (
	td3 = []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}
	td1 = []string{"I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"}
)

// patience is far more than anything here takes.
const patience = 30 * time.Second

func profile(t *testing.T) reader.Profile {
	t.Helper()
	p, err := reader.Load("sita-ocr")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func frame(t *testing.T, lines []string) []byte {
	t.Helper()
	b, err := wire.Encode(profile(t).Frame, lines)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// plugged returns a simulated reader that is plugged in, and where.
func plugged(t *testing.T) (*sim.Reader, string) {
	t.Helper()
	return reading(t, profile(t))
}

// host opens the port that a reader hangs on.
func host(t *testing.T, path string) reader.Link {
	t.Helper()
	p, err := links.Open(profile(t))(t.Context(), path, profile(t).Line)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// receive reads n bytes, and then finds that no more come.
func receive(t *testing.T, p reader.Link, n int) []byte {
	t.Helper()
	var got []byte
	buf := make([]byte, 4096)
	for end := time.Now().Add(patience); ; {
		k, err := p.Read(t.Context(), buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:k]...)
		if k == 0 && len(got) >= n {
			return got
		}
		if time.Now().After(end) {
			t.Fatalf("%d bytes arrived of %d", len(got), n)
		}
	}
}

func TestAReaderSendsTheBytesOfItsProfile(t *testing.T) {
	r, path := plugged(t)
	p, ctx := host(t, path), t.Context()
	a, b := frame(t, td3), frame(t, td1)
	for name, c := range map[string]struct {
		send func() error
		want []byte
	}{
		"present":     {func() error { return r.Present(ctx, td3) }, a},
		"no read":     {func() error { return r.NoRead(ctx) }, []byte("\x1c\x02\x03\x1d")},
		"half":        {func() error { return r.Half(ctx, td3) }, a[:47]},
		"glued":       {func() error { return r.Glued(ctx, td3, td1) }, bytes.Join([][]byte{a, b}, nil)},
		"endless":     {func() error { return r.Endless(ctx, 100) }, []byte("\x1c\x02" + strings.Repeat("<", 98))},
		"every value": {func() error { return r.Send(ctx, everyByte()) }, everyByte()},
	} {
		if err := c.send(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := receive(t, p, len(c.want)); !bytes.Equal(got, c.want) {
			t.Errorf("%s: % x, want % x", name, got, c.want)
		}
	}
}

func everyByte() []byte {
	var b []byte
	for i := range 256 {
		b = append(b, byte(i))
	}
	return b
}

func TestFaultsChangeHowAFrameIsSent(t *testing.T) {
	r, path := plugged(t)
	p, want := host(t, path), frame(t, td3)
	r.Faults = sim.ReaderFaults{MinChunk: 1, MaxChunk: 64, Jitter: time.Millisecond, NoiseBefore: 5, NoiseAfter: 7}
	if err := r.Present(t.Context(), td3); err != nil {
		t.Fatal(err)
	}
	got := receive(t, p, len(want)+12)
	if len(got) != len(want)+12 || !bytes.Equal(got[5:5+len(want)], want) {
		t.Errorf("% x, want 5 bytes, % x, 7 bytes", got, want)
	}
}

func TestNoiseIsNoiseAndAlwaysTheSame(t *testing.T) {
	var all [2][]byte
	for i := range all {
		r, path := plugged(t)
		p := host(t, path)
		if err := r.Noise(t.Context(), 40); err != nil {
			t.Fatal(err)
		}
		all[i] = receive(t, p, 40)
	}
	if len(all[0]) != 40 || !bytes.Equal(all[0], all[1]) || bytes.Count(all[0], all[0][:1]) == 40 {
		t.Errorf("% x, and then % x", all[0], all[1])
	}
}

func TestEachPlugHasAnotherName(t *testing.T) {
	r, path := plugged(t)
	for range 10 {
		node := r.Node()
		if target, err := os.Readlink(path); err != nil || target != node {
			t.Fatalf("the link is %q, %v; want %q", target, err, node)
		}
		p := host(t, path)
		if err := r.Unplug(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the link after Unplug: %v, want ErrNotExist", err)
		}
		if _, err := p.Read(t.Context(), make([]byte, 8)); !errors.Is(err, tty.ErrGone) {
			t.Errorf("Read after Unplug = %v, want ErrGone", err)
		}
		if err := r.Present(t.Context(), td3); !errors.Is(err, sim.ErrUnplugged) || r.Node() != "" {
			t.Errorf("Present after Unplug = %v, want ErrUnplugged", err)
		}
		_ = p.Close() // so that its name is free again
		if err := r.Plug(); err != nil {
			t.Fatal(err)
		}
		if r.Node() == node {
			t.Errorf("plugged in again as %s", node)
		}
	}
}

func TestUnplugEndsWhatIsBeingSent(t *testing.T) {
	r, path := plugged(t)
	p := host(t, path)
	sent := make(chan error, 1)
	go func() { sent <- r.Endless(t.Context(), 1<<22) }() // far more than the port holds
	for n := 0; n == 0; {
		var err error
		if n, err = p.Read(t.Context(), make([]byte, 8)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Unplug(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-sent:
		if err == nil {
			t.Error("Endless succeeded")
		}
	case <-time.After(patience):
		t.Fatal("Endless hangs")
	}
}

func TestSendingEndsWithItsContext(t *testing.T) {
	r, _ := plugged(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Endless(ctx, 1<<22); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Endless = %v, want DeadlineExceeded", err)
	}
	if err := r.Endless(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Endless after that = %v, want DeadlineExceeded", err)
	}
}

func TestDrainWaitsForTheHost(t *testing.T) {
	r, path := plugged(t)
	p := host(t, path)
	if err := r.Present(t.Context(), td3); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := r.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Drain while nobody reads = %v, want DeadlineExceeded", err)
	}
	receive(t, p, len(frame(t, td3)))
	ctx, cancel = context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := r.Drain(ctx); err != nil {
		t.Errorf("Drain after all was read = %v", err)
	}
	if err := r.Unplug(); err != nil {
		t.Fatal(err)
	}
	if err := r.Drain(ctx); !errors.Is(err, sim.ErrUnplugged) {
		t.Errorf("Drain after Unplug = %v, want ErrUnplugged", err)
	}
}

func TestTheHostMayWrite(t *testing.T) {
	_, path := plugged(t)
	p := host(t, path)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.Write(ctx, make([]byte, 1<<20)); err != nil {
		t.Errorf("Write = %v, want the reader to take it", err)
	}
}

func TestAFileIsNotReplacedByALink(t *testing.T) {
	path := filepath.Join(t.TempDir(), "reader")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := sim.NewReader(profile(t), path)
	if err := r.Plug(); !errors.Is(err, fs.ErrExist) || r.Node() != "" {
		t.Errorf("Plug = %v, want ErrExist", err)
	}
	if err := sim.NewReader(profile(t), path+"/no/such").Plug(); err == nil {
		t.Error("Plug in a folder that is not there succeeded")
	}
}

func TestALinkThatIsNoLongerOursStays(t *testing.T) {
	r, path := plugged(t)
	other := sim.NewReader(profile(t), path)
	if err := other.Plug(); err != nil { // replaces the link, in one step
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	if err := r.Unplug(); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(path); err != nil || target != other.Node() {
		t.Errorf("the link is %q, %v; want %q", target, err, other.Node())
	}
}
