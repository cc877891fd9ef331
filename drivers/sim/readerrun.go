package sim

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// Run has a reader that is plugged in do what the script says. It returns at
// the script's end, or with the error of a ctx that is done before.
func (s Script) Run(ctx context.Context, r *Reader) error {
	for round := 1; ; round++ {
		for _, in := range s {
			if in.Verb == "repeat" {
				break
			}
			if err := in.do(ctx, r); err != nil {
				return fmt.Errorf("run script: %v: %w", in, err)
			}
		}
		if !s.again(round) {
			return nil
		}
	}
}

// again reports whether another round follows.
func (s Script) again(round int) bool {
	if len(s) == 0 || s[len(s)-1].Verb != "repeat" {
		return false
	}
	rounds := s[len(s)-1].Min
	return rounds == 0 || round < rounds
}

func (i Instruction) do(ctx context.Context, r *Reader) error {
	switch i.Verb {
	case "present":
		return r.Present(ctx, i.Zones[0])
	case "half":
		return r.Half(ctx, i.Zones[0])
	case "glued":
		return r.Glued(ctx, i.Zones...)
	case "badsum":
		return r.BadSum(ctx, i.Zones[0])
	case "dropped":
		return r.Dropped(ctx, i.Zones[0])
	case "noread":
		return r.NoRead(ctx)
	case "noise":
		return r.Noise(ctx, i.Min)
	case "endless":
		return r.Endless(ctx, i.Min)
	case "wait":
		return wait(ctx, i.For)
	case "await":
		return r.Await(ctx)
	case "unplug":
		return r.replug(ctx, i)
	case "layout":
		return r.SetLayout(i.Word)
	case "deaf":
		r.Deafen(i.For)
	case "forget":
		r.Forget()
	default:
		r.setFault(i)
	}
	return nil
}

// setFault has the reader send otherwise from here on.
func (r *Reader) setFault(i Instruction) {
	r.talk.Lock()
	defer r.talk.Unlock()
	switch i.Verb {
	case "chunks":
		r.Faults.MinChunk, r.Faults.MaxChunk = i.Min, i.Max
	case "jitter":
		r.Faults.Jitter = i.For
	case "lose":
		r.Faults.Lose = i.Share
	case "flip":
		r.Faults.Flip = i.Share
	}
}

// Do does what a script says: see [ParseScript].
func (r *Reader) Do(ctx context.Context, script string) error {
	s, err := ParseScript(strings.NewReader(script))
	if err != nil {
		return err
	}
	return s.Run(ctx, r)
}

func (r *Reader) replug(ctx context.Context, i Instruction) error {
	if err := r.Unplug(); err != nil {
		return err
	}
	if err := wait(ctx, i.For); err != nil {
		return err
	}
	return r.Plug()
}

// PresentFrom presents each block of lines that it reads, a blank line between
// blocks, as they come. It returns at the end of src, or with the error of a
// ctx that is done before; then the goroutine that waits for src ends with the
// next line, or with src.
func (r *Reader) PresentFrom(ctx context.Context, src io.Reader) error {
	blocks, failed := make(chan []string), make(chan error, 1)
	go func() {
		defer close(blocks)
		failed <- scanBlocks(ctx, src, blocks)
	}()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case block, more := <-blocks:
			if !more {
				return <-failed
			}
			if err := r.Present(ctx, block); err != nil {
				return err
			}
		}
	}
}

// scanBlocks sends each block of lines.
func scanBlocks(ctx context.Context, src io.Reader, blocks chan<- []string) error {
	var block []string
	send := func() {
		if len(block) == 0 {
			return
		}
		select {
		case blocks <- block:
		case <-ctx.Done():
		}
		block = nil
	}
	lines := bufio.NewScanner(src)
	for ctx.Err() == nil && lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); line != "" {
			block = append(block, line)
			continue
		}
		send()
	}
	send()
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read lines to present: %w", err)
	}
	return ctx.Err()
}
