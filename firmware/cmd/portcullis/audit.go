package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"portcullis/firmware/audit"
)

func auditCommand() *cobra.Command {
	c := &cobra.Command{Use: "audit", Short: "Work with the log of decisions"}
	c.AddCommand(auditVerifyCommand())
	return c
}

// auditReport is what verifying a log has shown.
type auditReport struct {
	Sound   bool         `json:"sound"`
	Log     string       `json:"log"` // its random id
	Entries uint64       `json:"entries"`
	Files   int          `json:"files"`
	Last    string       `json:"last_hash"`
	Damage  *auditDamage `json:"damage,omitempty"`
	Note    string       `json:"note,omitempty"`
}

// auditDamage is the first entry that is not what was written.
type auditDamage struct {
	Kind  string `json:"kind"`
	Entry uint64 `json:"entry"`
	File  string `json:"file"`
	Line  int    `json:"line,omitempty"`
	Why   string `json:"why"`
}

func auditVerifyCommand() *cobra.Command {
	var at target
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify",
		Short: "Prove that no entry of the log was changed, lost or moved, or name the first that was",
		Long: `Prove that no entry of the log was changed, lost or moved, or name the first
that was. The appliance may be running.

Exit code 0: the log is whole. 1: it is not, or there is none.`,
		Example: "  portcullis audit verify --data /var/lib/portcullis --json",
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := at.resolve()
			if err != nil {
				return err
			}
			found, err := audit.Verify(p.data.Audit())
			var damage *audit.DamageError
			if err != nil && !errors.As(err, &damage) {
				return err
			}
			return printAudit(c, reportAudit(found, damage), asJSON)
		},
	}
	at.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func reportAudit(found audit.Report, damage *audit.DamageError) auditReport {
	r := auditReport{Sound: damage == nil, Log: found.Log, Entries: found.Entries, Files: found.Files, Last: found.Last.Hash}
	if damage != nil {
		r.Damage = &auditDamage{damage.Damage.String(), damage.Seq, damage.File, damage.Line, damage.Why}
	}
	if found.Torn > 0 {
		r.Note = fmt.Sprintf("%d bytes behind the last entry are none: a power cut left them, or an entry is being written", found.Torn)
	}
	return r
}

func printAudit(c *cobra.Command, r auditReport, asJSON bool) error {
	w := c.OutOrStdout()
	switch {
	case asJSON:
		if err := printJSON(w, r); err != nil {
			return err
		}
	case r.Sound:
		fmt.Fprintf(w, "whole: %d entries in %d files, the last with hash %s\n", r.Entries, r.Files, r.Last)
	default:
		fmt.Fprintf(w, "NOT whole: entry %d is %s: %s line %d: %s\n", r.Damage.Entry, r.Damage.Kind, r.Damage.File, r.Damage.Line, r.Damage.Why)
	}
	if !asJSON && r.Note != "" {
		fmt.Fprintln(w, r.Note)
	}
	if !r.Sound {
		return &exit{code: exitFailed}
	}
	return nil
}
