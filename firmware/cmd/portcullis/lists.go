package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"portcullis/cache"
	"portcullis/firmware"
	"portcullis/firmware/control"
	"portcullis/firmware/inspect"
)

// defaultData is the data folder of an appliance that was installed as the
// technicians' guide says.
const defaultData = "/var/lib/portcullis"

// A target is the data folder that a command looks at, and what its appliance
// was told about it.
type target struct {
	data   string
	config string
}

func (t *target) flags(c *cobra.Command) {
	c.Flags().StringVar(&t.data, "data", "", "the data folder (default "+defaultData+")")
	c.Flags().StringVar(&t.config, "config", "", "the configuration that names the data folder, the lists and the policy")
}

// A place is what a command needs to know of the data folder that it looks at.
type place struct {
	data   firmware.Folder
	lists  []string // in it; nil: those that are there
	policy inspect.Policy
	keys   keysConfig
}

// resolve returns what the flags name.
func (t *target) resolve() (place, error) {
	if t.config == "" {
		if t.data == "" {
			t.data = defaultData
		}
		return place{data: firmware.Folder(t.data)}, nil
	}
	if t.data != "" {
		return place{}, usage("--data and --config both name a data folder: give one")
	}
	c, err := loadConfig(t.config)
	if err != nil {
		return place{}, &exit{exitUsage, err}
	}
	return place{firmware.Folder(c.Data), c.listNames(), c.inspectPolicy(), c.Keys}, nil
}

// The addresses at which an appliance answers commands.
const (
	askCheck  = "/check"
	askLists  = "/lists"
	askVerify = "/lists/verify"
	askRepair = "/lists/repair"
	askApply  = "/lists/apply"
	askErase  = "/erase"
	askGate   = "/gate"
	askClear  = "/gate/clear-tamper"
)

// onLists does something with the lists of a data folder. When a running
// appliance holds them, it is asked instead.
func onLists[T any](ctx context.Context, p place, local func(*cache.Store) (T, error), address string, request any) (T, error) {
	return withLists(ctx, p, true, local, address, request)
}

// withLists is onLists with a store that may be written.
func withLists[T any](ctx context.Context, p place, readOnly bool, local func(*cache.Store) (T, error), address string, request any) (T, error) {
	o := cache.Options{Keys: p.keys.ring(p.data.Keys()), Lists: p.lists, ReadOnly: readOnly}
	store, err := cache.Open(p.data.Lists(), o)
	if errors.Is(err, cache.ErrUnclean) {
		o.ReadOnly = false // which recovers it
		store, err = cache.Open(p.data.Lists(), o)
	}
	var none T
	switch {
	case errors.Is(err, cache.ErrHeld):
		reply, askErr := control.Ask[T](ctx, p.data.Socket(), address, request)
		if errors.Is(askErr, control.ErrNobody) {
			return none, fmt.Errorf("%w, and does not answer: is it still starting, or another user's?", err)
		}
		return reply, askErr
	case errors.Is(err, cache.ErrNoStore): // or an appliance has erased it, and refers
		reply, askErr := control.Ask[T](ctx, p.data.Socket(), address, request)
		if errors.Is(askErr, control.ErrNobody) {
			return none, fmt.Errorf("%w: name another with --data", err)
		}
		return reply, askErr
	case err != nil:
		return none, err
	}
	defer store.Close()
	return local(store)
}

func listCommand() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "Look at the lists that are kept here, mend them, bring newer ones"}
	c.AddCommand(listStatusCommand(), listVerifyCommand(), listRepairCommand(), listApplyCommand())
	return c
}

