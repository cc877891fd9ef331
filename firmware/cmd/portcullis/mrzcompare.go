package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"portcullis/mrz"
	"portcullis/mrz/viz"
)

func mrzCompareCommand() *cobra.Command {
	var asJSON, misread bool
	var language string
	c := &cobra.Command{
		Use:   "compare FIELD TEXT [FILE]",
		Short: "Compare a field as printed for people with the zone",
		Long: `Compare a field as a document has it for people with the machine readable zone
of the document, in the file or on standard input. Any transliteration and any
truncation that Doc 9303 allows is accepted. FIELD is code, issuing_state,
number, primary, secondary, name, nationality, birth_date, sex, expiry_date or
optional_data.

It prints same, variant (another transliteration), truncated, look-alike (with
--misread only) or different. Exit code 0: it agrees. 1: it differs. 2: wrong
usage.`,
		Example: `  portcullis mrz compare primary Müller zone.txt
  portcullis mrz compare birth_date "12 AUG 1974" zone.txt`,
		Args: cobra.RangeArgs(2, 3),
		RunE: func(c *cobra.Command, args []string) error {
			f, ok := fieldNamed(args[0])
			if !ok {
				return usage("there is no field of that name: see portcullis mrz compare --help")
			}
			o, err := vizOptions(language, "initials")
			if err != nil {
				return err
			}
			o.LookAlikes = misread
			in, closeAll, err := openInputs(args[2:], c.InOrStdin())
			if err != nil {
				return err
			}
			defer closeAll()
			d, err := readDocument(in)
			if err != nil {
				return &exit{exitUsage, err}
			}
			return printAnswer(c, viz.Compare(f, args[1], d, o), asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	c.Flags().BoolVar(&misread, "misread", false, "let look-alikes pass, as of a field that a machine has read")
	c.Flags().StringVar(&language, "language", "", "the language of the name: be, bg, mk, sr, uk (default any)")
	return c
}

var errOneZone = errors.New("compare: want the lines of one machine readable zone")

// readDocument reads the one zone of in.
func readDocument(in io.Reader) (d mrz.Document, err error) {
	zones := 0
	err = eachBlock(in, func(lines []string) error {
		r, err := mrz.Parse(lines)
		if zones++; err != nil || zones > 1 {
			return errOneZone
		}
		d = r.Document
		return nil
	})
	if err == nil && zones == 0 {
		err = errOneZone
	}
	return d, err
}

func printAnswer(c *cobra.Command, a viz.Answer, asJSON bool) error {
	var err error
	if asJSON {
		err = printJSON(c.OutOrStdout(), map[string]string{"answer": a.String()})
	} else {
		_, err = fmt.Fprintln(c.OutOrStdout(), a)
	}
	if err == nil && a == viz.Different {
		return &exit{code: exitFailed}
	}
	return err
}

func fieldNamed(name string) (mrz.Field, bool) {
	for f := mrz.DocumentCode; f <= mrz.Name; f++ {
		if f.String() == name && f != mrz.Composite {
			return f, true
		}
	}
	return mrz.NoField, false
}
