package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"portcullis/cache"
	"portcullis/firmware"
)

func listRepairCommand() *cobra.Command {
	var at target
	var request firmware.RepairRequest
	var asJSON bool
	c := &cobra.Command{
		Use:   "repair",
		Short: "Replace the damaged parts of a list by those of a snapshot",
		Long: `Replace the damaged parts of a list by those of a snapshot: a file of a release,
here or on a server that sends parts of files. It may be of another release: a
part is taken only when it hashes to what the publisher signed for the release
that is held. Without --from, parts that can be read again are taken back into
use. A running appliance goes on serving meanwhile.

Exit code 0: all lists are sound. 1: some are not, or there is none.`,
		Example: "  portcullis list repair --data /var/lib/portcullis --from https://lists.example/sltd/snapshot-7.bin",
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := at.resolve()
			if err != nil {
				return err
			}
			reports, err := withLists(c.Context(), p, false, func(s *cache.Store) ([]firmware.RepairReport, error) {
				return firmware.RepairLists(c.Context(), s, request), nil
			}, askRepair, request)
			if err != nil {
				return err
			}
			return printRepaired(c.OutOrStdout(), reports, asJSON)
		},
	}
	at.flags(c)
	c.Flags().StringVar(&request.From, "from", "", "path or address of a snapshot file")
	c.Flags().StringVar(&request.List, "list", "", "the list to repair (default all)")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func printRepaired(w io.Writer, reports []firmware.RepairReport, asJSON bool) error {
	sound := len(reports) > 0
	for _, r := range reports {
		sound = sound && r.Sound
		switch {
		case asJSON:
		case r.Problem != "":
			fmt.Fprintf(w, "%s: not repaired: %s\n", r.Name, r.Problem)
		case len(r.Bad) == 0 && r.Pages:
			fmt.Fprintf(w, "%s: repaired: what says which parts there are in release %d\n", r.Name, r.Release)
		case len(r.Bad) == 0:
			fmt.Fprintf(w, "%s: nothing to repair in release %d\n", r.Name, r.Release)
		case r.Sound:
			fmt.Fprintf(w, "%s: repaired: %d parts of release %d (%s)\n", r.Name, len(r.Repaired), r.Release, shards(r.Repaired))
		default:
			fmt.Fprintf(w, "%s: STILL DAMAGED: %d of %d bad parts (%s): give a snapshot of release %d with --from\n",
				r.Name, len(r.Left), len(r.Bad), shards(r.Left), r.Release)
		}
	}
	return conclude(w, reports, asJSON, sound)
}
