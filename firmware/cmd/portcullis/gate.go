package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"portcullis/firmware"
	"portcullis/firmware/control"
)

func gateCommand() *cobra.Command {
	c := &cobra.Command{Use: "gate", Short: "Ask the gate of a running appliance, and clear its tamper latch"}
	c.AddCommand(gateStatusCommand(), gateClearCommand())
	return c
}

// A clearRequest asks for the tamper latch to be cleared.
type clearRequest struct {
	By string `json:"by"` // who found out why
}

func gateStatusCommand() *cobra.Command {
	var at target
	var asJSON bool
	c := &cobra.Command{
		Use:   "status",
		Short: "Say what the gate's contacts say",
		Long: `Say what the contacts of the gate say: whether it is locked, in use, or not as it
should be, and which contact is at fault. Only a running appliance knows.

  unknown         the contacts are silent, or contradict each other
  locked          shut, and nobody may pass
  granted         a traveller may pass
  passing         somebody is in it
  held-open       open for longer than a passage takes
  forced          opened or passed without a release, or its controller alarms
  tailgate        a second traveller passed on one release
  emergency       the emergency release is pulled
  out-of-service  its controller says so

Exit code 0: it is locked or in use, and was not tampered with. 1: it is not as
it should be, or nobody answers. 2: wrong usage or configuration.`,
		Example: "  portcullis gate status --data /var/lib/portcullis --json",
		RunE: func(c *cobra.Command, _ []string) error {
			r, err := askTheGate(c.Context(), &at, askGate, struct{}{})
			if err != nil {
				return err
			}
			return printGate(c.OutOrStdout(), r, asJSON)
		},
	}
	at.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return c
}

func gateClearCommand() *cobra.Command {
	var at target
	var by string
	var asJSON bool
	c := &cobra.Command{
		Use:   "clear-tamper --by WHO",
		Short: "Let a gate be used again that was tampered with, once you know why",
		Long: `Let a gate be used again that was tampered with. Find out first who opened it,
and look for what was changed; then shut it. While its contact still says that it
is open, it is not cleared. The log keeps who cleared it.

Exit code 0: it is cleared, or was not tampered with. 1: it is not, or nobody
answers. 2: wrong usage or configuration.`,
		Example: "  portcullis gate clear-tamper --by \"J. Smith, maintenance\" --config /etc/portcullis/portcullis.toml",
		RunE: func(c *cobra.Command, _ []string) error {
			if by == "" {
				return usage("--by is needed: the log keeps who cleared it")
			}
			r, err := askTheGate(c.Context(), &at, askClear, clearRequest{By: by})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), r)
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), "cleared: the gate does not count as tampered with any more")
			return err
		},
	}
	at.flags(c)
	c.Flags().StringVar(&by, "by", "", "`WHO` clears it")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return c
}

// askTheGate asks the running appliance of a data folder.
func askTheGate(ctx context.Context, at *target, address string, request any) (firmware.GateReport, error) {
	p, err := at.resolve()
	if err != nil {
		return firmware.GateReport{}, err
	}
	r, err := control.Ask[firmware.GateReport](ctx, p.data.Socket(), address, request)
	if errors.Is(err, control.ErrNobody) {
		return r, fmt.Errorf("%w: is it running, and is %s its data folder?", control.ErrNobody, p.data)
	}
	return r, err
}

func printGate(w io.Writer, r firmware.GateReport, asJSON bool) error {
	if asJSON {
		if err := printJSON(w, r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(w, "gate      %s\n", r.State)
		for _, l := range []struct{ name, value string }{{"detail", r.Detail}, {"passage", passageOf(r)}, {"tampered", tamperedWith(r)}} {
			if l.value != "" {
				fmt.Fprintf(w, "%-9s %s\n", l.name, l.value)
			}
		}
		fmt.Fprintf(w, "since the start: %d passed, %d releases were not used\n", r.Passages, r.Unused)
	}
	switch {
	case r.Tampered:
	case r.State == "locked" || r.State == "granted" || r.State == "passing":
		return nil
	}
	return &exit{code: exitFailed}
}

func passageOf(r firmware.GateReport) string {
	if r.Grant == 0 {
		return ""
	}
	text := fmt.Sprint(r.Grant)
	if r.Until != nil {
		text += ", until " + r.Until.Format(time.TimeOnly)
	}
	return text
}

func tamperedWith(r firmware.GateReport) string {
	if !r.Tampered {
		return ""
	}
	return "yes: nobody is let through until it is cleared (portcullis gate clear-tamper)"
}
