package gpio

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The times of an input.
const (
	DefaultDebounce = 30 * time.Millisecond
	MinDebounce     = 20 * time.Millisecond
	MaxDebounce     = 50 * time.Millisecond
	MaxGlitch       = 5 * time.Millisecond

	reread = 250 * time.Millisecond // a level is read again this often, edge or no edge
	retry  = time.Second            // between two attempts to get a lost line back
	// samples is how many times a level is read within the debounce time.
	samples = 5
)

// An Input is one input line, debounced.
type Input struct {
	line     InLine
	config   InputConfig
	debounce time.Duration
	sensed   Sensed // nil while the line is lost
}

// NewInput takes the line of a pin. It proves that the line can be read.
func NewInput(pin InPin, c InputConfig) (*Input, error) { return OpenInput(inPin{pin}, c) }

// OpenInput takes a line. It proves that the line can be read.
func OpenInput(line InLine, c InputConfig) (*Input, error) {
	in := &Input{line: line, config: c, debounce: c.Debounce}
	if in.debounce == 0 {
		in.debounce = DefaultDebounce
	}
	if in.debounce < MinDebounce || in.debounce > MaxDebounce {
		return nil, fmt.Errorf("open line %s: debounce %v is not within %v and %v",
			line.Name(), in.debounce, MinDebounce, MaxDebounce)
	}
	if c.Glitch < 0 || c.Glitch > MaxGlitch {
		return nil, fmt.Errorf("open line %s: glitch %v is not within 0 and %v", line.Name(), c.Glitch, MaxGlitch)
	}
	if err := in.arm(); err != nil {
		return nil, fmt.Errorf("open line %s: %w", line.Name(), err)
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
			in.letGo()
		}
		if !failing {
			failing = true
			report(false, fmt.Errorf("watch line %s: %w", in.line.Name(), err))
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
		if d.chatters() {
			return ErrChatter
		}
		if err := in.wait(ctx, d.timing(now)); err != nil {
			return err
		}
	}
	return nil
}

// Close gives the line back to the kernel, for whoever took it in vain. Nobody may
// be watching it.
func (in *Input) Close() error {
	if in.sensed == nil {
		return nil
	}
	err := in.sensed.Close()
	in.sensed = nil
	if err != nil {
		return fmt.Errorf("close line %s: %w", in.line.Name(), err)
	}
	return nil
}

// arm asks for the line, unless it is held.
func (in *Input) arm() (err error) {
	if in.sensed != nil {
		return nil
	}
	if in.sensed, err = in.line.Sense(in.config); err != nil {
		in.sensed = nil
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	return nil
}

// letGo gives the line back, to be asked for anew.
func (in *Input) letGo() {
	if in.sensed != nil {
		_ = in.sensed.Close() // it has failed already, and that was told
		in.sensed = nil
	}
}

func (in *Input) read() (active bool, err error) {
	if active, err = in.sensed.Active(); err != nil {
		return false, fmt.Errorf("%w: %w", ErrLost, err)
	}
	return active, nil
}

// wait passes the time to the next sample: a short pause while a level is being
// timed, otherwise until an edge or the time to read again. Whatever the line
// does, it does not return sooner than the short pause, so neither a storm of
// edges nor a broken line can take the processor.
func (in *Input) wait(ctx context.Context, timing bool) error {
	short := in.debounce / samples
	if timing {
		pause(ctx, short)
		return nil
	}
	from := time.Now()
	err := in.sensed.Wait(reread)
	pause(ctx, short-time.Since(from))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	return nil
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
