package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/registry"
)

type importFlags struct {
	place
	job    registry.Job
	add    bool
	report string
}

// imported is what a script reads of an import.
type imported struct {
	registry.Progress
	List   string `json:"list"`
	Report string `json:"report,omitempty"`
}

func newImport() *cobra.Command {
	var flags importFlags
	cmd := &cobra.Command{
		Use:   "import --registry DIR --keys DIR --list NAME FILE...",
		Short: "Take records into the registry of a list",
		Long: `Check the records in all FILEs, and take them into the registry of a list.

FILE is JSON Lines, or CSV with a header when its name ends with .csv. Its fields
are those that publish --help tells of, and

  owner            code of the authority whose record it is; without one it is
                   the issuing State's
  issued           the day on which the document was issued; not of blanks
  document_expiry  the day until which it was valid; not of blanks
  ncb_reference    of the National Central Bureau, up to 25 characters
  info             more that is of no person, up to 40 characters

Without expires, a record is kept for 5 years, of a stolen blank for 30, of other
than travel documents for 10.

With --replace the files are all that there is: once all are read, what stands in
none of them is withdrawn. Until then the records of before stay, and are
published. If lines were rejected, or there are no records, the load stays open:
the same command with --skip-invalid or --allow-empty finishes it, registry abort
ends it.

An import that was killed goes on where it was when it is started again with the
same files. Lines that are not taken in are named by line, field and rule; none
of their values is shown.
` + placeHelp + exitCodes + ` Lines that
were rejected make it 1; all others were taken in.`,
		Example: `  portcullis-central import --registry registry --keys keys --list sltd --report rejected.jsonl records.jsonl
  portcullis-central import --registry postgres://central@db/portcullis --keys keys --list sltd --replace --owner UTO all.csv`,
		Args: cobra.MinimumNArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			flags.job.Files, flags.job.Owner = args, strings.ToUpper(flags.job.Owner)
			return flags.run(cmd)
		}),
	}
	flags.place.flags(cmd)
	cmd.Flags().BoolVar(&flags.add, "add", false, "add the records to those that there are; this is done without --replace too")
	cmd.Flags().BoolVar(&flags.job.Replace, "replace", false, "withdraw all records that are in no file")
	cmd.Flags().StringVar(&flags.job.Owner, "owner", "", "with --replace: do so with the records of this owner alone")
	cmd.Flags().BoolVar(&flags.job.SkipInvalid, "skip-invalid", false, "with --replace: finish although lines were rejected")
	cmd.Flags().BoolVar(&flags.job.AllowEmpty, "allow-empty", false, "with --replace: finish although there are no records")
	cmd.Flags().StringVar(&flags.report, "report", "", "file for the rejected lines, as JSON Lines")
	cmd.MarkFlagsMutuallyExclusive("add", "replace")
	return cmd
}

func (f importFlags) run(cmd *cobra.Command) error {
	return f.with(cmd.Context(), true, func(r *registry.Registry) error {
		bar := newProgress(cmd.ErrOrStderr())
		p, err := r.Import(cmd.Context(), f.job, time.Now(), bar.tell)
		bar.end()
		if err != nil && !errors.Is(err, registry.ErrRejected) {
			return advise(err)
		}
		if told := f.tell(cmd, r, p); told != nil {
			return told
		}
		if err == nil && p.Rejected > 0 {
			return fmt.Errorf("%d of %d lines were rejected; the others were taken in", p.Rejected, p.Lines)
		}
		return advise(err)
	})
}

// advise says what to do about a full load that stays open.
func advise(err error) error {
	switch {
	case errors.Is(err, registry.ErrRejected):
		return fmt.Errorf("%w: import the same files with --skip-invalid, or end the load with registry abort", err)
	case errors.Is(err, registry.ErrEmpty):
		return fmt.Errorf("%w: import the same files with --allow-empty, or end the load with registry abort", err)
	case errors.Is(err, registry.ErrLoading):
		return fmt.Errorf("%w: registry status names it, registry abort ends it", err)
	}
	return err
}

// tell writes the report and the sum of it all.
func (f importFlags) tell(cmd *cobra.Command, r *registry.Registry, p registry.Progress) error {
	if f.report != "" {
		if err := f.writeReport(cmd, r, p); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	if f.json {
		return printJSON(cmd, imported{p, f.list, f.report})
	}
	shown := 0
	err := r.Rejected(cmd.Context(), p, f.job, func(e registry.Error) error {
		if shown++; shown <= maxShown {
			fmt.Fprintln(cmd.ErrOrStderr(), e)
		}
		return nil
	})
	if shown > maxShown {
		fmt.Fprintf(cmd.ErrOrStderr(), "... and %d more: --report FILE has all\n", shown-maxShown)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "list %s: of %d lines %d records taken in, %d rejected, %d left out because their time is over\n", f.list, p.Lines, p.Taken, p.Rejected, p.Expired)
	return err
}

// writeReport writes every rule that a line broke. The file is whole, or the
// one of before.
func (f importFlags) writeReport(cmd *cobra.Command, r *registry.Registry, p registry.Progress) error {
	file, err := os.CreateTemp(filepath.Dir(f.report), ".report-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	out := bufio.NewWriter(file)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	err = r.Rejected(cmd.Context(), p, f.job, func(e registry.Error) error { return enc.Encode(e) })
	if err = errors.Join(err, out.Flush(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), f.report)
}
