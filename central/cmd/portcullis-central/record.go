package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/registry"
)

// maxTyped bounds a number that comes on standard input, in bytes.
const maxTyped = 256

func newRecord() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "record",
		Short: "Change single records of a registry",
		Long:  "Add, update, withdraw, show and extend single records of the registry of a list.\n" + placeHelp + exitCodes,
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("name a command: add, update, withdraw, show or extend")
		},
	}
	cmd.AddCommand(newRecordAdd(), newRecordUpdate(), newRecordWithdraw(), newRecordShow(), newRecordExtend())
	return cmd
}

const numberHelp = `
--number - reads the number from standard input, where no other user of the
machine sees it.
`

// recordFlags name a record, and say what is in it.
type recordFlags struct {
	place
	record registry.Record
}

func (f *recordFlags) identity(cmd *cobra.Command) {
	f.place.flags(cmd)
	cmd.Flags().StringVar(&f.record.Number, "number", "", "of the document; - reads it from standard input")
	cmd.Flags().StringVar(&f.record.IssuingState, "issuer", "", "issuing State: three letters, or D")
	cmd.Flags().StringVar(&f.record.Type, "type", "", "P, I, V or O, or a code such as PAS")
	cmd.Flags().StringVar(&f.record.Owner, "owner", "", "authority whose record it is; the issuing State's when left out")
	for _, name := range []string{"number", "issuer", "type"} {
		cmd.MarkFlagRequired(name)
	}
}

func (f *recordFlags) content(cmd *cobra.Command) {
	for name, flag := range map[string]struct {
		to   *string
		help string
	}{
		"status":          {&f.record.Status, "stolen, lost, revoked, invalid, stolen-blank, notice-red, ..."},
		"date":            {&f.record.Date, "of the theft or loss, 2006-01-02"},
		"country":         {&f.record.Country, "of the theft or loss; needed for all but stolen blanks"},
		"reference":       {&f.record.Reference, "of the reporting authority"},
		"ncb-reference":   {&f.record.NCBReference, "of the National Central Bureau"},
		"lot":             {&f.record.Lot, "of a stolen blank"},
		"info":            {&f.record.Info, "more that is of no person"},
		"issued":          {&f.record.Issued, "day of issue of the document"},
		"document-expiry": {&f.record.DocumentExpiry, "day until which the document was valid"},
		"expires":         {&f.record.Expires, "the last day on which the record may be kept"},
	} {
		cmd.Flags().StringVar(flag.to, name, "", flag.help)
	}
	cmd.MarkFlagRequired("status")
}

// run has f work with the record, and says what was done.
func (f *recordFlags) run(cmd *cobra.Command, done string, work func(*registry.Registry, registry.Record) error) error {
	record := f.record
	if record.Number == "-" {
		text, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), maxTyped)).ReadString('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("read number: %w", err)
		}
		record.Number = strings.TrimSpace(text)
	}
	err := f.with(cmd.Context(), done == "added", func(r *registry.Registry) error { return work(r, record) })
	if err != nil || done == "" {
		return err
	}
	if f.json {
		return printJSON(cmd, map[string]string{"list": f.list, "done": done})
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "list %s: record %s\n", f.list, done)
	return err
}

func newRecordAdd() *cobra.Command {
	var f recordFlags
	cmd := &cobra.Command{
		Use:     "add",
		Short:   "Add a record",
		Long:    "Add a record to the registry of a list.\n" + numberHelp + placeHelp + exitCodes,
		Example: "  portcullis-central record add --registry registry --keys keys --list sltd --number - --issuer UTO --type PAS --status stolen --country UTO",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd, "added", func(r *registry.Registry, record registry.Record) error {
				return r.Create(cmd.Context(), record, time.Now())
			})
		}),
	}
	f.identity(cmd)
	f.content(cmd)
	return cmd
}

