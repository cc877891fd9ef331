package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"portcullis/drivers"
	"portcullis/drivers/reader"
)

func readerWatchCommand() *cobra.Command {
	var which choice
	var asJSON bool
	c := &cobra.Command{
		Use:   "watch --profile NAME [--port PATH] | --config FILE [--reader NAME]",
		Short: "Show what happens on the line of a reader, and nothing of a document",
		Long: `Show what happens on the line of a reader until it is interrupted: its states,
what comes and what is sent, frames with their times, what became of each, and why
one was refused. Of a document nothing is shown: A stands for a letter, 9 for a
digit, [02] for a control byte, [..] for a byte above 7F.

The reader must not be in use: stop the appliance first.`,
		Example: `  portcullis reader watch --profile elyctis-idbox
  portcullis reader watch --profile lines --port '/dev/serial/by-id/usb-Example*'
  portcullis reader watch --config /etc/portcullis/portcullis.toml`,
		RunE: func(c *cobra.Command, _ []string) error {
			readers, err := which.readers(c.Context(), c.CommandPath())
			if err != nil {
				return err
			}
			fmt.Fprintln(c.ErrOrStderr(), "present a document; Ctrl-C ends this")
			return watchReaders(c.Context(), c.OutOrStdout(), readers, asJSON)
		},
	}
	which.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

// A sighting is one thing that was seen on the line of a reader.
type sighting struct {
	Reader string `json:"reader"`
	reader.Trace
	SpanMS *float64 `json:"span_ms,omitempty"` // of a frame: from its first byte to its last
	WaitMS *float64 `json:"wait_ms,omitempty"` // and from then until it was found
}

// sightings is how many may wait for a slow terminal; more are left out.
const sightings = 1024

// watchReaders prints what happens on the lines of readers until ctx is done, or
// none is left.
func watchReaders(ctx context.Context, w io.Writer, readers []chosen, asJSON bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	seen := make(chan sighting, sightings)
	var lost atomic.Int64
	failures := make([]error, len(readers))
	var running sync.WaitGroup
	for i, r := range readers {
		running.Go(func() {
			failures[i] = r.watch(ctx, func(s sighting) {
				select {
				case seen <- s:
				default:
					lost.Add(1)
				}
			})
		})
	}
	go func() {
		running.Wait()
		close(seen)
	}()
	var failed error
	for s := range seen { // until every reader has been let go
		if failed != nil {
			continue
		}
		if failed = s.print(w, asJSON); failed != nil {
			cancel()
		}
	}
	if failed != nil {
		return failed
	}
	if n := lost.Load(); n > 0 {
		failures = append(failures, fmt.Errorf("%d lines were left out: the terminal was too slow", n))
	}
	return errors.Join(failures...)
}

// watch reads a reader and tells all that happens on its line.
func (r chosen) watch(ctx context.Context, tell func(sighting)) error {
	var times stopwatch
	events := make(chan drivers.ReaderEvent)
	go func() {
		for range events { // what they say was traced
		}
	}()
	defer close(events)
	return r.supervisor(func(t reader.Trace) {
		s := sighting{Reader: r.Name, Trace: t}
		if span, wait, ok := times.see(t); ok {
			s.SpanMS, s.WaitMS = new(milliseconds(span)), new(milliseconds(wait))
		}
		tell(s)
	}).Run(ctx, events)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (s sighting) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(w, s)
	}
	text := s.Text
	if s.SpanMS != nil {
		text += fmt.Sprintf("; %.1f ms from first to last byte, found %.1f ms later", *s.SpanMS, *s.WaitMS)
	}
	_, err := fmt.Fprintf(w, "%s  %-14s %-8s %s\n", s.At.Format("15:04:05.000"), s.Reader, s.What, strings.TrimSpace(text))
	return err
}

// A stopwatch takes the times of frames.
type stopwatch struct{ first, last time.Time }

// see takes what was traced. Of a frame it returns the time from its first byte to
// its last, and from then until it was found.
func (s *stopwatch) see(t reader.Trace) (span, wait time.Duration, ok bool) {
	switch t.What {
	case reader.TraceIn:
		if s.first.IsZero() {
			s.first = t.At
		}
		s.last = t.At
	case reader.TraceFrame:
		if s.first.IsZero() { // the frame before came in the same piece
			s.first = s.last
		}
		span, wait = s.last.Sub(s.first), t.At.Sub(s.last)
		s.first = time.Time{}
		return span, wait, true
	}
	return 0, 0, false
}