func listStatusCommand() *cobra.Command {
	var at target
	var asJSON bool
	c := &cobra.Command{
		Use:   "status",
		Short: "Say which release of each list is held, and how old it is",
		Long: `Say which release of each list is held, and how old it is. A running appliance
is asked; otherwise the data folder is read.`,
		Example: "  portcullis list status --data /var/lib/portcullis --json",
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := at.resolve()
			if err != nil {
				return err
			}
			reports, err := onLists(c.Context(), p, func(s *cache.Store) ([]firmware.ListReport, error) {
				return firmware.ReportLists(s.Status(), p.policy, time.Now()), nil
			}, askLists, struct{}{})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), reports)
			}
			return printLists(c.OutOrStdout(), reports)
		},
	}
	at.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func printLists(w io.Writer, reports []firmware.ListReport) error {
	for _, r := range reports {
		fmt.Fprintf(w, "%s: %s\n", r.Name, r.State)
		if r.Issued != nil {
			fmt.Fprintf(w, "  release   %d, issued %s\n", r.Release, r.Issued.Format(time.RFC3339))
			fmt.Fprintf(w, "  records   %d\n", r.Records)
			if r.Age >= 0 {
				fmt.Fprintf(w, "  age       %s since it was last known to be the newest\n", time.Duration(r.Age)*time.Second)
			}
			fmt.Fprintf(w, "  root      %s\n", r.Root)
		}
		if r.Problem != "" {
			fmt.Fprintf(w, "  problem   %s\n", r.Problem)
		}
		if r.Damaged > 0 {
			fmt.Fprintf(w, "  damaged   %d look-ups met a damaged part: run portcullis list verify\n", r.Damaged)
		}
		if r.Bad > 0 {
			fmt.Fprintf(w, "  bad       %d parts give no answer: run portcullis list repair\n", r.Bad)
		}
		printScrub(w, r.Scrub)
	}
	if len(reports) == 0 {
		fmt.Fprintln(w, "no list was ever loaded here")
	}
	return nil
}

func printScrub(w io.Writer, s *firmware.Scrub) {
	if s == nil {
		return
	}
	last := "none before"
	if s.Finished != nil {
		last = "the last whole pass ended " + s.Finished.Format(time.RFC3339)
	}
	fmt.Fprintf(w, "  read back %.1f %% since %s, %d parts bad; %s\n", s.Percent, s.Began.Format(time.RFC3339), s.Bad, last)
}

func listVerifyCommand() *cobra.Command {
	var at target
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify",
		Short: "Read every list back from the disk and compare it with what its publisher signed",
		Long: `Read every list back from the disk and compare it with what its publisher
signed. A running appliance goes on serving meanwhile.

Exit code 0: all lists are sound. 1: some are not, or there is none.`,
		Example: "  portcullis list verify --data /var/lib/portcullis --json",
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := at.resolve()
			if err != nil {
				return err
			}
			reports, err := onLists(c.Context(), p, func(s *cache.Store) ([]firmware.VerifyReport, error) {
				return firmware.VerifyLists(c.Context(), s), nil
			}, askVerify, struct{}{})
			if err != nil {
				return err
			}
			return printVerified(c.OutOrStdout(), reports, asJSON)
		},
	}
	at.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func printVerified(w io.Writer, reports []firmware.VerifyReport, asJSON bool) error {
	sound := len(reports) > 0
	for _, r := range reports {
		sound = sound && r.Sound
		switch {
		case asJSON:
		case r.Problem != "":
			fmt.Fprintf(w, "%s: not verified: %s\n", r.Name, r.Problem)
		case r.Sound:
			fmt.Fprintf(w, "%s: sound: %d records of release %d, root %s\n", r.Name, r.Records, r.Release, r.Root)
		default:
			fmt.Fprintf(w, "%s: NOT what was signed: %d of its parts are missing or damaged (%s)\n", r.Name, len(r.Bad), shards(r.Bad))
		}
	}
	return conclude(w, reports, asJSON, sound)
}

// conclude prints reports as JSON, if that is wanted, and makes the exit code of
// what they say.
func conclude(w io.Writer, reports any, asJSON, sound bool) error {
	if asJSON {
		if err := printJSON(w, reports); err != nil {
			return err
		}
	}
	if !sound {
		return &exit{code: exitFailed}
	}
	return nil
}

// shards names the first few shards of a list.
func shards(ids []uint32) string {
	const most = 8
	var words []string
	for _, id := range ids[:min(len(ids), most)] {
		words = append(words, fmt.Sprintf("shard %d", id))
	}
	if len(ids) > most {
		words = append(words, "...")
	}
	return strings.Join(words, ", ")
}
