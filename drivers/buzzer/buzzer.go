// Package buzzer sounds patterns on a buzzer that hangs on one line.
//
//	clear           .        one short
//	refer           . .      two short
//	document alert  - - -    three long
//	person alert    - . - .  long and short in turn
//
// A pattern is sounded once. It is replaced by the next, after a moment of
// silence that keeps the two apart.
//
// The package knows no pins. It imports nothing of ours but drivers.
package buzzer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"portcullis/drivers"
)

// The times of a pattern.
const (
	short = 150 * time.Millisecond
	long  = 600 * time.Millisecond
	gap   = 150 * time.Millisecond
)

// The reasons for which a tone is not sounded.
var (
	ErrHalted  = errors.New("the buzzer was halted")
	ErrStopped = errors.New("the buzzer is not running")
)

// A Line is what the buzzer hangs on. Halt silences it for good.
type Line interface {
	Set(sounding bool) error
	Halt() error
}

// A note is a time of sound or of silence.
type note struct {
	sound bool
	time  time.Duration
}

// score returns the pattern of a tone, with a silence after each sound.
func score(t drivers.Tone) (notes []note) {
	sounds := map[drivers.Tone][]time.Duration{
		drivers.ToneClear:    {short},
		drivers.ToneRefer:    {short, short},
		drivers.ToneDocument: {long, long, long},
		drivers.TonePerson:   {long, short, long, short},
	}
	for _, d := range sounds[t] {
		notes = append(notes, note{true, d}, note{false, gap})
	}
	return notes
}

// Buzzer is the drivers.Buzzer of one line.
type Buzzer struct {
	changed chan struct{} // another pattern has begun

	mu      sync.Mutex // guards the line and what follows
	line    Line
	notes   []note    // still to be played, the present one first
	until   time.Time // the present one ends
	running bool
	halted  bool
}

// New makes a buzzer, silent.
func New(line Line) (*Buzzer, error) {
	if err := line.Set(false); err != nil {
		return nil, fmt.Errorf("silence buzzer: %w", err)
	}
	return &Buzzer{line: line, changed: make(chan struct{}, 1)}, nil
}

// Sound begins a tone and returns at once. It needs Run, which also ends the
// tone: a buzzer that does not run refuses to sound.
func (b *Buzzer) Sound(ctx context.Context, t drivers.Tone) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("sound %v: %w", t, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.begin(score(t)); err != nil {
		return fmt.Errorf("sound %v: %w", t, err)
	}
	return nil
}

func (b *Buzzer) begin(notes []note) error {
	switch {
	case b.halted:
		return ErrHalted
	case len(notes) > 0 && !b.running:
		return ErrStopped
	}
	if len(b.notes) > 0 && len(notes) > 0 {
		notes = append([]note{{false, gap}}, notes...)
	}
	b.notes = notes
	select {
	case b.changed <- struct{}{}:
	default:
	}
	return b.play(time.Now())
}

// play plays the first of the notes, or silence when there are none. A line that
// fails ends the pattern.
func (b *Buzzer) play(now time.Time) error {
	if len(b.notes) == 0 {
		return b.line.Set(false)
	}
	b.until = now.Add(b.notes[0].time)
	err := b.line.Set(b.notes[0].sound)
	if err != nil {
		b.notes = nil
		_ = b.line.Set(false) // the first failure is the one to tell
	}
	return err
}

// Halt silences the buzzer for good. It is worth calling again when it failed.
func (b *Buzzer) Halt() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.halted, b.notes = true, nil
	if err := b.line.Halt(); err != nil {
		return fmt.Errorf("halt buzzer: %w", err)
	}
	return nil
}

var _ drivers.Buzzer = (*Buzzer)(nil)
