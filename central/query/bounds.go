package query

import (
	"context"
	"errors"
	"sync"
	"time"
)

// A rate bounds how often each caller asks: so often a second, and so often at
// once.
type rate struct {
	every time.Duration // between two requests
	burst int

	mu   sync.Mutex
	next map[Caller]time.Time // when he would have no request left to make up for
}

// maxCallers is when callers that have their whole burst again are forgotten.
const maxCallers = 10_000

// take allows a request, or says how long the caller has to wait.
func (r *rate) take(c Caller, now time.Time) (wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	most := time.Duration(r.burst) * r.every
	next := r.next[c]
	if next.Before(now) || next.Sub(now) > most { // the latter when the clock was put back
		next = now
	}
	next = next.Add(r.every)
	if wait = next.Sub(now) - most; wait > 0 {
		return wait
	}
	if len(r.next) >= maxCallers {
		for caller, at := range r.next {
			if at.Before(now) {
				delete(r.next, caller)
			}
		}
	}
	r.next[c] = next
	return 0
}

// errFull means that too many wait for a place already.
var errFull = errors.New("too many ask at once")

// places bound how many searches run at once, and how many wait to.
type places struct{ running, all chan struct{} }

func newPlaces(running int) places {
	const waiting = 8 // for each that runs
	return places{make(chan struct{}, running), make(chan struct{}, (1+waiting)*running)}
}

// take waits for a place until the context ends.
func (p places) take(ctx context.Context) (leave func(), err error) {
	select {
	case p.all <- struct{}{}:
	default:
		return nil, errFull
	}
	select {
	case p.running <- struct{}{}:
		return func() { <-p.running; <-p.all }, nil
	case <-ctx.Done():
		<-p.all
		return nil, ctx.Err()
	}
}
