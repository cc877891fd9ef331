package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"portcullis/drivers"
	"portcullis/drivers/reader"
)

func readerTestCommand() *cobra.Command {
	var which choice
	var times int
	var expect string
	var asJSON bool
	c := &cobra.Command{
		Use:   "test --profile NAME [--port PATH] | --config FILE [--reader NAME]",
		Short: "Say whether a reader reads a document that you present, several times",
		Long: `Say whether a reader reads a document that you present: a specimen of ICAO's, or
any of your own. Present it as often as --times says, with more than a second between,
and take it away each time. Of each presentation it says whether it was read whole,
which check digits failed, how long it took, and whether it was sent twice. Nothing
of the document is shown.

Exit code 0: every presentation was read whole. 1: one was not, or the reader cannot
be used. 2: wrong usage.`,
		Example: `  portcullis reader test --profile elyctis-idbox
  portcullis reader test --config /etc/portcullis/portcullis.toml --times 10 --expect specimen.txt`,
		RunE: func(c *cobra.Command, _ []string) error {
			if times < 1 {
				return usage("--times must be 1 or more")
			}
			lines, err := specimen(expect)
			if err != nil {
				return err
			}
			readers, err := which.readers(c.Context(), c.CommandPath())
			if err != nil {
				return err
			}
			if len(readers) > 1 {
				return usage("%s has %d readers: name one with --reader", which.config, len(readers))
			}
			s := &stand{
				reader: readers[0], trial: trial{expect: lines}, times: times,
				json: asJSON, out: c.OutOrStdout(), hints: c.ErrOrStderr(),
			}
			return s.run(c.Context())
		},
	}
	which.flags(c)
	c.Flags().IntVar(&times, "times", 3, "how often the document is presented")
	c.Flags().StringVar(&expect, "expect", "", "the `FILE` with the lines of the document, to compare with")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a presentation, and one for all")
	return c
}

// specimen reads the lines of a document, or none when there is no file.
func specimen(name string) (lines []string, _ error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, &exit{exitUsage, err}
	}
	defer f.Close()
	err = eachBlock(f, func(block []string) error {
		lines = append(lines, block...)
		return nil
	})
	if err == nil && len(lines) == 0 {
		err = errors.New("holds no lines")
	}
	if err != nil {
		return nil, usage("%s: %w", name, err)
	}
	return lines, nil
}

// A stand is a reader and a technician who presents a document to it.
type stand struct {
	reader chosen
	trial  trial
	times  int
	json   bool
	out    io.Writer
	hints  io.Writer

	shown, good int
}

// run takes presentations until there were enough of them.
func (s *stand) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events, spans, ended := make(chan drivers.ReaderEvent), make(chan time.Duration, sightings), make(chan error, 1)
	go func() { ended <- s.reader.supervisor(spansOf(spans)).Run(ctx, events) }()
	tick := time.NewTicker(reader.ReadTick)
	defer tick.Stop()
	for s.shown < s.times {
		select {
		case err := <-ended:
			if err != nil {
				return err
			}
			return fmt.Errorf("only %d of %d documents were presented", s.shown, s.times)
		case e := <-events:
			s.take(e, spans)
		case now := <-tick.C:
			s.over(s.trial.tick(now))
		}
	}
	cancel()
	if err := <-ended; err != nil {
		return err
	}
	return s.verdict()
}

// spansOf returns a tracer that tells, for each reading, how long its bytes took.
func spansOf(spans chan<- time.Duration) func(reader.Trace) {
	var times stopwatch
	var span time.Duration
	return func(t reader.Trace) {
		if took, _, ok := times.see(t); ok {
			span = took
		}
		if t.What != reader.TraceReading {
			return
		}
		select {
		case spans <- span:
		default: // more readings than events can wait: their times are no news
		}
	}
}

func (s *stand) take(e drivers.ReaderEvent, spans <-chan time.Duration) {
	if e.Reading != nil {
		s.over(s.trial.add(*e.Reading, <-spans))
		return
	}
	fmt.Fprintf(s.hints, "reader %s: %s\n", e.State, e.Detail)
	if e.State == drivers.ReaderReady {
		fmt.Fprintf(s.hints, "present the document, %d times\n", s.times-s.shown)
	}
}

// over tells of a presentation that is over.
func (s *stand) over(p *presentation) {
	if p == nil || s.shown == s.times {
		return
	}
	s.shown++
	p.Number = s.shown
	if p.Good {
		s.good++
	}
	if s.json {
		_ = printJSON(s.out, p) // the verdict tells a stream that is closed
		return
	}
	fmt.Fprintf(s.out, "%d  %s\n", p.Number, p)
}

// String tells a presentation in one line.
func (p *presentation) String() string {
	text := p.Verdict
	if p.Shape != "" {
		text += ", " + p.Shape
	}
	text += fmt.Sprintf(", %.0f ms from first to last byte", p.SpanMS)
	if len(p.Before) > 0 {
		text += ", after " + strings.Join(p.Before, ", ")
	}
	if p.Repeats > 0 {
		text += fmt.Sprintf(", sent %d times", p.Repeats+1)
	}
	if len(p.Problems) > 0 {
		text += ": " + strings.Join(p.Problems, "; ")
	}
	return text
}

// verdict tells what came of all.
func (s *stand) verdict() error {
	var err error
	if s.json {
		err = printJSON(s.out, map[string]any{"good": s.good == s.times, "presented": s.times, "whole": s.good})
	} else {
		_, err = fmt.Fprintf(s.out, "%d of %d presentations were read whole\n", s.good, s.times)
	}
	if err == nil && s.good < s.times {
		return &exit{code: exitFailed}
	}
	return err
}
