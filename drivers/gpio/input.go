package gpio

import (
	"context"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// The times of an input.
const (
	DefaultDebounce = 30 * time.Millisecond
	MinDebounce     = 20 * time.Millisecond
	MaxDebounce     = 50 * time.Millisecond

	reread = 250 * time.Millisecond // a level is read again this often, edge or no edge
	retry  = time.Second            // between two attempts to get a lost line back
	// samples is how many times a level is read within the debounce time.
	samples = 5
)

// InputConfig says how an input is wired. Its zero value is a line that is
// active when high, with the pull that the board gives it.
type InputConfig struct {
	ActiveLow bool
	Pull      gpio.Pull
	Debounce  time.Duration // DefaultDebounce if zero
}

// An Input is one input line, debounced.
type Input struct {
	pin      InPin
	config   InputConfig
	debounce time.Duration
}

// NewInput takes a line. It proves that the line can be read.
func NewInput(pin InPin, c InputConfig) (*Input, error) {
	in := &Input{pin: pin, config: c, debounce: c.Debounce}
	if in.debounce == 0 {
		in.debounce = DefaultDebounce
	}
	if in.debounce < MinDebounce || in.debounce > MaxDebounce {
		return nil, fmt.Errorf("open line %s: debounce %v is not within %v and %v",
			pin.Name(), in.debounce, MinDebounce, MaxDebounce)
	}
	if err := in.arm(); err != nil {
		return nil, fmt.Errorf("open line %s: %w", pin.Name(), err)
	}
	return in, nil
}

// Watch reports the level once it is known, each change of it, and an error
// each time that the line is lost or chatters; once the line can be trusted
// again its level is reported anew. It ends within a quarter of a second when ctx is done. An input is
// watched by one goroutine at a time.
func (in *Input) Watch(ctx context.Context, report func(active bool, err error)) {
	var failing bool
	for ctx.Err() == nil {
		err := in.follow(ctx, func(active bool) {
			failing = false
			report(active, nil)
		})
		if err == nil {
			return
		}
		if errors.Is(err, ErrLost) {
			letGo(in.pin)
		}
		if !failing {
			failing = true
			report(false, fmt.Errorf("watch line %s: %w", in.pin.Name(), err))
		}
		pause(ctx, retry)
	}
}

// follow reports levels until ctx is done or the line is lost.
func (in *Input) follow(ctx context.Context, report func(active bool)) error {
	if err := in.arm(); err != nil {
		return err
	}
	d := debouncer{window: in.debounce}
	for ctx.Err() == nil {
		active, err := in.read()
		if err != nil {
			return err
		}
		now := time.Now()
		if d.sample(now, active) {
			report(active)
		}
		if d.chatters(now) {
			return ErrChatter
		}
		in.wait(ctx, d.timing(now))
	}
	return nil
}

func (in *Input) arm() error {
	if err := in.pin.In(in.config.Pull, gpio.BothEdges); err != nil {
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	return nil
}

// read returns whether the line is active. Read hides its errors as a low
// level, so what it returned counts only if the line can still be configured.
func (in *Input) read() (active bool, err error) {
	level := in.pin.Read()
	if err := in.arm(); err != nil {
		return false, err
	}
	return bool(level) != in.config.ActiveLow, nil
}

// wait passes the time to the next sample: a short pause while a level is being
// timed, otherwise until an edge or the time to read again. Whatever the pin
// does, it does not return sooner than the short pause, so neither a storm of
// edges nor a broken line can take the processor.
func (in *Input) wait(ctx context.Context, timing bool) {
	short := in.debounce / samples
	if timing {
		pause(ctx, short)
		return
	}
	from := time.Now()
	in.pin.WaitForEdge(reread)
	pause(ctx, short-time.Since(from))
}

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
