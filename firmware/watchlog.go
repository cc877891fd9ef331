package firmware

import (
	"context"
	"log/slog"
)

// unwritten is how many lines a scribe keeps that nobody takes.
const unwritten = 16

// A scribe hands lines to a log in a goroutine of its own: whoever takes the log
// may be what everything waits for. A line that finds no room is lost.
type scribe struct {
	log   slog.Handler
	lines chan slog.Record
}

func newScribe(log slog.Handler) scribe {
	return scribe{log: log, lines: make(chan slog.Record, unwritten)}
}

// write writes until the lines end.
func (s scribe) write() {
	for r := range s.lines {
		_ = s.log.Handle(context.Background(), r) // there is nobody else to tell
	}
}

func (s scribe) Enabled(ctx context.Context, l slog.Level) bool { return s.log.Enabled(ctx, l) }

func (s scribe) Handle(_ context.Context, r slog.Record) error {
	select {
	case s.lines <- r.Clone():
	default:
	}
	return nil
}

func (s scribe) WithAttrs(attrs []slog.Attr) slog.Handler {
	s.log = s.log.WithAttrs(attrs)
	return s
}

func (s scribe) WithGroup(name string) slog.Handler {
	s.log = s.log.WithGroup(name)
	return s
}
