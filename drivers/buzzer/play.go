package buzzer

import (
	"context"
	"time"
)

// Run plays patterns until ctx is done, and then silences the buzzer.
func (b *Buzzer) Run(ctx context.Context) error {
	b.run(true)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return b.run(false)
		case <-b.changed:
		case <-timer.C:
		}
		if wait, playing := b.advance(time.Now()); playing {
			timer.Reset(wait)
		}
	}
}

// advance plays the next note if the present one has ended, and says how long
// there is to wait for the one after it.
func (b *Buzzer) advance(now time.Time) (wait time.Duration, playing bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.notes) > 0 && !now.Before(b.until) {
		b.notes = b.notes[1:]
		_ = b.play(now) // the next Sound tells of a line that fails
	}
	return b.until.Sub(now), len(b.notes) > 0
}

// run notes whether Run runs. The end of it is silent.
func (b *Buzzer) run(running bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running = running
	if running || b.halted {
		return nil
	}
	b.notes = nil
	return b.line.Set(false)
}
