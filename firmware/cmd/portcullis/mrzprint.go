package main

import (
	"fmt"
	"io"
	"strings"

	"portcullis/mrz/report"
)

// printReport writes a report for people.
func printReport(w io.Writer, r report.Report) error {
	if r.Format == "" {
		fmt.Fprintln(w, "no machine readable zone")
	} else {
		fmt.Fprintf(w, "%s: %s\n", r.Format, verdictOn(r))
		printFields(w, r.Document)
		for _, c := range r.Checks {
			fmt.Fprintf(w, "  check digit %-14s %s\n", strings.ReplaceAll(c.Field, "_", " "), strings.TrimSpace(c.Result+" "+c.Rule))
		}
	}
	for _, p := range r.Problems {
		where := ""
		if p.Line > 0 {
			where = fmt.Sprintf(" (line %d, column %d)", p.Line, p.Column)
		}
		fmt.Fprintf(w, "  %s: %s%s\n", p.Severity, p.Text, where)
	}
	if r.Repair != nil {
		printRepair(w, r.Repair)
	}
	_, err := fmt.Fprintln(w)
	return err
}

func verdictOn(r report.Report) string {
	verdict := "not valid"
	switch {
	case r.Valid:
		verdict = "valid"
	case r.Readable:
		verdict = "readable, with deviations"
	}
	if r.Verified != nil && !*r.Verified {
		verdict += ", not verified"
	}
	return verdict
}

func printFields(w io.Writer, d report.Document) {
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
}

// printRepair writes what was changed, and what may be otherwise all the same.
func printRepair(w io.Writer, r *report.Repair) {
	fmt.Fprintf(w, "  repair: %s\n", strings.Join(append([]string{r.Outcome}, r.Steps...), ", "))
	for _, e := range r.Edits {
		fmt.Fprintf(w, "    line %d, column %d: %s taken for %s\n", e.Line, e.Column, orNothing(e.Read), orNothing(e.Means))
	}
	paired := 0
	for _, d := range r.Indistinguishable {
		if d.Paired {
			paired++
			continue
		}
		fmt.Fprintf(w, "    line %d, column %d: could be %s\n", d.Line, d.Column, d.CouldBe)
	}
	if paired > 0 {
		fmt.Fprintf(w, "    %d more readings of single cells are possible, each together with another (--json lists them)\n", paired)
	}
}

func orNothing(char string) string {
	if char == "" {
		return "nothing"
	}
	return char
}
