package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/authority"
	"portcullis/central/devices"
	"portcullis/central/service"
)

// What is in the folder of a fleet.
const (
	authorityFolder = "authority"
	inventoryFolder = "inventory"
	commandSocket   = "control.sock"
)

// fleetFlag adds the flag that names the folder of a fleet.
func fleetFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "fleet", "fleet", "folder that authority init has made")
}

// A fleet is an opened folder.
type fleet struct {
	authority *authority.Authority
	inventory *devices.Inventory
}

// openFleet opens the folder of a fleet, which one process at a time can.
func openFleet(dir string) (*fleet, error) {
	a, err := authority.Open(filepath.Join(dir, authorityFolder))
	if err != nil {
		return nil, err
	}
	store, err := devices.OpenStore(filepath.Join(dir, inventoryFolder))
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	inventory, err := devices.Open(store)
	if err != nil {
		return nil, errors.Join(err, store.Close(), a.Close())
	}
	return &fleet{a, inventory}, nil
}

func (f *fleet) close() error { return errors.Join(f.inventory.Close(), f.authority.Close()) }

// ask asks the service that runs on a folder. When none does, it opens the
// folder, and answers itself in the same way.
func ask[Reply any](cmd *cobra.Command, dir, address string, request any) (reply Reply, err error) {
	socket := filepath.Join(dir, commandSocket)
	reply, err = service.Ask[Reply](cmd.Context(), socket, address, request)
	if !errors.Is(err, service.ErrNobody) {
		return reply, err
	}
	f, err := openFleet(dir)
	if err != nil {
		return reply, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	l, err := service.ListenCommands(socket)
	if err != nil {
		return reply, err
	}
	ctx, stop := context.WithCancel(cmd.Context())
	ended := make(chan error, 1)
	s := service.New(service.Options{Authority: f.authority, Inventory: f.inventory})
	go func() { ended <- s.ServeCommands(ctx, l) }()
	reply, err = service.Ask[Reply](cmd.Context(), socket, address, request)
	stop()
	return reply, errors.Join(err, <-ended)
}

// logger writes what a service has to say to standard error.
func logger(cmd *cobra.Command) *slog.Logger {
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
}

// since says how long ago something was, for a table.
func since(now, t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return now.Sub(t).Truncate(time.Second).String()
}
