package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/publish"
	"portcullis/central/registry"
)

// fromRegistry publishes what has changed in a registry, once or again and
// again.
func (f publishFlags) fromRegistry(cmd *cobra.Command, p *publish.Publisher) error {
	var verified time.Time
	if f.every == 0 {
		return f.once(cmd, p, &verified)
	}
	ticks := time.NewTicker(f.every)
	defer ticks.Stop()
	for {
		// What fails now may be mended by the next time; devices go on with what
		// they have, and tell of its age.
		if err := f.once(cmd, p, &verified); err != nil && cmd.Context().Err() == nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "portcullis-central: %v\n", err)
		}
		select {
		case <-cmd.Context().Done():
			return nil
		case <-ticks.C:
		}
	}
}

// once opens the registry for one publication alone, so that imports come in
// between.
func (f publishFlags) once(cmd *cobra.Command, p *publish.Publisher, verified *time.Time) error {
	at := place{registry: f.registry, keys: f.keys, list: f.list}
	return at.with(cmd.Context(), false, func(r *registry.Registry) error {
		if err := verifyIfDue(cmd.Context(), r, time.Now(), verified); err != nil {
			return err
		}
		result, err := p.PublishFrom(cmd.Context(), time.Now(), identity(f.registry, r), r)
		if errors.Is(err, publish.ErrPending) {
			return errors.Join(err, f.renew(cmd.Context(), p), f.mirror.copy(cmd.Context(), f.to))
		}
		if err == nil {
			err = f.mirror.copy(cmd.Context(), f.to)
		}
		if err != nil {
			return err
		}
		if result.Made {
			if err := r.Forget(cmd.Context(), registry.Cursor(result.Cursor)); err != nil {
				return err
			}
		}
		if !result.Made && result.Pending == nil && f.every > 0 {
			return nil
		}
		return f.tell(cmd, result, published{Rejected: []registry.Error{}})
	})
}

// renew keeps the list fresh while a release waits.
func (f publishFlags) renew(ctx context.Context, p *publish.Publisher) error {
	_, err := p.Refresh(ctx, time.Now())
	return err
}

// identity names a registry for as long as its cursors mean something: another
// one may come to lie in its place.
func identity(address string, r *registry.Registry) string { return origin(address) + " " + r.ID() }

// origin names the place of a registry without what lets anyone in.
func origin(address string) string {
	scheme, rest, isAddress := strings.Cut(address, "://")
	if !isAddress {
		if whole, err := filepath.Abs(address); err == nil {
			return whole
		}
		return address
	}
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + rest[strings.LastIndex(rest, "@")+1:]
}
