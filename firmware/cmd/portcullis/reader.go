package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"portcullis/drivers/reader"
	"portcullis/drivers/sim"
)

func readerCommand() *cobra.Command {
	c := &cobra.Command{Use: "reader", Short: "Work with document readers"}
	c.AddCommand(readerListCommand(), readerProfilesCommand(), readerProbeCommand(), readerWatchCommand(), readerTestCommand(), readerSimCommand())
	return c
}

func readerSimCommand() *cobra.Command {
	var profile, link, script string
	c := &cobra.Command{
		Use:   "sim --profile NAME --link PATH [--script FILE]",
		Short: "Be a document reader, on a pseudo-terminal",
		Long: `Be a document reader: open a pseudo-terminal, link PATH to it, and send the
bytes that a reader of that profile sends. Without a script, every block of
lines on standard input is a document that is presented; a blank line ends it.

A script has one instruction a line:

  present LINE1|LINE2      a document; \xHH in a line is that byte
  half LINE1|LINE2         the first half of its frame, and no more
  glued A1|A2 B1|B2        two documents without a gap
  noread                   what the reader sends when it could not read
  noise 40                 40 random bytes
  endless 102400           that many bytes of a frame without an end
  chunks 1 64              from here on, send 1 to 64 bytes at a time
  jitter 50ms              and pause up to 50 ms after each
  wait 2s                  do nothing
  unplug 1s                pull the plug, wait, plug in under another name
  repeat 3                 the above 3 times in all; without a number, for ever`,
		Example: "  portcullis reader sim --profile sita-ocr --link /tmp/reader --script documents.txt",
		RunE: func(c *cobra.Command, _ []string) error {
			if profile == "" || link == "" {
				return usage("--profile and --link are needed: try %s --help", c.CommandPath())
			}
			p, err := reader.Load(profile)
			if err != nil {
				return usage("%w: try portcullis reader profiles", err)
			}
			steps, err := loadScript(script)
			if err != nil {
				return err
			}
			r := sim.NewReader(p, link)
			if err := r.Plug(); err != nil {
				return err
			}
			defer r.Close()
			fmt.Fprintf(c.ErrOrStderr(), "reader at %s (%s)\n", link, r.Node())
			if steps != nil {
				err = steps.Run(c.Context(), r)
			} else {
				err = r.PresentFrom(c.Context(), c.InOrStdin())
			}
			if err == nil {
				err = r.Drain(c.Context()) // a hang-up loses what the other end has not read
			}
			if errors.Is(err, c.Context().Err()) {
				return nil
			}
			return err
		},
	}
	c.Flags().StringVar(&profile, "profile", "", "the kind of reader: see portcullis reader profiles")
	c.Flags().StringVar(&link, "link", "", "the `PATH` to link to the pseudo-terminal")
	c.Flags().StringVar(&script, "script", "", "the `FILE` that says what to do")
	return c
}

// loadScript reads a script, or returns none when there is no name.
func loadScript(name string) (sim.Script, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, &exit{exitUsage, err}
	}
	defer f.Close()
	script, err := sim.ParseScript(f)
	if err != nil {
		return nil, &exit{exitUsage, fmt.Errorf("%s: %w", name, err)}
	}
	return script, nil
}
