package chardev

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// Calls are the calls of a device that can wait in the kernel where no deadline
// reaches them. Each has a goroutine of its own, and is given up when its time is
// over. The zero value is ready; what says which device it is, in errors.
type Calls struct {
	mu      sync.Mutex    // guards that writing is made once
	writing chan struct{} // holds one token while a write is under way

	closing sync.Once
	closed  chan struct{} // closed when the device really is
}

// Opened returns what open opens, or gives up when ctx is done: what is opened too
// late is closed again.
func Opened[T io.Closer](ctx context.Context, what string, open func() (T, error)) (T, error) {
	type result struct {
		device T
		err    error
	}
	opened := make(chan result, 1)
	go func() {
		device, err := open()
		opened <- result{device, err}
	}()
	select {
	case r := <-opened:
		return r.device, r.err
	case <-ctx.Done():
		go func() { // ends when the kernel lets go
			if r := <-opened; r.err == nil {
				_ = r.device.Close() // nobody is left to hear of it
			}
		}()
		var none T
		return none, fmt.Errorf("open %s: %w", what, ctx.Err())
	}
}

// Write has write take bytes, all of them or with an error. When ctx is done before
// that it returns [ErrWedged]. They may still go out later, and until they do, or
// the device is closed, further writes wait.
func (c *Calls) Write(ctx context.Context, what string, b []byte, write func([]byte) (int, error)) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	token := c.token()
	select {
	case token <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("write %s: %w: %w", what, ErrWedged, ctx.Err())
	}
	b = append([]byte(nil), b...) // a write that is given up outlives the caller's slice
	done := make(chan error, 1)
	go func() { // ends when the device takes the bytes, or is closed
		_, err := write(b)
		<-token
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("write %s: %w", what, cause(err))
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("write %s: %w: %w", what, ErrWedged, ctx.Err())
	}
}

func (c *Calls) token() chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writing == nil {
		c.writing = make(chan struct{}, 1)
	}
	return c.writing
}

// Close has release close the device, once, and waits a second for it. After that
// it says [ErrWedged], and the device stays ours until release returns.
func (c *Calls) Close(what string, release func()) error {
	c.closing.Do(func() {
		c.closed = make(chan struct{})
		go func() {
			defer close(c.closed)
			release()
		}()
	})
	patience := time.NewTimer(closeWait)
	defer patience.Stop()
	select {
	case <-c.closed:
		return nil
	case <-patience.C:
		return fmt.Errorf("close %s: %w", what, ErrWedged)
	}
}
