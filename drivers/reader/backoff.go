package reader

import (
	"context"
	"math/rand/v2"
	"time"
)

// The pauses between attempts. Looking for a port costs a few system calls, so
// a reader that is plugged in again is found within a second; opening one that
// cannot be opened may disturb whoever holds it, so that gets rarer.
const (
	minPause  = 250 * time.Millisecond
	lookPause = time.Second
	openPause = 10 * time.Second
)

// A backoff makes pauses that double. The zero value starts with the shortest.
type backoff struct{ next time.Duration }

// pause returns the next pause, at most limit. Up to a quarter is added at
// random, so that lanes which lost power together do not act in step.
func (b *backoff) pause(limit time.Duration) time.Duration {
	d := min(max(b.next, minPause), limit)
	b.next = 2 * d
	return min(d+rand.N(d/4), limit)
}

// reset makes the next pause the shortest.
func (b *backoff) reset() { b.next = 0 }

// sleep waits, or returns early when ctx is done.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
