package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"portcullis/cache"
	"portcullis/cache/sync"
	"portcullis/firmware/control"
	"portcullis/protocol"
)

// An applyRequest asks for lists to be brought up to date from a folder.
type applyRequest struct {
	Folder string `json:"folder"`
	List   string `json:"list"` // "" for all that are there
}

func listApplyCommand() *cobra.Command {
	var at target
	var request applyRequest
	var asJSON bool
	c := &cobra.Command{
		Use:   "apply PATH",
		Short: "Bring lists up to date from a folder, such as a stick",
		Long: `Bring lists up to date from a folder: a stick where it is mounted, with the lists
in its folder portcullis or at its root, or a copy of what a publisher serves.
What is there is checked as what a server sends: only what the publisher has
signed, and nothing older than what is held, is taken.

A running appliance does it, and goes on serving meanwhile. When none runs,
--config says whose word is taken.

Exit code 0: all lists that are there are held now. 1: some are not, or there is
none. 2: wrong usage or configuration.`,
		Example: "  portcullis list apply /media/STICK --config /etc/portcullis/portcullis.toml",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if request.Folder, err = filepath.Abs(args[0]); err != nil {
				return err
			}
			done, err := applyFrom(c.Context(), &at, request)
			if err != nil {
				return err
			}
			return printApplied(c.OutOrStdout(), done, asJSON)
		},
	}
	at.flags(c)
	c.Flags().StringVar(&request.List, "list", "", "the list to bring (default all that are there)")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

// applyFrom has a running appliance do it, or does it itself.
func applyFrom(ctx context.Context, at *target, r applyRequest) ([]protocol.Install, error) {
	p, err := at.resolve()
	if err != nil {
		return nil, err
	}
	if at.config == "" {
		done, err := control.Ask[[]protocol.Install](ctx, p.data.Socket(), askApply, r)
		if errors.Is(err, control.ErrNobody) {
			return nil, usage("no appliance runs in %s: say with --config whose lists are taken", p.data)
		}
		return done, err
	}
	conf, err := loadConfig(at.config)
	if err != nil {
		return nil, &exit{exitUsage, err}
	}
	return withLists(ctx, p, false, func(s *cache.Store) ([]protocol.Install, error) {
		silent := func(string) func(sync.Status) { return nil }
		feeds, err := newFeeds(conf.Lists, s, p.keys.ring(p.data.Keys()), p.data, silent)
		if err != nil {
			return nil, err
		}
		return bringer{feeds, s}.all(ctx, r)
	}, askApply, r)
}

func printApplied(w io.Writer, done []protocol.Install, asJSON bool) error {
	good := len(done) > 0
	for _, i := range done {
		good = good && taken(i)
		switch {
		case asJSON:
		case !taken(i):
			fmt.Fprintf(w, "%s: NOT brought: %s (%s: %s)\n", i.List, i.Text, i.Code, i.Detail)
		case i.From == i.To:
			fmt.Fprintf(w, "%s: nothing newer than release %d is there, which is held\n", i.List, i.To)
		default:
			fmt.Fprintf(w, "%s: release %d is held now, and was %d\n", i.List, i.To, i.From)
		}
	}
	if len(done) == 0 && !asJSON {
		fmt.Fprintln(w, "no list of this device is there")
	}
	return conclude(w, done, asJSON, good)
}
