package main

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"
)

func runCommand() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use:   "run --config FILE",
		Short: "Be the appliance",
		Long: `Be the appliance: read documents from the reader, decide, move the gate, show
the pages, write the log, and keep the lists up to date, until interrupted. Logs
go to standard error as JSON.

A configuration of a few lines is enough:

  data  = "/var/lib/portcullis"
  board = "sim"                       # or rpi4, or a board file
  [reader]
  profile = "sita-ocr"
  port    = "/dev/serial/by-id/usb-*"
  [[list]]
  name      = "sltd"
  source    = "https://central.example/lists"
  root      = "/etc/portcullis/root.json"

The key of each list is not in the configuration: it lies in the data folder, as
keys/sltd.key. docs/technicians.md names every setting.

Exit code 0: it was interrupted. 1: it could not go on. 2: wrong usage or
configuration.`,
		Example: "  portcullis run --config /etc/portcullis/portcullis.toml",
		RunE: func(c *cobra.Command, _ []string) error {
			if path == "" {
				return usage("--config is needed: try %s --help", c.CommandPath())
			}
			conf, err := loadConfig(path)
			if err != nil {
				return &exit{exitUsage, err}
			}
			log := slog.New(slog.NewJSONHandler(c.ErrOrStderr(), nil))
			a, err := openAppliance(c.Context(), conf, log, extras{})
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "page     %s\n", a.address())
			return a.run(c.Context())
		},
	}
	c.Flags().StringVar(&path, "config", "", "the configuration `FILE`")
	return c
}
