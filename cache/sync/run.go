package sync

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"time"

	"portcullis/cache/feed"
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
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.setGiveUp(cancel)
	defer c.setGiveUp(nil)
	return c.attempt(ctx)
}

func (c *Client) setGiveUp(f context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.giveUp = f
}

// interrupt ends the attempt of Run that is under way.
func (c *Client) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.giveUp != nil {
		c.giveUp()
	}
}

func (c *Client) forgive() {
	c.work.Lock()
	defer c.work.Unlock()
	c.holdOff, c.mending = holdOff{}, mending{}
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

// stepTrouble counts what went wrong with deltas, and with what names them, by
// the names of the files.
type stepTrouble map[string]int

// maxStepFailures is after how many vain attempts to fetch it a file is given
// up for another way.
const maxStepFailures = 3

// note counts a failure to fetch a file, if it is one of the file.
func (t *stepTrouble) note(f feed.File, err error) (counted bool) {
	code, _ := codeOf(err)
	switch {
	case code == ApplyFailed:
		t.add(f, maxStepFailures)
	case code == FileMismatch, errors.Is(err, fs.ErrNotExist):
		t.add(f, 1)
	default:
		return false
	}
	return true
}

// giveUp counts steps as failed too often, as when the store has refused them.
func (t *stepTrouble) giveUp(way feed.Way) {
	for _, s := range way {
		t.add(s.File, maxStepFailures)
	}
}

func (t *stepTrouble) add(f feed.File, n int) {
	if *t == nil {
		*t = stepTrouble{}
	}
	(*t)[f.Name] += n
}

// often reports whether a file has failed too often.
func (t stepTrouble) often(f feed.File) bool { return t[f.Name] >= maxStepFailures }

// given reports whether a step is given up. A snapshot never is: there may be
// no other way.
func (t stepTrouble) given(s feed.Step) bool { return s.Kind() == feed.Delta && t.often(s.File) }
