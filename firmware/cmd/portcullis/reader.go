package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"portcullis/drivers/reader"
	"portcullis/drivers/sim"
)

func readerCommand() *cobra.Command {
	c := &cobra.Command{Use: "reader", Short: "Work with document readers"}
	c.AddCommand(readerListCommand(), readerProfilesCommand(), readerProbeCommand(), readerWatchCommand(), readerTestCommand(), readerSimCommand())
	return c
}

// simLong is the help of reader sim.
const simLong = `Be a document reader: open a pseudo-terminal, link PATH to it, and send the
bytes that a reader of that profile sends. It listens too: a reader that has to be
asked, set up or armed does nothing before it was. Without a script, every block of
lines on standard input is a document that is presented; a blank line ends it. What
is sent before the other end has opened the port is lost: let a script await it.

A helper program is simulated on standard input and output, without --link, and
needs a script. A keyboard or a HID device sends its records or reports on the
pseudo-terminal, which portcullis run does not take for one.

A script has one instruction a line:

  present LINE1|LINE2      a document; \xHH in a line is that byte
  half LINE1|LINE2         the first half of its frame, and no more
  glued A1|A2 B1|B2        two documents without a gap; twice the same: it looked twice
  badsum LINE1|LINE2       a document whose check bytes do not fit
  dropped LINE1|LINE2      a keyboard's, some keys of which the kernel lost
  noread                   what the reader sends when it could not read
  noise 40                 40 random bytes
  endless 102400           that many bytes of a frame without an end
  chunks 1 64              from here on, send 1 to 64 bytes at a time
  jitter 50ms              and pause up to 50 ms after each
  lose 0.1                 from here on, lose a byte of every tenth frame or answer
  flip 0.1                 and turn a bit over in every tenth; 0 ends it
  layout de                from here on, type on another layout
  deaf 5s                  from here on, hear nothing for so long; 0s ends it
  forget                   forget what the host said, as power loss does
  wait 2s                  do nothing
  await                    do nothing until a program listens at the port
  unplug 1s                pull the plug, wait, plug in under another name
  repeat 3                 the above 3 times in all; without a number, for ever`

func readerSimCommand() *cobra.Command {
	var profile, folder, link, script string
	c := &cobra.Command{
		Use:     "sim --profile NAME --link PATH [--script FILE]",
		Short:   "Be a document reader, on a pseudo-terminal",
		Long:    simLong,
		Example: "  portcullis reader sim --profile sita-ocr --link /tmp/reader --script documents.txt",
		RunE: func(c *cobra.Command, _ []string) error {
			if profile == "" {
				return usage("--profile and --link are needed: try %s --help", c.CommandPath())
			}
			p, err := reader.LoadFrom(folder, profile)
			if err != nil {
				return usage("%w: try portcullis reader profiles", err)
			}
			steps, err := loadScript(script)
			if err != nil {
				return err
			}
			switch {
			case p.Link == "helper" && link == "" && steps != nil:
				return simulateHelper(c, p, steps)
			case link == "":
				return usage("--profile and --link are needed: try %s --help", c.CommandPath())
			}
			r := sim.NewReader(p, link)
			if err := r.Plug(); err != nil {
				return err
			}
			defer r.Close()
			fmt.Fprintf(c.ErrOrStderr(), "reader at %s (%s)\n", link, r.Node())
			return simulate(c, r, steps)
		},
	}
	c.Flags().StringVar(&profile, "profile", "", "the kind of reader: see portcullis reader profiles")
	profilesFlag(c, &folder)
	c.Flags().StringVar(&link, "link", "", "the `PATH` to link to the pseudo-terminal")
	c.Flags().StringVar(&script, "script", "", "the `FILE` that says what to do")
	return c
}

// simulate has a reader do what a script says, or present what is on standard input,
// until that ends or the command is interrupted.
func simulate(c *cobra.Command, r *sim.Reader, steps sim.Script) (err error) {
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
}

// simulateHelper has a simulated reader speak on standard input and output, as the
// program of a maker does.
func simulateHelper(c *cobra.Command, p reader.Profile, steps sim.Script) error {
	folder, err := os.MkdirTemp("", "portcullis-helper-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	port := filepath.Join(folder, "reader")
	r := sim.NewReader(p, port)
	if err := r.Plug(); err != nil {
		return err
	}
	defer r.Close()
	relayed := make(chan error, 1)
	go func() {
		err := sim.Relay(c.Context(), port, c.InOrStdin(), c.OutOrStdout())
		relayed <- errors.Join(err, r.Unplug()) // nobody listens any more
	}()
	if err = r.Await(c.Context()); err == nil {
		err = steps.Run(c.Context(), r)
	}
	if err == nil {
		err = r.Drain(c.Context()) // what the other end has not read is lost
	}
	err = errors.Join(err, r.Close(), <-relayed)
	if c.Context().Err() != nil {
		return nil
	}
	return err
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
