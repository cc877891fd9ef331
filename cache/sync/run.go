package sync

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"time"
)

// The bounds of how long Run waits after a failure.
const (
	firstRetry = time.Second // and twice as long each time, up to the interval
	maxHoldOff = time.Hour   // between two tries with the same files
	maxDelay   = time.Hour   // that a source may ask for
)

// Run keeps the list up to date until ctx is done: it looks for a newer release
// at each interval, give or take a tenth, and after a failure earlier.
func (c *Client) Run(ctx context.Context) error {
	failures := 0
	for {
		err := c.patientAttempt(ctx)
		failures++
		if err == nil {
			failures = 0
		}
		timer := time.NewTimer(pause(err, failures, c.config.Interval))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-c.poked:
			timer.Stop()
			c.forgive()
		case <-timer.C:
		}
	}
}

// Poke makes Run look for a newer release at once, and try again what it put
// off. It never waits.
func (c *Client) Poke() {
	select {
	case c.poked <- struct{}{}:
	default: // one is waiting already
	}
}

func (c *Client) patientAttempt(ctx context.Context) error {
	c.work.Lock()
	defer c.work.Unlock()
	return c.attempt(ctx)
}

func (c *Client) forgive() {
	c.work.Lock()
	defer c.work.Unlock()
	c.holdOff = holdOff{}
}

// pause is how long to wait after an attempt. Devices that lost the same
// publisher at the same time must not come back at the same time.
func pause(err error, failures int, interval time.Duration) time.Duration {
	if err == nil {
		return spread(interval-interval/10, interval+interval/10)
	}
	wait := min(firstRetry<<min(failures-1, 20), interval)
	wait = spread(wait/2, wait)
	var delay *DelayError
	if errors.As(err, &delay) {
		wait = max(wait, min(delay.After, maxDelay))
	}
	return wait
}

// spread returns a time somewhere from least to most.
func spread(least, most time.Duration) time.Duration {
	return least + rand.N(max(most-least, 1))
}

// holdOff puts off a release whose files were fetched in vain.
type holdOff struct {
	sequence uint64
	failures int
	until    time.Time
	err      error
}

// active returns why a release is put off, or nil when it is not.
func (h *holdOff) active(sequence uint64, now time.Time) error {
	if h.sequence == sequence && now.Before(h.until) {
		return h.err
	}
	return nil
}

// note puts a release off when trying it again would cost as much as it did,
// and most likely for nothing. A broken connection is taken up where it broke.
func (h *holdOff) note(sequence uint64, err error, interval time.Duration) {
	code, ok := codeOf(err)
	if !ok || code == FetchFailed {
		return
	}
	if h.sequence != sequence {
		*h = holdOff{sequence: sequence}
	}
	wait := min(interval<<min(h.failures, 20), maxHoldOff)
	h.failures++
	h.until, h.err = time.Now().Add(spread(wait/2, wait)), err
}

// deltaTrouble is what went wrong with the delta of a release.
type deltaTrouble struct {
	sequence uint64
	failures int
}

// maxDeltaFailures is after how many vain attempts to fetch it a delta is given
// up for the snapshot.
const maxDeltaFailures = 3

// note counts a failure. That the store refuses a delta counts at once as too
// many, unless it is for want of space: a snapshot would need more.
func (d *deltaTrouble) note(sequence uint64, err error) {
	if d.sequence != sequence {
		*d = deltaTrouble{sequence: sequence}
	}
	switch code, _ := codeOf(err); {
	case code == ApplyFailed:
		d.failures = maxDeltaFailures
	case code == FileMismatch, errors.Is(err, fs.ErrNotExist):
		d.failures++
	}
}

// given reports whether the delta of a release is given up.
func (d *deltaTrouble) given(sequence uint64) bool {
	return d.sequence == sequence && d.failures >= maxDeltaFailures
}