func newRecordUpdate() *cobra.Command {
	var f recordFlags
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Replace what a record says",
		Long: `Replace what a record says. Number, issuing State, type, owner and status name it
and never change; all else is as it is typed, and empty where it is not, other
than the retention date, which stays.
` + numberHelp + placeHelp + exitCodes,
		Example: "  portcullis-central record update --registry registry --keys keys --list sltd --number - --issuer UTO --type PAS --status stolen --country D",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd, "updated", func(r *registry.Registry, record registry.Record) error {
				return r.Update(cmd.Context(), record, time.Now())
			})
		}),
	}
	f.identity(cmd)
	f.content(cmd)
	return cmd
}

func newRecordWithdraw() *cobra.Command {
	var f recordFlags
	cmd := &cobra.Command{
		Use:     "withdraw",
		Short:   "Withdraw a record: the document is no longer reported",
		Long:    "Withdraw a record. The next release of the list is without it.\n" + numberHelp + placeHelp + exitCodes,
		Example: "  portcullis-central record withdraw --registry registry --keys keys --list sltd --number - --issuer UTO --type P",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd, "withdrawn", func(r *registry.Registry, record registry.Record) error {
				return r.Withdraw(cmd.Context(), record.Identity())
			})
		}),
	}
	f.identity(cmd)
	return cmd
}

func newRecordShow() *cobra.Command {
	var f recordFlags
	cmd := &cobra.Command{
		Use:     "show",
		Short:   "Show a record",
		Long:    "Show what the registry has of a record.\n" + numberHelp + placeHelp + exitCodes,
		Example: "  portcullis-central record show --registry registry --keys keys --list sltd --number - --issuer UTO --type P --json",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd, "", func(r *registry.Registry, record registry.Record) error {
				held, err := r.Retrieve(cmd.Context(), record.Identity())
				if err != nil {
					return err
				}
				if f.json {
					return printJSON(cmd, held)
				}
				return showRecord(cmd.OutOrStdout(), held)
			})
		}),
	}
	f.identity(cmd)
	return cmd
}

// showRecord prints what a record says, without the number, which was typed.
func showRecord(out io.Writer, h registry.Held) error {
	for _, line := range [][2]string{
		{"issuing State", h.IssuingState}, {"type", h.Type}, {"owner", h.Owner}, {"status", h.Status}, {"date", h.Date}, {"country", h.Country},
		{"reference", h.Reference}, {"NCB reference", h.NCBReference}, {"lot", h.Lot}, {"info", h.Info}, {"issued", h.Issued},
		{"document expiry", h.DocumentExpiry}, {"kept until", h.Expires}, {"extended for", h.Extension}, {"inserted", h.Inserted}, {"changed", h.Changed},
	} {
		if line[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(out, "%-16s %s\n", line[0], line[1]); err != nil {
			return err
		}
	}
	return nil
}

func newRecordExtend() *cobra.Command {
	var f recordFlags
	var until, reason string
	cmd := &cobra.Command{
		Use:   "extend",
		Short: "Change until when a record may be kept",
		Long: `Change the last day on which a record may be kept. A later day needs the reason
PURPOSE_NOT_ACHIEVED, and is no further away than the period of the record's kind.
` + numberHelp + placeHelp + exitCodes,
		Example: "  portcullis-central record extend --registry registry --keys keys --list sltd --number - --issuer UTO --type P --until 2030-01-01 --reason PURPOSE_NOT_ACHIEVED",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd, "extended", func(r *registry.Registry, record registry.Record) error {
				return r.Extend(cmd.Context(), record.Identity(), until, reason, time.Now())
			})
		}),
	}
	f.identity(cmd)
	cmd.Flags().StringVar(&until, "until", "", "the last day, 2006-01-02")
	cmd.Flags().StringVar(&reason, "reason", "", "why it is kept longer: PURPOSE_NOT_ACHIEVED")
	cmd.MarkFlagRequired("until")
	return cmd
}
