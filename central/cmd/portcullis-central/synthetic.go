package main

import (
	"bufio"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"portcullis/central/registry"
	"portcullis/central/synthetic"
)

func newSynthetic() *cobra.Command {
	var count int
	var seed uint64
	var specimens bool
	cmd := &cobra.Command{
		Use:   "synthetic --count N",
		Short: "Make up records for trials, as JSON Lines",
		Long: `Print records that look like those of a real list and match no real document,
as JSON Lines. The same seed gives the same records.
` + exitCodes,
		Example: "  portcullis-central synthetic --count 100000 --seed 1 --specimens > records.jsonl",
		Args: func(cmd *cobra.Command, args []string) error {
			if count < 0 || count > synthetic.MaxCount {
				return fmt.Errorf("--count must be 0 to %d", synthetic.MaxCount)
			}
			return cobra.NoArgs(cmd, args)
		},
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			out := bufio.NewWriter(cmd.OutOrStdout())
			enc := json.NewEncoder(out)
			write := func(r registry.Record) error { return enc.Encode(r) }
			if specimens {
				for _, r := range synthetic.Specimens() {
					if err := write(r); err != nil {
						return err
					}
				}
			}
			for r := range synthetic.Records(seed, count) {
				if err := write(r); err != nil {
					return err
				}
			}
			return out.Flush()
		}),
	}
	cmd.Flags().IntVar(&count, "count", 0, "how many records")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "what the records follow from")
	cmd.Flags().BoolVar(&specimens, "specimens", false, "put the specimen documents of Utopia (UTO) before them")
	cmd.MarkFlagRequired("count")
	return cmd
}
