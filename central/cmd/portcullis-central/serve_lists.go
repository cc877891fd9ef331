package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"portcullis/central/registry"
	"portcullis/central/registry/postgres"
	"portcullis/central/service"
)

// listFlags say which registries a service holds.
type listFlags struct {
	registries []string
	keys       []string
}

func (f *listFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.registries, "registry", nil, "LIST=PLACE: the registry of a list, by its folder or postgres://user@host/database; may be given more than once")
	cmd.Flags().StringArrayVar(&f.keys, "keys", nil, "folder of keys, or of folders of keys; may be given more than once")
}

// A heldList is a list whose registry this process has open.
type heldList struct {
	place
	registry *registry.Registry
	changed  chan struct{} // has room for one: a change that is yet to be published
}

// touch tells that the registry may have changed.
func (l *heldList) touch() {
	select {
	case l.changed <- struct{}{}:
	default: // it is known already
	}
}

// open opens all registries, and reads them back first. They share one channel for changes, because one
// loop publishes them all.
func (f listFlags) open(ctx context.Context) (all []*heldList, err error) {
	changed := make(chan struct{}, 1)
	seen := map[string]bool{}
	for _, pair := range f.registries {
		name, at, found := strings.Cut(pair, "=")
		if !found || seen[name] {
			return nil, errors.Join(fmt.Errorf("--registry %s: write LIST=PLACE, and each list once", origin(pair)), closeLists(all))
		}
		seen[name] = true
		l := &heldList{place: place{registry: at, keys: f.keys, list: name}, changed: changed}
		if l.registry, err = l.open(ctx, false); err != nil {
			return nil, errors.Join(err, closeLists(all))
		}
		all = append(all, l)
		if err := l.registry.Verify(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("list %s: %w", name, err), closeLists(all))
		}
	}
	return all, nil
}

func closeLists(all []*heldList) (err error) {
	for _, l := range all {
		err = errors.Join(err, l.registry.Close())
	}
	return err
}

// answerCommands answers the commands that are typed while this process has the
// registries. Those of PostgreSQL need nobody: it serves several processes.
func answerCommands(ctx context.Context, group *errgroup.Group, all []*heldList) error {
	for _, l := range all {
		if postgres.Address(l.place.registry) {
			continue
		}
		at, err := service.ListenCommands(filepath.Join(l.place.registry, commandSocket))
		if err != nil {
			return err
		}
		group.Go(func() error { return serve(ctx, at, l, 0) })
	}
	return nil
}
