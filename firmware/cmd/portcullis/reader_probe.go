package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"portcullis/drivers"
	"portcullis/drivers/links"
	"portcullis/drivers/ports"
	"portcullis/drivers/reader"
)

func readerProbeCommand() *cobra.Command {
	var port, folder string
	var finder links.Finder
	var asJSON bool
	c := &cobra.Command{
		Use:   "probe [--port PATH]",
		Short: "Ask the ports which reader is there, and how its line is set",
		Long: `Ask the ports which reader is there, with what each profile asks its reader, at
each setting of the line that such readers are found with. A port is asked only what
the profiles that fit it ask: a console or a modem may hang at another. One that is
named with --port is asked everything. Ports that are in use are left alone.

Many readers answer nothing and speak only of documents: use reader watch for these.

Exit code 0: a reader answered. 1: none did. 2: wrong usage.`,
		Example: `  portcullis reader probe
  portcullis reader probe --port /dev/ttyUSB0`,
		RunE: func(c *cobra.Command, _ []string) error {
			profiles, err := allProfiles(folder)
			if err != nil {
				return err
			}
			asked, err := questions(finder, port, profiles)
			if err != nil {
				return err
			}
			return probePorts(c.Context(), c.OutOrStdout(), asked, asJSON)
		},
	}
	c.Flags().StringVar(&port, "port", "", "the `PATH` of a port, a link or a pattern; every serial port if left out")
	profilesFlag(c, &folder)
	c.Flags().StringVar(&finder.Root, "root", "", "the `FOLDER` in which sys and dev are looked for")
	_ = c.Flags().MarkHidden("root") // there is such a flag
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a port")
	return c
}

// A question is a port and the profiles whose probes it is asked.
type question struct {
	node     string
	profiles []reader.Profile
	note     string // why it is asked nothing
}

// questions returns what to ask which port.
func questions(f links.Finder, port string, profiles []reader.Profile) ([]question, error) {
	if port != "" {
		node, err := reader.At(port)()
		if err != nil {
			return nil, fmt.Errorf("%w: see portcullis reader list", err)
		}
		return []question{{node: node, profiles: answering(profiles)}}, nil
	}
	found, err := f.Ports()
	if err != nil {
		return nil, err
	}
	var all []question
	for _, p := range found {
		if p.Link != ports.Serial {
			continue
		}
		fitting, err := profilesFor(p, profiles)
		if err != nil {
			return nil, err
		}
		q := question{node: p.Node, profiles: answering(fitting)}
		switch {
		case len(fitting) == 0:
			q.note = "not asked: no profile fits it. Name it with --port if it is a reader"
		case len(q.profiles) == 0:
			q.note = "not asked: such a reader (" + fitting[0].Name + ") answers nothing. Use portcullis reader watch --profile " + fitting[0].Name
		}
		all = append(all, q)
	}
	return all, nil
}

// profilesFor returns the profiles that fit a port.
func profilesFor(p ports.Port, profiles []reader.Profile) (fitting []reader.Profile, _ error) {
	for _, profile := range profiles {
		fits, err := links.Fits(profile, p)
		if err != nil {
			return nil, fmt.Errorf("profile %s: %w", profile.Name, err)
		}
		if fits {
			fitting = append(fitting, profile)
		}
	}
	return fitting, nil
}

// answering returns the profiles of readers on serial ports that answer a probe.
func answering(profiles []reader.Profile) []reader.Profile {
	return slices.DeleteFunc(slices.Clone(profiles), func(p reader.Profile) bool {
		return p.Link != ports.Serial || p.Probe.Send == ""
	})
}

// A reply is what a port said.
type reply struct {
	Port    string   `json:"port"`
	Profile string   `json:"profile,omitempty"` // that answered
	Line    string   `json:"line,omitempty"`    // and how the line was set
	Heard   []string `json:"heard,omitempty"`   // what else was, masked
	Note    string   `json:"note,omitempty"`
}

// probePorts asks every port and prints what it said.
func probePorts(ctx context.Context, w io.Writer, asked []question, asJSON bool) error {
	found := false
	for _, q := range asked {
		a := q.ask(ctx)
		if ctx.Err() != nil {
			return &exit{code: exitFailed}
		}
		found = found || a.Profile != ""
		if err := a.print(w, asJSON); err != nil {
			return err
		}
	}
	if !found {
		return errors.New("no reader answered: see portcullis reader list, and portcullis reader watch for those that answer nothing")
	}
	return nil
}

// ask asks one port, until a profile is answered.
func (q question) ask(ctx context.Context) reply {
	a := reply{Port: q.node, Note: q.note}
	for _, p := range q.profiles {
		lines, err := p.Line.Lines()
		if err != nil {
			a.Note = err.Error()
			return a
		}
		for _, line := range lines {
			answered, heard, err := askOnce(ctx, p, q.node, line)
			var taken *takenError
			switch {
			case errors.As(err, &taken):
				a.Note = taken.text
				return a
			case err != nil:
				a.Note = fmt.Sprintf("%s at %s: %v", p.Name, line, err)
			case answered:
				a.Profile, a.Line, a.Note = p.Name, line.String(), ""
				return a
			}
			if heard != "" {
				a.Heard = append(a.Heard, fmt.Sprintf("%s at %s: %s", p.Name, line, heard))
			}
		}
	}
	return a
}

// mostHeard is how much of what was heard is shown.
const mostHeard = 200

// askOnce asks a port what a profile asks its reader, at one setting of the line. It
// returns whether that was answered, and what was heard.
func askOnce(ctx context.Context, p reader.Profile, node string, line reader.Line) (answered bool, heard string, failed error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p.Line, p.Setup, p.Arm, p.Feedback = line, nil, reader.Arm{}, reader.Feedback{}
	open, looked := ours(links.Open(p)), false
	o := reader.Options{
		Find: func() (string, error) {
			if looked { // a second attempt would be one
				cancel()
				return "", reader.ErrAbsent
			}
			looked = true
			return node, nil
		},
		Open: func(ctx context.Context, node string, line reader.Line) (link reader.Link, err error) {
			link, err = open(ctx, node, line)
			failed = err
			return link, err
		},
		Trace: func(t reader.Trace) {
			if t.What == reader.TraceIn && len(heard) < mostHeard {
				heard += t.Text
			}
		},
	}
	events, ended := make(chan drivers.ReaderEvent), make(chan error, 1)
	go func() {
		defer close(events)
		ended <- reader.New(p, o).Run(ctx, events)
	}()
	for e := range events {
		if e.State == drivers.ReaderReady {
			answered = true
			cancel()
		}
	}
	if err := <-ended; err != nil {
		failed = err
	}
	return answered, heard[:min(len(heard), mostHeard)], failed
}

// print writes a reply.
func (a reply) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(w, a)
	}
	var err error
	switch {
	case a.Profile != "":
		_, err = fmt.Fprintf(w, "%s: %s at %s\n", a.Port, a.Profile, a.Line)
	case a.Note != "":
		_, err = fmt.Fprintf(w, "%s: %s\n", a.Port, a.Note)
	case len(a.Heard) == 0:
		_, err = fmt.Fprintf(w, "%s: silent\n", a.Port)
	default:
		_, err = fmt.Fprintf(w, "%s: no answer that a profile knows\n", a.Port)
	}
	for _, h := range a.Heard {
		fmt.Fprintf(w, "  heard by %s\n", h)
	}
	return err
}
