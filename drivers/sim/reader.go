package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
)

// ErrUnplugged says that a simulated reader has no port now.
var ErrUnplugged = errors.New("reader is unplugged")

// ReaderFaults are what can be wrong with how a simulated reader sends. The
// zero value sends each frame whole and at once.
type ReaderFaults struct {
	MinChunk, MaxChunk int           // bytes in one write; 0 is all of them
	Jitter             time.Duration // a random pause after each chunk, at most this
	NoiseBefore        int           // random bytes before each frame
	NoiseAfter         int           // and after it
}

// A Reader is a simulated document reader: the far end of a serial port. The
// port is a real pseudo-terminal, found at a link that each Plug sets anew, as
// /dev/serial/by-id is on a machine. It sends the bytes of its profile.
//
// One goroutine may send at a time. Unplug and Close may come at any time, and
// end what is being sent.
type Reader struct {
	Faults ReaderFaults // changed between frames only

	profile reader.Profile
	path    string
	rand    *rand.Rand

	mu   sync.Mutex // guards port and last
	port *terminal  // nil while unplugged
	last string     // the node of the port before
}

// NewReader returns a reader that is not plugged in. Its noise and its chunks
// are random and the same each time.
func NewReader(p reader.Profile, path string) *Reader {
	return &Reader{profile: p, path: path, rand: rand.New(rand.NewPCG(1, 1))}
}

// Plug gives the reader a port under a name that it did not have before, and
// sets the link to it. A reader that is plugged in stays as it is.
func (r *Reader) Plug() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.port != nil {
		return nil
	}
	port, err := openTerminal(r.last)
	if err != nil {
		return fmt.Errorf("plug reader: %w", err)
	}
	if err := link(port.node, r.path); err != nil {
		port.close()
		return fmt.Errorf("plug reader: %w", err)
	}
	r.port, r.last = port, port.node
	return nil
}

// Unplug removes the link and hangs the port up. A reader that is unplugged
// stays so.
func (r *Reader) Unplug() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.port == nil {
		return nil
	}
	err := unlink(r.port.node, r.path)
	r.port.close()
	r.port = nil
	if err != nil {
		return fmt.Errorf("unplug reader: %w", err)
	}
	return nil
}

// Close unplugs the reader for good.
func (r *Reader) Close() error { return r.Unplug() }

// Node returns the device node of the port, or "" while there is none.
func (r *Reader) Node() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.port == nil {
		return ""
	}
	return r.port.node
}

// Present sends the frame of a document, faults included. A line may hold any
// bytes.
func (r *Reader) Present(ctx context.Context, lines []string) error {
	b, err := wire.Encode(r.profile.Frame, lines)
	if err != nil {
		return err
	}
	return r.sendFrame(ctx, b)
}

// NoRead sends what the reader sends when it could not read a document.
func (r *Reader) NoRead(ctx context.Context) error { return r.Present(ctx, nil) }

// Half sends the first half of a frame, and nothing after it.
func (r *Reader) Half(ctx context.Context, lines []string) error {
	b, err := wire.Encode(r.profile.Frame, lines)
	if err != nil {
		return err
	}
	return r.Send(ctx, b[:len(b)/2])
}

// Glued sends the frames of several documents without a gap.
func (r *Reader) Glued(ctx context.Context, zones ...[]string) error {
	var all []byte
	for _, lines := range zones {
		b, err := wire.Encode(r.profile.Frame, lines)
		if err != nil {
			return err
		}
		all = append(all, b...)
	}
	return r.sendFrame(ctx, all)
}

// Endless sends n bytes of a frame that does not end.
func (r *Reader) Endless(ctx context.Context, n int) error {
	b, err := wire.Encode(r.profile.Frame, []string{strings.Repeat("<", n)})
	if err != nil {
		return err
	}
	return r.Send(ctx, b[:n])
}

// Noise sends n random bytes.
func (r *Reader) Noise(ctx context.Context, n int) error { return r.Send(ctx, r.noise(n)) }

func (r *Reader) sendFrame(ctx context.Context, frame []byte) error {
	b := append(r.noise(r.Faults.NoiseBefore), frame...)
	return r.Send(ctx, append(b, r.noise(r.Faults.NoiseAfter)...))
}

func (r *Reader) noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.rand.UintN(256))
	}
	return b
}

// Send sends bytes as they are, in the chunks and with the pauses of Faults.
// It waits while the port's buffer is full, as one does to which no one listens.
func (r *Reader) Send(ctx context.Context, b []byte) error {
	r.mu.Lock()
	port := r.port
	r.mu.Unlock()
	if port == nil {
		return fmt.Errorf("send: %w", ErrUnplugged)
	}
	for len(b) > 0 {
		n := r.chunk(len(b))
		if err := port.write(ctx, b[:n]); err != nil {
			return fmt.Errorf("send: %w", err)
		}
		b = b[n:]
		if err := r.pause(ctx); err != nil {
			return fmt.Errorf("send: %w", err)
		}
	}
	return nil
}

// Drain waits until the host has taken all that was sent. What it has not
// taken when the reader is unplugged is lost, as it is on a cable.
func (r *Reader) Drain(ctx context.Context) error {
	for quiet := 0; quiet < 2; { // twice, as bytes can be between two buffers
		r.mu.Lock()
		port := r.port
		r.mu.Unlock()
		if port == nil {
			return fmt.Errorf("drain: %w", ErrUnplugged)
		}
		n, err := port.pending()
		if err != nil {
			return fmt.Errorf("drain: %w", err)
		}
		quiet++
		if n > 0 {
			quiet = 0
		}
		if err := wait(ctx, 10*time.Millisecond); err != nil {
			return fmt.Errorf("drain: %w", err)
		}
	}
	return nil
}

// chunk returns how many of n bytes to send at once.
func (r *Reader) chunk(n int) int {
	if r.Faults.MaxChunk <= 0 {
		return n
	}
	low := min(max(r.Faults.MinChunk, 1), r.Faults.MaxChunk)
	return min(n, low+r.rand.IntN(r.Faults.MaxChunk-low+1))
}

func (r *Reader) pause(ctx context.Context) error {
	if r.Faults.Jitter <= 0 {
		return nil
	}
	return wait(ctx, time.Duration(r.rand.Int64N(int64(r.Faults.Jitter)+1)))
}

// wait returns after a time, or with the error of a ctx that is done before.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
