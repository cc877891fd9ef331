package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"portcullis/cache"
	"portcullis/firmware"
)

// The exit codes of a check, beside those that all commands share.
const (
	exitRefer = 10
	exitAlert = 20
)

func checkCommand() *cobra.Command {
	var at target
	var asJSON, specimens bool
	var request firmware.CheckRequest
	c := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Decide on one document by the lists that are kept here",
		Long: `Decide on one document by the lists that are kept here: by its machine readable
zone, from the file or from standard input, or by number, issuing State and type.
A running appliance is asked; otherwise the data folder is read. Nothing is
logged and no gate moves.

Documents of the specimen State UTO are referred, as at a real border; with
--specimens they count as documents of a State.

Exit code 0: clear. 10: refer. 20: alert. 1: could not run. 2: wrong usage.`,
		Example: `  portcullis check --data /var/lib/portcullis passport.txt
  portcullis check --number C01X00T47 --issuer D --type P --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error {
			if request.Today != "" {
				if _, err := parseDay(request.Today); err != nil {
					return err
				}
			}
			if err := readZone(files, c.InOrStdin(), &request); err != nil {
				return err
			}
			p, err := at.resolve()
			if err != nil {
				return err
			}
			request.Specimens = specimens
			report, err := onLists(c.Context(), p, func(s *cache.Store) (firmware.CheckReport, error) {
				return firmware.Check(s, p.policy, time.Now(), buildTime(), request)
			}, askCheck, request)
			if err != nil {
				return err
			}
			return printCheck(c.OutOrStdout(), report, asJSON)
		},
	}
	at.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&specimens, "specimens", false, "accept documents of the specimen State UTO")
	c.Flags().StringVar(&request.Today, "today", "", "the `DATE` to judge dates by, as 2026-11-22 (default today)")
	c.Flags().StringVar(&request.Number, "number", "", "the document's number, instead of a zone")
	c.Flags().StringVar(&request.Issuer, "issuer", "", "the code of the issuing State")
	c.Flags().StringVar(&request.Type, "type", "", "P passport, I identity document, V visa, O other")
	return c
}

// readZone reads the one zone that is to be checked, unless a number was
// typed.
func readZone(files []string, stdin io.Reader, request *firmware.CheckRequest) error {
	if request.Number != "" {
		if len(files) > 0 || request.Issuer == "" || request.Type == "" {
			return usage("--number goes with --issuer and --type, and without a file")
		}
		if err := request.Typed(); err != nil {
			return usage("%w", err)
		}
		return nil
	}
	if request.Issuer != "" || request.Type != "" {
		return usage("--issuer and --type go with --number")
	}
	in := stdin
	if len(files) == 1 {
		f, err := os.Open(files[0])
		if err != nil {
			return &exit{exitUsage, err}
		}
		defer f.Close()
		in = f
	}
	err := eachBlock(in, func(lines []string) error {
		if request.Lines != nil {
			return usage("there is more than one zone: check one document at a time")
		}
		request.Lines = lines
		return nil
	})
	if err == nil && request.Lines == nil {
		return usage("there is no zone to check")
	}
	return err
}

func printCheck(w io.Writer, r firmware.CheckReport, asJSON bool) error {
	if asJSON {
		if err := printJSON(w, r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(w, "%s\n", r.Verdict)
		for _, reason := range r.Reasons {
			fmt.Fprintf(w, "  %s\n", reason.Text)
		}
		for _, l := range r.Lists {
			fmt.Fprintf(w, "  list %s: %s, release %d, %s old\n", l.Name, l.State, l.Release, time.Duration(max(l.Age, 0))*time.Second)
		}
	}
	switch r.Verdict {
	case "clear":
		return nil
	case "alert":
		return &exit{code: exitAlert}
	}
	return &exit{code: exitRefer}
}
