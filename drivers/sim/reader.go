package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
)

// ErrUnplugged says that a simulated reader has no port now.
var ErrUnplugged = errors.New("reader is unplugged")

// A Reader is a simulated document reader: the far end of a serial port. The
// port is a real pseudo-terminal, found at a link that each Plug sets anew, as
// /dev/serial/by-id is on a machine. It sends the bytes of its profile, does as
// readers of that family do when they are told something, and reads nothing that
// they would not read.
//
// One goroutine may send at a time. Unplug and Close may come at any time, and
// end what is being sent.
type Reader struct {
	Faults ReaderFaults // set before it is plugged in; a script may change them later

	path string

	talk    sync.Mutex // held while something is said; guards what follows
	profile reader.Profile
	machine machine
	rand    *rand.Rand
	deaf    time.Time // until when nothing is heard

	mu   sync.Mutex // guards port and last
	port *terminal  // nil while unplugged
	last string     // the node of the port before
}

// NewReader returns a reader that is not plugged in, of a profile that is valid. Its
// noise, its chunks and its faults are random and the same each time.
func NewReader(p reader.Profile, path string) *Reader {
	return &Reader{profile: p, machine: newMachine(p), path: path, rand: rand.New(rand.NewPCG(1, 1))}
}

// Plug gives the reader a port under a name that it did not have before, and
// sets the link to it. It begins as one that was just given power. A reader that
// is plugged in stays as it is.
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
	r.Forget()
	port.listen(func(b []byte) { r.hear(port, b) })
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
	if port := r.plugged(); port != nil {
		return port.node
	}
	return ""
}

// plugged returns the port, or nil.
func (r *Reader) plugged() *terminal {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.port
}

// Forget has the reader forget what the host told it, as power loss does. The host does
// not learn of it.
func (r *Reader) Forget() {
	r.talk.Lock()
	defer r.talk.Unlock()
	r.machine.forget()
}

// Deafen has the reader hear nothing for a time. None ends an earlier one.
func (r *Reader) Deafen(d time.Duration) {
	r.talk.Lock()
	defer r.talk.Unlock()
	r.deaf = time.Now().Add(d)
}

