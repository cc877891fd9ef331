package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"portcullis/central/rollout/campaign"
	"portcullis/central/rollout/inventory"
	"portcullis/central/rollout/push"
	"portcullis/protocol"
)

// The exit codes of fleet commands, besides the others.
const (
	exitPartly = 3
	exitHalted = 4
)

const fleetExitCodes = `
Exit codes: 0 all devices are well, 1 could not run, 2 wrong usage, 3 some
devices failed or are pending, 4 halted by a threshold.`

func newFleet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fleet",
		Short: "See how devices are, and bring releases to them",
		Long: `See how devices are, and bring releases of lists to them over mutual TLS.

Devices are those of an inventory file (JSON Lines, or TOML when its name ends
with .toml: name, address, site, lane, tags), or those that the central service
knows. What is brought was signed when it was published: each device proves it.
` + fleetExitCodes,
		Example: `  portcullis-central fleet status --central https://central:8441 --certificate tool.pem --key tool.key --authorities authority.pem
  portcullis-central fleet push --help
  portcullis-central fleet rollout --help`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return errors.New("name a command: status, push or rollout") },
	}
	cmd.AddCommand(newFleetStatus(), newFleetPush(), newFleetRollout())
	return cmd
}

// fleetFlags say which devices there are, and who asks.
type fleetFlags struct {
	setup campaign.Setup
	json  bool
}

func (f *fleetFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.setup.Inventory, "inventory", "", "file of devices")
	flags.StringVar(&f.setup.Central, "central", "", "address of the central service, instead of --inventory")
	flags.StringVar(&f.setup.Select, "select", "", "only devices that fit, such as site=zrh,tag=canary (also name=gate-*, lane=, percent=)")
	flags.StringVar(&f.setup.Certificate, "certificate", "", "certificate of this tool, PEM")
	flags.StringVar(&f.setup.Key, "key", "", "its private key, PEM")
	flags.StringVar(&f.setup.Authorities, "authorities", "", "certificates of the authorities to believe, PEM")
	flags.BoolVar(&f.json, "json", false, "print JSON: one object for each device, and a summary")
	for _, name := range []string{"certificate", "key", "authorities"} {
		cmd.MarkFlagRequired(name)
	}
	cmd.MarkFlagsOneRequired("inventory", "central")
	cmd.MarkFlagsMutuallyExclusive("inventory", "central")
}

// A source is where devices are asked for.
type source func(context.Context) ([]inventory.Device, error)

// open reads who this tool is, and returns the devices that a setup is for.
func open(s campaign.Setup) (push.Identity, source, error) {
	id, err := push.ReadIdentity(s.Certificate, s.Key, s.Authorities)
	if err != nil {
		return id, nil, err
	}
	selector, err := inventory.ParseSelector(s.Select)
	if err != nil {
		return id, nil, err
	}
	return id, func(ctx context.Context) ([]inventory.Device, error) {
		var all []inventory.Device
		var err error
		if s.Central != "" {
			client := id.Client(protocol.Central, "")
			defer client.CloseIdleConnections()
			all, err = inventory.Ask(ctx, client, s.Central)
		} else {
			all, err = inventory.Read(s.Inventory)
		}
		if err != nil {
			return nil, err
		}
		if all = selector.Pick(all); len(all) == 0 {
			return nil, errors.New("the inventory has no device that --select fits")
		}
		return all, nil
	}, nil
}

// absolute makes the paths of a setup such that it can be taken up from any
// folder.
func absolute(s *campaign.Setup) (err error) {
	for _, path := range []*string{&s.Repository, &s.Inventory, &s.Certificate, &s.Key, &s.Authorities} {
		if *path != "" && err == nil {
			*path, err = filepath.Abs(*path)
		}
	}
	return err
}

// newID names a campaign, as no other is named.
func newID(list string, release uint64) string {
	random := make([]byte, 6)
	rand.Read(random)
	return fmt.Sprintf("%s-%d-%s", list, release, hex.EncodeToString(random))
}

// A rate is bytes a second, as a flag has it: 500k, 20M.
type rate int64

// String returns the rate as Set reads it.
func (r *rate) String() string { return strconv.FormatInt(int64(*r), 10) }

// Type names what the flag takes.
func (r *rate) Type() string { return "bytes" }

// Set reads the rate.
func (r *rate) Set(text string) error {
	number, unit := text, int64(1)
	for suffix, n := range map[string]int64{"k": 1e3, "M": 1e6, "G": 1e9} {
		if cut, ok := strings.CutSuffix(text, suffix); ok {
			number, unit = cut, n
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return fmt.Errorf("%q is no number of bytes, such as 500k or 20M", text)
	}
	*r = rate(n * unit)
	return nil
}
