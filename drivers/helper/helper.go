package helper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// The times of a helper.
const (
	readTick = 100 * time.Millisecond // how long a Read waits for bytes
	grace    = 2 * time.Second        // from the request to end until it is ended, and for that
)

var (
	// ErrGone says that the program has ended, or closed its output. The link is to
	// be closed.
	ErrGone = errors.New("helper is gone")
	// ErrWedged says that the program did not take what was written to it, or does not
	// end.
	ErrWedged = errors.New("helper takes no bytes")
)

// A Helper is a running program. One goroutine uses it.
type Helper struct {
	name     string // of the program: its arguments may be anything
	process  *process
	in, out  *os.File // our ends of its pipes
	err      *os.File
	unsent   []byte // of a write that was given up within
	gone     error  // what Read said when the program went
	complain atomic.Uint64
	drained  chan struct{} // closed when its standard error has ended
}

// A CommandError says why a command cannot be one. No waiting mends it.
type CommandError struct{ Cause string }

// Error names the cause.
func (e *CommandError) Error() string { return "start helper: command " + e.Cause }

// Permanent is always true: the next attempt would be refused as well.
func (e *CommandError) Permanent() bool { return true }

// Open starts a program, the first of the command, with the rest as its arguments.
func Open(ctx context.Context, command []string) (*Helper, error) {
	if len(command) == 0 || !filepath.IsAbs(command[0]) {
		return nil, &CommandError{"needs a program, by its whole path"}
	}
	name := filepath.Base(command[0])
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("start helper %s: %w", name, err)
	}
	ends, err := newPipes()
	if err != nil {
		return nil, fmt.Errorf("start helper %s: %w", name, err)
	}
	defer ends.closeTheirs()
	p, err := start(command, ends)
	if err != nil {
		ends.closeOurs()
		return nil, fmt.Errorf("start helper %s: %w", name, cause(err))
	}
	h := &Helper{name: name, process: p, in: ends.ours[0], out: ends.ours[1], err: ends.ours[2], drained: make(chan struct{})}
	go h.drain()
	return h, nil
}

// drain counts what the program complains of. It ends with the pipe, at Close at the
// latest.
func (h *Helper) drain() {
	defer close(h.drained)
	buf := make([]byte, 4096)
	for {
		n, err := h.err.Read(buf)
		clear(buf[:n])
		h.complain.Add(uint64(n))
		if err != nil {
			return
		}
	}
}

// Complaints returns how many bytes the program has written to its standard error.
func (h *Helper) Complaints() uint64 { return h.complain.Load() }

// Read waits up to 100 ms for bytes and returns those that are there. (0, nil)
// says that none came; [ErrGone], that none will.
func (h *Helper) Read(ctx context.Context, b []byte) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("read helper %s: %w", h.name, err)
	}
	if h.gone != nil {
		return 0, h.gone
	}
	ended := h.process.hasEnded() // before the read, so that its last words are heard
	if err := h.out.SetReadDeadline(time.Now().Add(readTick)); err != nil {
		return 0, fmt.Errorf("read helper %s: %w", h.name, cause(err))
	}
	n, err := h.out.Read(b)
	switch {
	case n > 0:
		return n, nil
	case errors.Is(err, os.ErrDeadlineExceeded) && !ended:
		return 0, nil
	case errors.Is(err, os.ErrClosed):
		return 0, fmt.Errorf("read helper %s: %w", h.name, os.ErrClosed)
	case err == nil:
		return 0, nil
	}
	return 0, h.lose(err)
}

// lose makes this and every later Read fail. A program whose output has ended is
// about to end itself, and its status says more.
func (h *Helper) lose(why error) error {
	if errors.Is(why, io.EOF) || errors.Is(why, os.ErrDeadlineExceeded) {
		why = errors.New("it closed its output")
	}
	select {
	case <-h.process.ended:
		why = h.process.status
	case <-time.After(readTick):
	}
	h.gone = fmt.Errorf("read helper %s: %w: %w", h.name, ErrGone, why)
	return h.gone
}

// Write sends bytes, all of them or with an error. When ctx is done before the
// program has taken them it returns [ErrWedged]; what it took a part of goes out
// whole before anything else does, and what it took nothing of never.
func (h *Helper) Write(ctx context.Context, b []byte) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write helper %s: %w", h.name, err)
	}
	if err := h.in.SetWriteDeadline(time.Time{}); err != nil {
		return fmt.Errorf("write helper %s: %w", h.name, cause(err))
	}
	expired := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(expired)
		_ = h.in.SetWriteDeadline(time.Unix(1, 0)) // an error means that it is closed
	})
	err := h.send(b)
	if !stop() {
		<-expired // or it would cut off the next write
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("write helper %s: %w: %w", h.name, ErrWedged, context.Cause(ctx))
	}
	return fmt.Errorf("write helper %s: %w", h.name, cause(err))
}

// send writes what an earlier write left over, and then bytes.
func (h *Helper) send(b []byte) error {
	if len(h.unsent) > 0 {
		n, err := h.in.Write(h.unsent)
		h.unsent = h.unsent[n:]
		if err != nil {
			return err
		}
	}
	n, err := h.in.Write(b)
	if err != nil && n > 0 {
		h.unsent = append([]byte(nil), b[n:]...)
	}
	return err
}

// Close ends the program and all that it started: it is asked to (SIGTERM, and the end
// of its input), and after two seconds made to (SIGKILL). When Close returns no error,
// the program has ended, and what it started was made to; when the kernel does not let
// it end within two seconds more, it returns [ErrWedged].
func (h *Helper) Close() error {
	_ = h.in.Close() // what it did not take is not for anybody
	ended := h.process.end(grace)
	_ = h.out.Close() // these were only read
	_ = h.err.Close()
	<-h.drained
	if !ended {
		return fmt.Errorf("close helper %s: %w", h.name, ErrWedged)
	}
	return nil
}

// cause strips what our own text says already.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