// Await returns once a program listens at the port, which reads nothing of what was
// sent before; or with the error of a ctx that is done, or with [ErrUnplugged].
func (r *Reader) Await(ctx context.Context) error {
	port := r.plugged()
	if port == nil {
		return fmt.Errorf("await a listener: %w", ErrUnplugged)
	}
	select {
	case <-port.open:
		return nil
	case <-port.ctx.Done():
		return fmt.Errorf("await a listener: %w", ErrUnplugged)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Present lays a document before the reader, which sends its frame, faults
// included, as soon as it may read. A line may hold any bytes.
func (r *Reader) Present(ctx context.Context, lines []string) error {
	b, err := r.encode(lines)
	if err != nil {
		return err
	}
	return r.show(ctx, document{frames: b, read: true})
}

// NoRead sends what the reader sends when it could not read a document.
func (r *Reader) NoRead(ctx context.Context) error {
	b, err := r.encode(nil)
	if err != nil {
		return err
	}
	return r.show(ctx, document{frames: b})
}

// Half sends the first half of a frame, and nothing after it.
func (r *Reader) Half(ctx context.Context, lines []string) error {
	b, err := r.encode(lines)
	if err != nil {
		return err
	}
	return r.show(ctx, document{frames: b[:len(b)/2], read: true, cut: true})
}

// Glued sends the frames of several documents without a gap, of one document twice
// as a reader does that looks twice.
func (r *Reader) Glued(ctx context.Context, zones ...[]string) error {
	var all []byte
	for _, lines := range zones {
		b, err := r.encode(lines)
		if err != nil {
			return err
		}
		all = append(all, b...)
	}
	return r.show(ctx, document{frames: all, read: true})
}

// Endless sends n bytes of a frame that does not end.
func (r *Reader) Endless(ctx context.Context, n int) error {
	b, err := r.encode([]string{strings.Repeat("<", n)})
	if err != nil {
		return err
	}
	return r.show(ctx, document{frames: b[:n], read: true, cut: true})
}

// BadSum sends a frame whose check bytes do not fit, and fails where the profile's
// frames have none.
func (r *Reader) BadSum(ctx context.Context, lines []string) error {
	return r.spoilt(ctx, lines, badSum)
}

// Dropped sends the keys of a document of which the kernel lost some, and fails
// where the reader is no keyboard.
func (r *Reader) Dropped(ctx context.Context, lines []string) error {
	return r.spoilt(ctx, lines, dropped)
}

func (r *Reader) spoilt(ctx context.Context, lines []string, spoil func(wire.Framing, []byte) ([]byte, error)) error {
	b, err := r.encode(lines)
	if err != nil {
		return err
	}
	if b, err = spoil(r.profile.Frame, b); err != nil {
		return err
	}
	return r.show(ctx, document{frames: b, read: true})
}

// SetLayout has a keyboard type on another layout.
func (r *Reader) SetLayout(name string) error {
	r.talk.Lock()
	defer r.talk.Unlock()
	f := r.profile.Frame
	f.Layouts = []string{name}
	if err := f.Validate(); err != nil {
		return err
	}
	r.profile.Frame = f
	return nil
}

func (r *Reader) encode(lines []string) ([]byte, error) {
	r.talk.Lock()
	defer r.talk.Unlock()
	return wire.Encode(r.profile.Frame, lines)
}

// Noise sends n random bytes.
func (r *Reader) Noise(ctx context.Context, n int) error {
	return r.say(ctx, func() []byte { return r.noise(n) })
}

// Send sends bytes as the reader's own, in the chunks, with the pauses and with the
// losses of Faults. It waits while the port's buffer is full, as one does to which
// no one listens.
func (r *Reader) Send(ctx context.Context, b []byte) error {
	return r.say(ctx, func() []byte { return b })
}

// show lays a document before the machine, and sends what it says.
func (r *Reader) show(ctx context.Context, d document) error {
	return r.say(ctx, func() []byte {
		b := r.machine.show(d)
		if len(b) == 0 {
			return nil
		}
		return slices.Concat(r.noise(r.Faults.NoiseBefore), b, r.noise(r.Faults.NoiseAfter))
	})
}

func (r *Reader) noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.rand.UintN(256))
	}
	return b
}

// say sends what is to be said, once all before it has been.
func (r *Reader) say(ctx context.Context, what func() []byte) error {
	port := r.plugged()
	if port == nil {
		return fmt.Errorf("send: %w", ErrUnplugged)
	}
	r.talk.Lock()
	defer r.talk.Unlock()
	if err := r.transmit(ctx, port, what()); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// hear has the machine answer what the host says.
func (r *Reader) hear(port *terminal, b []byte) {
	r.talk.Lock()
	defer r.talk.Unlock()
	if time.Now().Before(r.deaf) {
		return
	}
	var answer []byte
	for _, c := range b {
		answer = append(answer, r.machine.hear(c)...)
	}
	_ = r.transmit(port.ctx, port, answer) // an error means that it was unplugged
}

// transmit sends bytes over a port, until ctx is done or the port is closed.
func (r *Reader) transmit(ctx context.Context, port *terminal, b []byte) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(port.ctx, cancel)()
	for b = r.Faults.garble(b, r.rand); len(b) > 0; {
		n := r.Faults.chunk(len(b), r.rand)
		err := port.write(ctx, b[:n])
		if err == nil {
			err = wait(ctx, r.Faults.pause(r.rand))
		}
		switch {
		case port.ctx.Err() != nil:
			return ErrUnplugged
		case err != nil:
			return err
		}
		b = b[n:]
	}
	return nil
}

// Drain waits until the host has taken all that was sent. What it has not
// taken when the reader is unplugged is lost, as it is on a cable.
func (r *Reader) Drain(ctx context.Context) error {
	for quiet := 0; quiet < 2; { // twice, as bytes can be between two buffers
		port := r.plugged()
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

// wait returns after a time, or with the error of a ctx that is done before.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
