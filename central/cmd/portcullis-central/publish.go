package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"portcullis/cache/feed"
	"portcullis/cache/list"
	"portcullis/central/keys"
	"portcullis/central/publish"
	"portcullis/central/registry"
)

// maxShown is how many rejected records a person is shown.
const maxShown = 20

type publishFlags struct {
	keys, to, list string
	skip, empty    bool
	json           bool
}

// published is what a script reads of a publication, or of why there is none.
type published struct {
	List     string           `json:"list"`
	Sequence uint64           `json:"sequence"` // 0 when nothing was published
	Issued   *time.Time       `json:"issued,omitempty"`
	Records  uint64           `json:"records"`
	Added    uint64           `json:"added"`
	Removed  uint64           `json:"removed"`
	Root     string           `json:"root,omitempty"`
	Files    []feed.File      `json:"files,omitempty"`
	NoDelta  string           `json:"no_delta,omitempty"`
	Expired  int              `json:"expired"`
	Rejected []registry.Error `json:"rejected"`
}

func newPublish() *cobra.Command {
	var flags publishFlags
	cmd := &cobra.Command{
		Use:   "publish --keys DIR --to DIR --list NAME FILE...",
		Short: "Check records, and make them the newest release of a list",
		Long: `Check the records in all FILEs, and make them the newest release of a list.

The release holds just these records: one that is in no file any more is
withdrawn from devices. FILE is JSON Lines, or CSV with a header when its name
ends with .csv; - is JSON Lines on standard input. A record has the fields

  number         of the document: 5 to 25 of A-Z and 0-9, all else is left out
  issuing_state  three letters, or D
  type           P, I, V or O, or a code: PAS NAP DIP OFP SEP SPP EMP EMD EMC
                 ALP RFP TTD TLP CLP (P), IDC NID RES PRP TRP CMC (I),
                 VSA TDS (V), SIB DRV (O)
  status         stolen, lost, revoked, invalid, stolen-blank, notice-red, ...
  date           of the theft or loss, 2006-01-02
  country        of the theft or loss; needed for all but stolen blanks
  reference      of the reporting authority, up to 25 characters
  lot            of a stolen blank, up to 25 characters
  expires        the last day on which the record may be kept

If a record breaks a rule, each is named by line, field and rule, and nothing
is published.
` + exitCodes,
		Example: `  portcullis-central publish --keys keys --to lists --list sltd records.jsonl
  portcullis-central synthetic --count 1000 --seed 1 |
    portcullis-central publish --keys keys --to lists --list sltd --json -`,
		Args: cobra.MinimumNArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args) }),
	}
	cmd.Flags().StringVar(&flags.keys, "keys", "", "folder that keys new has made")
	cmd.Flags().StringVar(&flags.to, "to", "", "folder of lists to publish to")
	cmd.Flags().StringVar(&flags.list, "list", "", "name of the list")
	cmd.Flags().BoolVar(&flags.skip, "skip-invalid", false, "publish the other records when some break a rule")
	cmd.Flags().BoolVar(&flags.empty, "allow-empty", false, "publish a list without records")
	cmd.Flags().BoolVar(&flags.json, "json", false, "print JSON")
	for _, name := range []string{"keys", "to", "list"} {
		cmd.MarkFlagRequired(name)
	}
	return cmd
}

func (f publishFlags) run(cmd *cobra.Command, files []string) error {
	signer, err := keys.Folder(f.keys).Signer()
	if err != nil {
		return err
	}
	listKey, err := keys.Folder(f.keys).List(f.list)
	if err != nil {
		return err
	}
	p, err := publish.New(f.to, f.list, signer, listKey.ID())
	if err != nil {
		return err
	}
	now := time.Now()
	im := registry.NewImport(now)
	for _, file := range files {
		if err := read(cmd, im, file); err != nil {
			return err
		}
	}
	out := published{List: f.list, Expired: im.Expired(), Rejected: append([]registry.Error{}, im.Rejected()...)}
	if len(out.Rejected) > 0 && !f.skip {
		return f.reject(cmd, out)
	}
	return f.publish(cmd, p, im, listKey, now, out)
}

func read(cmd *cobra.Command, im *registry.Import, file string) error {
	if file == "-" {
		return im.ReadJSONLines("-", cmd.InOrStdin())
	}
	return im.ReadFile(file)
}

// reject tells why nothing is published.
func (f publishFlags) reject(cmd *cobra.Command, out published) error {
	if f.json {
		if err := printJSON(cmd, out); err != nil {
			return err
		}
	} else {
		showRejected(cmd, out.Rejected)
	}
	return fmt.Errorf("nothing was published, because records break rules (%d times): correct them, or publish the others with --skip-invalid", len(out.Rejected))
}

func showRejected(cmd *cobra.Command, rejected []registry.Error) {
	for i, e := range rejected {
		if i == maxShown {
			fmt.Fprintf(cmd.ErrOrStderr(), "... and %d more: --json prints all\n", len(rejected)-i)
			return
		}
		fmt.Fprintln(cmd.ErrOrStderr(), e)
	}
}

func (f publishFlags) publish(cmd *cobra.Command, p *publish.Publisher, im *registry.Import, key list.Key, now time.Time, out published) error {
	records, err := registry.Records(im.Entries(), key)
	if err != nil {
		return err
	}
	if len(records) == 0 && !f.empty {
		return errors.New("there are no records: to withdraw all that are on the list, add --allow-empty")
	}
	r, err := p.Publish(now, records)
	if err != nil {
		return err
	}
	m := r.Manifest
	out.Sequence, out.Issued, out.Records, out.Root = m.Sequence, &m.Issued, m.Records, m.Root.String()
	out.Added, out.Removed, out.Files, out.NoDelta = m.Added, m.Removed, m.Files, r.NoDelta
	if f.json {
		return printJSON(cmd, out)
	}
	showRejected(cmd, out.Rejected)
	fmt.Fprintf(cmd.OutOrStdout(), "published release %d of list %s: %d records\n", m.Sequence, m.List, m.Records)
	for _, file := range m.Files {
		fmt.Fprintf(cmd.OutOrStdout(), "  %-8s %9d bytes  %s\n", file.Kind, file.Size, file.Name)
	}
	if r.NoDelta != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "  no delta: %s\n", r.NoDelta)
	} else {
		fmt.Fprintf(cmd.OutOrStdout(), "  %d records added, %d removed\n", m.Added, m.Removed)
	}
	if out.Expired > 0 {
		fmt.Fprintf(cmd.OutOrStdout(), "  %d records left out: their time is over\n", out.Expired)
	}
	return nil
}
