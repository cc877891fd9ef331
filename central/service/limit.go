package service

import (
	"sync"
	"time"
)

// A limiter allows each caller some requests at once, and then one in a while.
type limiter struct {
	burst float64
	each  time.Duration
	mu    sync.Mutex
	left  map[string]allowance
}

type allowance struct {
	n  float64
	at time.Time
}

// maxCallers are remembered. When there are more, all are forgiven: what is
// limited is hard to guess all the same, and no one is locked out by others.
const maxCallers = 10_000

func newLimiter(burst int, each time.Duration) *limiter {
	return &limiter{burst: float64(burst), each: each, left: map[string]allowance{}}
}

// take counts a request, and reports whether it is allowed.
func (l *limiter) take(now time.Time, who string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.left) >= maxCallers {
		clear(l.left)
	}
	a, ok := l.left[who]
	if !ok {
		a = allowance{l.burst, now}
	}
	a.n, a.at = min(l.burst, a.n+float64(max(0, now.Sub(a.at)))/float64(l.each)), now
	allowed := a.n >= 1
	if allowed {
		a.n--
	}
	l.left[who] = a
	return allowed
}

// forget lets a caller begin anew: what it did was right.
func (l *limiter) forget(who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.left, who)
}
