package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"portcullis/cache/list"
	"portcullis/central/query/journal"
)

func newQueryLog() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "log",
		Short: "Check the log of consultations, or find those of one document",
		Long: `Check the log of consultations that a central service keeps, or find those of
one document. Both work while the service runs.
` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return errors.New("name a command: verify, find or key") },
	}
	cmd.AddCommand(newQueryLogVerify(), newQueryLogFind(), newQueryLogKey())
	return cmd
}

// logFlags say which log, and with which key.
type logFlags struct {
	dir, key string
	json     bool
}

func (f *logFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "log", "", "folder of the log")
	cmd.Flags().StringVar(&f.key, "key", "", "file of the log's key")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.MarkFlagRequired("log")
	cmd.MarkFlagRequired("key")
}

func (f *logFlags) verify(visit func(journal.Record) error) (journal.Report, error) {
	key, err := journal.ReadKey(f.key)
	if err != nil {
		return journal.Report{}, err
	}
	return journal.Verify(f.dir, key, visit)
}

// verifiedLog is what a script reads of a log that was checked.
type verifiedLog struct {
	First   uint64 `json:"first"`
	Last    uint64 `json:"last"`
	Entries uint64 `json:"entries"`
	Head    string `json:"head"`
	Beyond  uint64 `json:"beyond_head"`
	Torn    int64  `json:"torn_bytes"`
}

func newQueryLogVerify() *cobra.Command {
	var flags logFlags
	var remembered string
	cmd := &cobra.Command{
		Use:   "verify --log DIR --key FILE",
		Short: "Check that no entry was changed, taken out or added",
		Long: `Check that no entry of a log was changed, taken out or added, and that no
acknowledged one is missing at its end. It prints the log's head: remember it
elsewhere, and give it to the next check, which then also finds out whether the
whole log was put back to what it once was.
` + exitCodes,
		Example: `  portcullis-central query log verify --log /var/lib/portcullis/consultations --key query-log.key
  portcullis-central query log verify --log consultations --key query-log.key --remembered 17:3b0c...`,
		Args: cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			seen := remembered == ""
			r, err := flags.verify(func(e journal.Record) error {
				seen = seen || headText(journal.Head{Seq: e.Seq, Hash: e.Hash}) == remembered
				return nil
			})
			if err != nil {
				return err
			}
			if !seen {
				return errors.New("verify log: the remembered entry is not in it: it was put back, or its file was removed")
			}
			out := verifiedLog{r.First, r.Last.Seq, r.Entries, headText(r.Head), r.Beyond, r.Torn}
			if flags.json {
				return printJSON(cmd, out)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "whole: %d entries, %d to %d, %d of them behind the head, %d bytes torn\nhead %s\n",
				out.Entries, out.First, out.Last, out.Beyond, out.Torn, out.Head)
			return err
		}),
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&remembered, "remembered", "", "head that an earlier check has printed")
	return cmd
}

func headText(h journal.Head) string { return fmt.Sprintf("%d:%s", h.Seq, h.Hash) }

// consultation is what a script reads of an entry.
type consultation struct {
	Seq  uint64    `json:"seq"`
	Time time.Time `json:"time"`
	journal.Entry
}

func newQueryLogFind() *cobra.Command {
	var flags logFlags
	var number string
	cmd := &cobra.Command{
		Use:   "find --log DIR --key FILE --number -",
		Short: "Find all consultations of one document number",
		Long: `Find all consultations of one document number, which comes on standard input,
and check the log on the way.
` + exitCodes,
		Example: "  portcullis-central query log find --log consultations --key query-log.key --number - < number.txt",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if number != "-" {
				return errNumber
			}
			return work(func(cmd *cobra.Command, _ []string) error { return flags.find(cmd) })(cmd, nil)
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&number, "number", "", "- : the number of the document is on standard input")
	cmd.MarkFlagRequired("number")
	return cmd
}

func (f *logFlags) find(cmd *cobra.Command) error {
	text, err := readNumber(cmd.InOrStdin())
	if err != nil {
		return err
	}
	number, err := list.Clean(nil, text)
	if err != nil {
		return err
	}
	key, err := journal.ReadKey(f.key)
	if err != nil {
		return err
	}
	wanted, found := key.Pseudonym(string(number)), 0
	if _, err = f.verify(func(r journal.Record) error {
		if r.Number != wanted {
			return nil
		}
		found++
		return f.show(cmd, r)
	}); err != nil {
		return err
	}
	if !f.json {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d consultations\n", found)
	}
	return err
}

func (f *logFlags) show(cmd *cobra.Command, r journal.Record) error {
	if f.json {
		return printJSON(cmd, consultation{r.Seq, r.Time, r.Entry})
	}
	line := fmt.Sprintf("%s  %-7s %s %s  code %d, %d disclosed  %s  request %s  %s",
		r.Time.Format(time.RFC3339), r.Kind, r.Class, r.Issuer, r.Code, r.Count, r.Caller, r.Request, r.Reference)
	_, err := fmt.Fprintln(cmd.OutOrStdout(), strings.TrimSpace(line))
	return err
}

func newQueryLogKey() *cobra.Command {
	return &cobra.Command{
		Use:   "key FILE",
		Short: "Make the key of a log",
		Long: `Make the key of a log in FILE, which only its owner can read. Who has it and a
document number finds all consultations of it; without it nobody does, and the
end of the log cannot be checked. It is never replaced.
` + exitCodes,
		Example: "  portcullis-central query log key query-log.key",
		Args:    cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			if _, err := journal.NewKey(args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "made %s\n", args[0])
			return err
		}),
	}
}
