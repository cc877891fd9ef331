package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"portcullis/central/registry"
	"portcullis/central/registry/embedded"
	"portcullis/central/registry/postgres"
)

// A place is where the registry of a list is, as it is typed.
type place struct {
	registry, list string
	keys           []string
	json           bool
}

func (p *place) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.registry, "registry", "", "folder of the registry, or postgres://user@host/database")
	cmd.Flags().StringArrayVar(&p.keys, "keys", nil, "folder of keys that has the list's, or lists/ with it; may be given more than once")
	cmd.Flags().StringVar(&p.list, "list", "", "name of the list")
	cmd.Flags().BoolVar(&p.json, "json", false, "print JSON")
	for _, name := range []string{"registry", "keys", "list"} {
		cmd.MarkFlagRequired(name)
	}
}

const placeHelp = `
--registry is a folder, which one process at a time has open, or a database of
PostgreSQL, postgres://user@host/database, without a password: that comes from
PGPASSWORD, or from the file that PGPASSFILE names. While serve has the folder
open, serve does what the command says, and reads and writes its files.
`

// open opens the registry. A folder without one is filled only on request: a
// slip of the pen is not to look like a registry without records.
func (p place) open(ctx context.Context, make bool) (*registry.Registry, error) {
	key, err := listKey(p.keys, p.list)
	if err != nil {
		return nil, err
	}
	store, err := p.store(ctx, make)
	if err != nil {
		return nil, err
	}
	r, err := registry.Open(ctx, store, p.list, key)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return r, nil
}

func (p place) store(ctx context.Context, make bool) (registry.Store, error) {
	if postgres.Address(p.registry) {
		return postgres.Open(ctx, p.registry, p.list)
	}
	if _, err := os.Stat(filepath.Join(p.registry, "MANIFEST")); errors.Is(err, fs.ErrNotExist) && !make {
		return nil, fmt.Errorf("there is no registry in %s: import records first", p.registry)
	}
	return embedded.Open(filepath.Join(p.registry))
}

// with has f work on the registry, which a service may have open.
func (p place) with(ctx context.Context, make bool, f func(*registry.Registry) error) error {
	if held, ok := ctx.Value(heldKey{}).(*heldList); ok {
		return held.use(p, f)
	}
	r, err := p.open(ctx, make)
	if err != nil {
		return err
	}
	return errors.Join(f(r), r.Close())
}
