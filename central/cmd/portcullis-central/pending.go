package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/publish"
)

// onList makes a command about one list of a repository.
func onList(use, short, long, example string, do func(*cobra.Command, publishFlags, *publish.Publisher) error) *cobra.Command {
	var flags publishFlags
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long + exitCodes, Example: example, Args: cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			p, ring, err := flags.publisher("")
			if err != nil {
				return err
			}
			defer ring.Close()
			if err := do(cmd, flags, p); err != nil {
				return err
			}
			return flags.mirror.copy(cmd.Context(), flags.to)
		}),
	}
	flags.add(cmd)
	if use != "status" {
		flags.mirror.add(cmd)
	}
	return cmd
}

func newApprove() *cobra.Command {
	return onList("approve", "Approve of the release that waits",
		`Sign the release that waits, with the keys of the role bulk in --keys. It takes
two of them. They may be given at once, or one after the other by two people, each
with nothing but their own. Once both have signed, the release is published, if
the keys of the roles list, snapshot and timestamp are at hand; otherwise the next
publish does so. Look at publish status first: it tells what the release changes.
`, `  portcullis-central publish approve --to lists --list sltd --keys first/bulk-1
  portcullis-central publish approve --to lists --list sltd --keys keys --keys second/bulk-2`,
		func(cmd *cobra.Command, f publishFlags, p *publish.Publisher) error {
			a, err := p.Approve(cmd.Context(), time.Now(), p.Ring)
			if err != nil {
				return err
			}
			if f.json {
				return printJSON(cmd, map[string]any{"list": f.list, "published": a.Made, "signed": a.Signed, "waiting": a.Waiting, "need": a.Need})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d of %d have signed\n", len(a.Signed), a.Need)
			if a.Made {
				fmt.Fprintf(cmd.OutOrStdout(), "published release %d of list %s: %d records\n", a.Manifest.Sequence, f.list, a.Manifest.Records)
			}
			return nil
		})
}

func newReject() *cobra.Command {
	return onList("reject", "Drop the release that waits",
		"Drop the release that waits for approval. Nothing of it was published. Correct the\nrecords first: otherwise the next publish makes the same of them.\n",
		"  portcullis-central publish reject --to lists --list sltd --keys keys",
		func(cmd *cobra.Command, f publishFlags, p *publish.Publisher) error {
			if err := p.Reject(cmd.Context(), time.Now()); err != nil {
				return err
			}
			return f.done(cmd, "rejected", nil)
		})
}

func newPublishStatus() *cobra.Command {
	return onList("status", "Tell of the newest release, and of one that waits",
		"Tell of the newest release of a list, and of one that waits for approval: what it\nchanges, by issuing State, and why it waits.\n",
		"  portcullis-central publish status --to lists --list sltd --keys keys --json",
		func(cmd *cobra.Command, f publishFlags, p *publish.Publisher) error {
			m, err := p.Latest(cmd.Context())
			if err != nil {
				return err
			}
			report, err := p.Pending()
			pending := &report
			if errors.Is(err, publish.ErrNonePending) {
				pending, err = nil, nil
			}
			if err != nil {
				return err
			}
			if f.json {
				return printJSON(cmd, map[string]any{"list": f.list, "newest": m, "pending": pending})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "release %d of list %s: %d records, issued %s\n", m.Sequence, f.list, m.Records, m.Issued.Format(time.RFC3339))
			if pending != nil {
				showReport(cmd, report)
			}
			return nil
		})
}

func newPrune() *cobra.Command {
	return onList("prune", "Remove files that no release names any more",
		"Remove files that no release has named for 48 hours, and old metadata. Each publish\ndoes so as well.\n",
		"  portcullis-central publish prune --to lists --list sltd --keys keys",
		func(cmd *cobra.Command, f publishFlags, p *publish.Publisher) error {
			removed, err := p.Prune(cmd.Context(), time.Now())
			if err != nil {
				return err
			}
			return f.done(cmd, "pruned", removed)
		})
}

func newRefresh() *cobra.Command {
	return onList("refresh", "Sign a new timestamp",
		"Sign a new timestamp, so that devices see that what they hold is the newest.\n",
		"  portcullis-central publish refresh --to lists --list sltd --keys keys",
		func(cmd *cobra.Command, f publishFlags, p *publish.Publisher) error {
			if _, err := p.Refresh(cmd.Context(), time.Now()); err != nil {
				return err
			}
			return f.done(cmd, "refreshed", nil)
		})
}

func (f publishFlags) done(cmd *cobra.Command, what string, files []string) error {
	if f.json {
		return printJSON(cmd, map[string]any{"list": f.list, "done": what, "files": append([]string{}, files...)})
	}
	for _, name := range files {
		fmt.Fprintln(cmd.OutOrStdout(), name)
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "list %s: %s\n", f.list, what)
	return err
}
