package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/authority"
	"portcullis/protocol"
)

func newAuthorityRevoke() *cobra.Command {
	var dir, role, name, serial, why string
	var readmit bool
	cmd := &cobra.Command{
		Use:   "revoke --serial SERIAL | --role ROLE --name NAME",
		Short: "Revoke a certificate, or all of a holder",
		Long: `Revoke one certificate, or all that a holder has. A holder that is revoked gets
no other, until it is readmitted. Of devices use devices revoke, which tells them
to erase at once.` + "\n" + exitCodes,
		Example: `  portcullis-central authority revoke --role fleet --name operations --why "left"
  portcullis-central authority revoke --serial 5f02aa --why "key was copied"
  portcullis-central authority revoke --role fleet --name operations --readmit`,
		Args: func(cmd *cobra.Command, args []string) error {
			one, all := serial != "" && role == "" && name == "" && !readmit, serial == "" && role != "" && name != ""
			if !one && !all {
				return errors.New("give either --serial, or --role and --name")
			}
			return cobra.NoArgs(cmd, args)
		},
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			a, err := authority.Open(filepath.Join(dir, authorityFolder))
			if err != nil {
				return err
			}
			defer a.Close()
			switch {
			case readmit:
				return a.Readmit(time.Now(), protocol.Role(role), name)
			case serial != "":
				return a.Revoke(time.Now(), serial, why)
			}
			return a.Bar(time.Now(), protocol.Role(role), name, why)
		}),
	}
	fleetFlag(cmd, &dir)
	cmd.Flags().StringVar(&role, "role", "", "fleet, query, central or device")
	cmd.Flags().StringVar(&name, "name", "", "name of the holder")
	cmd.Flags().StringVar(&serial, "serial", "", "serial number of a certificate")
	cmd.Flags().StringVar(&why, "why", "", "the reason, for the journal")
	cmd.Flags().BoolVar(&readmit, "readmit", false, "let the holder have new certificates again")
	return cmd
}

func newAuthorityStatus() *cobra.Command {
	var dir string
	var asJSON, all bool
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Show the certificates that were issued",
		Long:    "Show the authority's own certificate and those that it issued and that have not ended.\n" + exitCodes,
		Example: "  portcullis-central authority status --fleet fleet --json",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			a, err := authority.Open(filepath.Join(dir, authorityFolder))
			if err != nil {
				return err
			}
			defer a.Close()
			issued, err := a.Issued()
			if err != nil {
				return err
			}
			kept := []authority.Issued{}
			for _, i := range issued {
				if all || time.Now().Before(i.Until) {
					kept = append(kept, i)
				}
			}
			root := a.Root()
			if asJSON {
				return printJSON(cmd, map[string]any{"name": root.Subject.CommonName, "until": root.NotAfter, "sha256": a.Fingerprint(), "certificates": kept})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "authority %s, good until %s\nSHA-256 %s\n", root.Subject.CommonName, root.NotAfter.Format(time.DateOnly), a.Fingerprint())
			return showIssued(cmd, kept)
		}),
	}
	fleetFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&all, "all", false, "show those that have ended, too")
	return cmd
}

func showIssued(cmd *cobra.Command, issued []authority.Issued) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ROLE\tNAME\tUNTIL\tSTATE\tSERIAL")
	for _, i := range issued {
		state := "good"
		switch {
		case !i.Revoked.IsZero():
			state = "revoked"
		case time.Now().After(i.Until):
			state = "ended"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", i.Role, i.Name, i.Until.Format(time.DateOnly), state, i.Serial)
	}
	return w.Flush()
}
