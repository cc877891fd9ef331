package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"portcullis/central/service"
	"portcullis/protocol"
)

func newDevicesRevoke() *cobra.Command {
	var dir string
	var asked service.RevokeRequest
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "revoke NAME",
		Short: "Revoke a device, which then has to erase itself",
		Long: `Revoke all certificates of a device. From then on it gets nothing from this
service but, when it reports, the order to erase its lists and keys, which cannot
be undone. --erase says that the device is lost, and not only put out of service:
it is shown so until it says that it erased itself.` + "\n" + exitCodes,
		Example: "  portcullis-central devices revoke gate-7 --erase --why \"stolen from the van\"",
		Args:    cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			asked.Name = args[0]
			erase, err := ask[protocol.Order](cmd, dir, service.RevokePath, asked)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd, erase)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "revoked device %s: order %s tells it to erase when it reports next\n", asked.Name, erase.ID)
			return err
		}),
	}
	fleetFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asked.Lost, "erase", false, "the device is lost: it counts as such until it has erased itself")
	cmd.Flags().StringVar(&asked.Why, "why", "", "the reason, for the journal")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// An ordering is what devices orders was asked for.
type ordering struct {
	dir             string
	sync            bool
	erase           bool
	confirm, cancel string
	json            bool
}

func newDevicesOrders() *cobra.Command {
	var f ordering
	cmd := &cobra.Command{
		Use:   "orders NAME [--sync | --erase --confirm NAME | --cancel ID]",
		Short: "Show, give and take back orders to a device",
		Long: `Show the orders that a device has yet to do, or give it one: to look for newer
lists at once, or to erase its lists and keys, which cannot be undone. The device
hears of it when it reports next.` + "\n" + exitCodes,
		Example: `  portcullis-central devices orders gate-7
  portcullis-central devices orders gate-7 --sync
  portcullis-central devices orders gate-7 --erase --confirm gate-7`,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.sync && f.erase || (f.sync || f.erase) && f.cancel != "" {
				return errors.New("give one of --sync, --erase and --cancel")
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: work(func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) }),
	}
	fleetFlag(cmd, &f.dir)
	cmd.Flags().BoolVar(&f.sync, "sync", false, "order it to look for newer lists")
	cmd.Flags().BoolVar(&f.erase, "erase", false, "order it to erase all lists and keys")
	cmd.Flags().StringVar(&f.confirm, "confirm", "", "the name of the device again, to erase it")
	cmd.Flags().StringVar(&f.cancel, "cancel", "", "take back the order with this ID")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

func (f ordering) run(cmd *cobra.Command, name string) error {
	switch {
	case f.cancel != "":
		_, err := ask[struct{}](cmd, f.dir, service.CancelPath, service.CancelRequest{Name: name, ID: f.cancel})
		return err
	case f.sync:
		return f.give(cmd, protocol.OrderRequest{Device: name, Kind: protocol.Sync})
	case f.erase:
		return f.give(cmd, protocol.OrderRequest{Device: name, Kind: protocol.Erase, Confirm: f.confirm})
	}
	d, err := ask[service.Detail](cmd, f.dir, service.ShowPath, service.NameRequest{Name: name})
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(cmd, d.Orders)
	}
	for _, o := range d.Orders {
		fmt.Fprintf(cmd.OutOrStdout(), "%s %s %s\n", o.ID, o.Kind, o.Problem)
	}
	return nil
}

func (f ordering) give(cmd *cobra.Command, asked protocol.OrderRequest) error {
	given, err := ask[protocol.Order](cmd, f.dir, service.OrderPath, asked)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(cmd, given)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "ordered device %s: %s, as %s\n", asked.Device, given.Kind, given.ID)
	return err
}
