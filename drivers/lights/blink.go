package lights

import (
	"context"
	"time"
)

// Run makes lamps blink until ctx is done, and then puts out all of them. While
// it does not run, a lamp that should blink is lit.
func (l *Lights) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return l.end()
		case <-l.changed:
			l.blink(ctx)
		}
	}
}

// blink turns the blinking lamp on and off until another signal is shown.
func (l *Lights) blink(ctx context.Context) {
	ticker := time.NewTicker(BlinkTime)
	defer ticker.Stop()
	for l.turn(false) {
		select {
		case <-ctx.Done():
			return
		case <-l.changed:
			ticker.Reset(BlinkTime)
		case <-ticker.C:
			l.turn(true)
		}
	}
}

// turn says whether a lamp is blinking, and may turn it over. A lamp that fails
// is tried again the next time, and the next Show tells of it.
func (l *Lights) turn(over bool) (blinking bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.blinking == nil {
		return false
	}
	if over {
		l.lit = !l.lit
		_ = l.blinking.Set(l.lit)
	}
	return true
}

// tell has Run look at what is shown now.
func (l *Lights) tell() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

func (l *Lights) end() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.blinking = nil
	if l.halted {
		return nil
	}
	return l.putOut(nil)
}
