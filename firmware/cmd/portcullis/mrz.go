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
	"portcullis/mrz/ocr"
	"portcullis/mrz/report"
)

func mrzCommand() *cobra.Command {
	var z zones
	var day, format, deviations string
	c := &cobra.Command{
		Use:   "mrz [FILE...]",
		Short: "Check machine readable zones that you type or paste",
		Long: `Check machine readable zones: blocks of one to three lines from the files, or
from standard input, with a blank line between two blocks.

With --repair a block may be what somebody pasted or a reader sent: text around
the zone, lines joined or swapped, fillers lost, characters misread. What is
shown is then the repaired reading, with every change; a repaired reading is
never a verified one.

Exit code 0: all are valid, and none was repaired. 1: some are not. 2: wrong
usage.`,
		Example: `  portcullis mrz --json passport.txt
  portcullis mrz --repair pasted.txt
  printf 'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\n' | portcullis mrz`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, files []string) error {
			if err := z.options(day, format, deviations); err != nil {
				return err
			}
			in, closeAll, err := openInputs(files, c.InOrStdin())
			if err != nil {
				return err
			}
			defer closeAll()
			return z.check(in, c.OutOrStdout())
		},
	}
	c.AddCommand(mrzComposeCommand(), mrzCompareCommand())
	c.Flags().BoolVar(&z.asJSON, "json", false, "print one JSON object a block")
	c.Flags().BoolVar(&z.repair, "repair", false, "repair what was misread, as far as check digits allow")
	c.Flags().StringVar(&day, "today", "", "the `DATE` to judge dates by, as 2026-11-22 (default today)")
	c.Flags().IntVar(&z.century.Ahead, "expiry-ahead", mrz.DefaultAhead, "how many `YEARS` after today an expiry may lie, from 1 to 99")
	c.Flags().StringVar(&format, "format", "", "the `LAYOUT`, instead of telling it by the lines: TD1, TD2, TD3, MRVA, MRVB, IDFRA, CHE_DL, EU_DL, SVK")
	c.Flags().StringVar(&deviations, "deviations", "", "a `FILE` of check digits that issuers are known to print wrong (see docs/technicians.md)")
	return c
}

// zones is what to do with the zones of one call.
type zones struct {
	asJSON, repair bool
	century        mrz.Century
	format         mrz.Format
	excused        []mrz.DeviationEntry
}

// options takes over what the user gave as text.
func (z *zones) options(day, format, deviations string) (err error) {
	if z.century.Today, err = parseDay(day); err != nil {
		return err
	}
	if z.century.Ahead < 1 || z.century.Ahead > 99 {
		return usage("--expiry-ahead: want years from 1 to 99")
	}
	if format != "" {
		var ok bool
		if z.format, ok = mrz.ParseFormat(strings.ToUpper(format)); !ok {
			return usage("--format: there is no layout of that name")
		}
	}
	if deviations != "" {
		z.excused, err = readDeviations(deviations)
	}
	return err
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

// check reports every block of in.
func (z *zones) check(in io.Reader, out io.Writer) error {
	doubtful := 0
	err := eachBlock(in, func(lines []string) error {
		rep, good := z.report(lines)
		if !good {
			doubtful++
		}
		if z.asJSON {
			return printJSON(out, rep)
		}
		return printReport(out, rep)
	})
	if err != nil {
		return err
	}
	if doubtful > 0 {
		return &exit{code: exitFailed}
	}
	return nil
}

// report reports a block, and whether it is valid without any repair.
func (z *zones) report(lines []string) (rep report.Report, good bool) {
	if !z.repair {
		r, err := z.parse(lines)
		r.Excuse(z.excused)
		rep = report.Of(r, err, z.century)
		return rep, rep.Valid
	}
	var r ocr.Reading
	if z.format != mrz.None {
		r = ocr.RepairAs(z.format, lines)
	} else {
		r = ocr.Read(strings.Join(lines, "\n"))
	}
	r.Result.Excuse(z.excused)
	rep = report.OfReading(r, z.century)
	return rep, rep.Valid && r.Outcome == ocr.NotNeeded
}

func (z *zones) parse(lines []string) (mrz.Result, error) {
	if z.format != mrz.None {
		return mrz.ParseAs(z.format, lines)
	}
	return mrz.Parse(lines)
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
