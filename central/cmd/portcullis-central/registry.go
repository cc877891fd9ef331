package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/registry"
)

func newRegistry() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "registry",
		Short: "Look after the registry of a list",
		Long:  "Tell what a registry has, and withdraw what may no longer be kept.\n" + placeHelp + exitCodes,
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("name a command: status, expiring, expire or abort")
		},
	}
	cmd.AddCommand(newRegistryStatus(), newRegistryExpiring(), newRegistryExpire(), newRegistryAbort())
	return cmd
}

func newRegistryStatus() *cobra.Command {
	var p place
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Count the records, and tell of loads and imports that are open",
		Long:    "Count the records of each status, class and owner, and tell of full loads and\nimports that were begun and are not done.\n" + placeHelp + exitCodes,
		Example: "  portcullis-central registry status --registry registry --keys keys --list sltd --json",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			return p.with(cmd.Context(), false, func(r *registry.Registry) error {
				s, err := r.Statistics(cmd.Context())
				if err != nil {
					return err
				}
				if p.json {
					return printJSON(cmd, s)
				}
				showStatistics(cmd.OutOrStdout(), s)
				return nil
			})
		}),
	}
	p.flags(cmd)
	return cmd
}

func showStatistics(out io.Writer, s registry.Statistics) {
	fmt.Fprintf(out, "list %s, key %s: %d records after %d changes\n", s.List, s.KeyID, s.Records, s.Cursor)
	for _, part := range []struct {
		name   string
		counts map[string]uint64
	}{{"status", s.ByStatus}, {"class", s.ByClass}, {"owner", s.ByOwner}} {
		for _, name := range slices.Sorted(maps.Keys(part.counts)) {
			fmt.Fprintf(out, "  %-6s %-14s %d\n", part.name, name, part.counts[name])
		}
	}
	for _, l := range s.Loads {
		fmt.Fprintf(out, "full load of %s since %s: %s\n", nameOwner(l.Owner), l.Started.Format(time.DateTime), l.Phase)
	}
	for _, i := range s.Imports {
		fmt.Fprintf(out, "import since %s: %d of %d bytes\n", i.Begun.Format(time.DateTime), i.Bytes, i.Total)
	}
}

func nameOwner(owner string) string {
	if owner == "" {
		return "all owners"
	}
	return owner
}

func newRegistryExpiring() *cobra.Command {
	var p place
	var owner string
	cmd := &cobra.Command{
		Use:   "expiring",
		Short: "List the records whose time is over within 6 months",
		Long: `List the records that will be withdrawn within 6 months because they may not be
kept longer, the first of them first. It is for their owners, and shows the
numbers: it does not belong into a log. --json prints an object a line.
` + placeHelp + exitCodes,
		Example: "  portcullis-central registry expiring --registry registry --keys keys --list sltd --owner UTO --json",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			owner = strings.ToUpper(owner)
			return p.with(cmd.Context(), false, func(r *registry.Registry) error {
				return r.Expiring(cmd.Context(), time.Now(), func(h registry.Held) error {
					if owner != "" && h.Owner != owner {
						return nil
					}
					if p.json {
						return printJSON(cmd, h)
					}
					_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s  %-12s %s %-3s %-25s %s\n", h.Expires, h.Owner, h.IssuingState, h.Type, h.Number, h.Reference)
					return err
				})
			})
		}),
	}
	p.flags(cmd)
	cmd.Flags().StringVar(&owner, "owner", "", "of this owner alone")
	return cmd
}

func newRegistryExpire() *cobra.Command {
	var p place
	cmd := &cobra.Command{
		Use:     "expire",
		Short:   "Withdraw the records that may no longer be kept",
		Long:    "Withdraw the records whose last day is over. To be run every day.\n" + placeHelp + exitCodes,
		Example: "  portcullis-central registry expire --registry registry --keys keys --list sltd",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			return p.with(cmd.Context(), false, func(r *registry.Registry) error {
				n, err := r.Expire(cmd.Context(), time.Now())
				if err != nil {
					return err
				}
				if p.json {
					return printJSON(cmd, map[string]any{"list": p.list, "withdrawn": n})
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "list %s: %d records withdrawn\n", p.list, n)
				return err
			})
		}),
	}
	p.flags(cmd)
	return cmd
}

func newRegistryAbort() *cobra.Command {
	var p place
	var owner string
	cmd := &cobra.Command{
		Use:     "abort",
		Short:   "End a full load, and leave the records as they were before it",
		Long:    "End a full load that import --replace has begun, and leave the records as they\nwere before it.\n" + placeHelp + exitCodes,
		Example: "  portcullis-central registry abort --registry registry --keys keys --list sltd --owner UTO",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			owner = strings.ToUpper(owner)
			return p.with(cmd.Context(), false, func(r *registry.Registry) error {
				if err := r.AbortInit(cmd.Context(), owner); err != nil {
					return err
				}
				if p.json {
					return printJSON(cmd, map[string]string{"list": p.list, "owner": owner, "done": "aborted"})
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "list %s: full load of %s aborted\n", p.list, nameOwner(owner))
				return err
			})
		}),
	}
	p.flags(cmd)
	cmd.Flags().StringVar(&owner, "owner", "", "whose load it is; of all owners when left out")
	return cmd
}
