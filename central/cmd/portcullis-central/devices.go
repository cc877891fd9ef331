package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/devices"
	"portcullis/central/service"
	"portcullis/protocol"
)

func newDevices() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "devices",
		Short: "Enrol, list, revoke and order devices",
		Long: `Enrol, list and revoke devices, and give them orders. These commands ask the
serve that runs on the folder, and work without one as well.` + "\n" + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("name a command: code, list, show, revoke or orders")
		},
	}
	cmd.AddCommand(newDevicesCode(), newDevicesList(), newDevicesShow(), newDevicesRevoke(), newDevicesOrders())
	return cmd
}

func newDevicesCode() *cobra.Command {
	var dir string
	var asked service.CodeRequest
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "code NAME",
		Short: "Make the code that a device enrols with",
		Long: `Make the code that a device enrols with, once. It takes the place of the code
before. The certificates of a device that had the name until now end when the
code is used.` + "\n" + exitCodes,
		Example: "  portcullis-central devices code gate-7 --site \"Utopia International, hall B\"",
		Args:    cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			asked.Name = args[0]
			code, err := ask[service.Code](cmd, dir, service.CodePath, asked)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd, code)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\nworks once, for device %s, until %s\n", code.Code, code.Name, code.Expires.Format(time.RFC3339))
			return err
		}),
	}
	fleetFlag(cmd, &dir)
	cmd.Flags().StringVar(&asked.Site, "site", "", "where the device stands")
	cmd.Flags().DurationVar(&asked.Life, "life", devices.CodeLife, "how long the code works")
	cmd.Flags().BoolVar(&asked.Readmit, "readmit", false, "for a device that was revoked")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newDevicesList() *cobra.Command {
	var dir string
	var asJSON bool
	filters := map[string]*string{"name": new(string), "site": new(string), "list": new(string), "state": new(string)}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List devices and the copies that they hold",
		Long: `List devices, and the copies of lists that they hold. A device stands

  overdue  it holds a list, and was not heard for more than 48 hours
  revoked  it may not hold anything, and has not said that it erased itself
  faulty   it cannot clear documents, or a list is missing, stale or broken
  silent   it was not heard for an hour, or never
  behind   a list is not the newest
  good
  erased` + "\n" + exitCodes,
		Example: "  portcullis-central devices list --state overdue --json",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			q := url.Values{}
			for name, value := range filters {
				q.Set(name, *value)
			}
			inv, err := ask[protocol.Inventory](cmd, dir, service.ListPath, q)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd, inv)
			}
			return showDevices(cmd, inv)
		}),
	}
	fleetFlag(cmd, &dir)
	cmd.Flags().StringVar(filters["name"], "name", "", "only those with this in their names")
	cmd.Flags().StringVar(filters["site"], "site", "", "only those with this in their sites")
	cmd.Flags().StringVar(filters["list"], "list", "", "only those that hold this list")
	cmd.Flags().StringVar(filters["state"], "state", "", "only those that stand so")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func showDevices(cmd *cobra.Command, inv protocol.Inventory) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "DEVICE\tSITE\tSTANDING\tHEARD\tCOPIES")
	for _, d := range inv.Devices {
		var copies []string
		for _, c := range d.Copies {
			copies = append(copies, fmt.Sprintf("%s %d %s", c.List, c.Release, c.State))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", d.Name, d.Site, d.Standing, since(inv.Time, d.Heard), strings.Join(copies, ", "))
	}
	return w.Flush()
}

func newDevicesShow() *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show NAME",
		Short:   "Show all that is known of a device",
		Long:    "Show all that is known of a device: its certificate, its orders, and the releases that it held.\n" + exitCodes,
		Example: "  portcullis-central devices show gate-7 --json",
		Args:    cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			d, err := ask[service.Detail](cmd, dir, service.ShowPath, service.NameRequest{Name: args[0]})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd, d)
			}
			return showDevice(cmd, d)
		}),
	}
	fleetFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func showDevice(cmd *cobra.Command, d service.Detail) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	when := func(label string, t time.Time) {
		text := "never"
		if !t.IsZero() {
			text = t.Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%s\n", label, text)
	}
	fmt.Fprintf(w, "device\t%s\nsite\t%s\nstanding\t%s\n", d.Name, d.Site, d.Standing)
	when("enrolled", d.Enrolled)
	when("certificate until", d.Until)
	when("heard", d.Heard)
	when("revoked", d.Revoked)
	when("erased", d.Erased)
	for _, o := range d.Orders {
		fmt.Fprintf(w, "order\t%s %s, given %s %s\n", o.Kind, o.ID, o.At.Format(time.RFC3339), o.Problem)
	}
	for list, positions := range d.History {
		for _, p := range positions {
			until := "now"
			if !p.Until.IsZero() {
				until = p.Until.Format(time.RFC3339)
			}
			fmt.Fprintf(w, "held\t%s release %d, %s to %s\n", list, p.Release, p.Since.Format(time.RFC3339), until)
		}
	}
	return w.Flush()
}
