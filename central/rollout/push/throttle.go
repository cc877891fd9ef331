package push

import (
	"context"
	"sync"
	"time"
)

// A Throttle bounds how many bytes all pushes together send in a second. Nil
// bounds nothing.
type Throttle struct {
	rate float64 // bytes a second

	mu   sync.Mutex
	next time.Time // when what was let through until now has been sent
}

// NewThrottle returns a throttle, or nil when there is no bound.
func NewThrottle(bytesPerSecond int64) *Throttle {
	if bytesPerSecond <= 0 {
		return nil
	}
	return &Throttle{rate: float64(bytesPerSecond)}
}

// wait returns when n more bytes may be sent.
func (t *Throttle) wait(ctx context.Context, n int) error {
	if t == nil {
		return ctx.Err()
	}
	t.mu.Lock()
	now := time.Now()
	if t.next.Before(now) {
		t.next = now
	}
	pause := t.next.Sub(now)
	t.next = t.next.Add(time.Duration(float64(n) / t.rate * float64(time.Second)))
	t.mu.Unlock()
	return sleep(ctx, pause)
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
