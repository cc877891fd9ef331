package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"portcullis/mrz"
	"portcullis/mrz/report"
)

func mrzCommand() *cobra.Command {
	var asJSON bool
	var day string
	c := &cobra.Command{
		Use:   "mrz [FILE...]",
		Short: "Check machine readable zones that you type or paste",
		Long: `Check machine readable zones: blocks of one to three lines from the files, or
from standard input, with a blank line between two blocks.

Exit code 0: all are valid. 1: some are not. 2: wrong usage.`,
		Example: `  portcullis mrz --json passport.txt
  printf 'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\n' | portcullis mrz`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, files []string) error {
			today, err := parseDay(day)
			if err != nil {
				return err
			}
			in, closeAll, err := openInputs(files, c.InOrStdin())
			if err != nil {
				return err
			}
			defer closeAll()
			return checkZones(in, c.OutOrStdout(), asJSON, today)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a block")
	c.Flags().StringVar(&day, "today", "", "the `DATE` to judge dates by, as 2026-11-22 (default today)")
	return c
}

// parseDay reads the day that the user gave, or returns today's.
func parseDay(text string) (mrz.Day, error) {
	if text == "" {
		return mrz.DayOf(time.Now()), nil
	}
	day, err := mrz.ParseDay(text)
	if err != nil {
		return mrz.Day{}, usage("--today: %w", err)
	}
	return day, nil
}

// openInputs returns the files one behind the other, with a blank line between
// two, or standard input when there are none.
func openInputs(files []string, stdin io.Reader) (io.Reader, func(), error) {
	if len(files) == 0 {
		return stdin, func() {}, nil
	}
	var readers []io.Reader
	var opened []*os.File
	closeAll := func() {
		for _, f := range opened {
			f.Close()
		}
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			closeAll()
			return nil, nil, &exit{exitUsage, err}
		}
		opened = append(opened, f)
		readers = append(readers, f, strings.NewReader("\n\n"))
	}
	return io.MultiReader(readers...), closeAll, nil
}

// checkZones reports every block of in.
func checkZones(in io.Reader, out io.Writer, asJSON bool, today mrz.Day) error {
	invalid := 0
	err := eachBlock(in, func(lines []string) error {
		r, err := mrz.Parse(lines)
		rep := report.Of(r, err, today)
		if !rep.Valid {
			invalid++
		}
		if asJSON {
			return printJSON(out, rep)
		}
		return printReport(out, rep)
	})
	if err != nil {
		return err
	}
	if invalid > 0 {
		return &exit{code: exitFailed}
	}
	return nil
}

// maxLine is more than any line of a zone has, and little enough to hold.
const maxLine = 1 << 20

// eachBlock calls f with the lines of every block, without blanks around them.
func eachBlock(in io.Reader, f func(lines []string) error) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, maxLine)
	var block []string
	for scanner.Scan() {
		if line := strings.TrimSpace(scanner.Text()); line != "" {
			block = append(block, line)
			continue
		}
		if len(block) > 0 {
			if err := f(block); err != nil {
				return err
			}
		}
		block = nil
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("read zones: %w", err)
	}
	if len(block) > 0 {
		return f(block)
	}
	return nil
}

// printReport writes a report for people.
func printReport(w io.Writer, r report.Report) error {
	verdict := "not valid"
	switch {
	case r.Valid:
		verdict = "valid"
	case r.Readable:
		verdict = "readable, with deviations"
	}
	if r.Format == "" {
		fmt.Fprintln(w, "no machine readable zone")
	} else {
		fmt.Fprintf(w, "%s: %s\n", r.Format, verdict)
		d := r.Document
		for _, f := range [][2]string{
			{"document code", d.Code}, {"issuing State", d.IssuingState}, {"number", d.Number},
			{"primary identifier", d.Primary}, {"secondary identifier", d.Secondary}, {"nationality", d.Nationality},
			{"date of birth", d.BirthDate}, {"sex", d.Sex}, {"date of expiry", d.ExpiryDate},
			{"optional data", d.OptionalData}, {"optional data 2", d.OptionalData2},
		} {
			if f[1] != "" {
				fmt.Fprintf(w, "  %-21s %s\n", f[0], f[1])
			}
		}
		for _, c := range r.Checks {
			fmt.Fprintf(w, "  check digit %-14s %s\n", strings.ReplaceAll(c.Field, "_", " "), c.Result)
		}
	}
	for _, p := range r.Problems {
		where := ""
		if p.Line > 0 {
			where = fmt.Sprintf(" (line %d, column %d)", p.Line, p.Column)
		}
		fmt.Fprintf(w, "  %s: %s%s\n", p.Severity, p.Text, where)
	}
	_, err := fmt.Fprintln(w)
	return err
}
