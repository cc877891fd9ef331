package main

import (
	"context"
	"log/slog"
	"time"

	"portcullis/central/registry"
)

// verifyEvery is how often a registry is read back while it is in use.
const verifyEvery = 24 * time.Hour

// verifyDaily reads registries back every day until ctx is done. One that is
// found damaged answers nothing from then on, and is not published.
func verifyDaily(ctx context.Context, all []*heldList, log *slog.Logger) error {
	days := time.NewTicker(verifyEvery)
	defer days.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-days.C:
		}
		for _, l := range all {
			if err := l.registry.Verify(ctx); err != nil && ctx.Err() == nil {
				log.Error("a registry was not verified", "list", l.list, "error", err)
			}
		}
	}
}

// verifyIfDue reads a registry back unless that was done within a day, and notes
// when.
func verifyIfDue(ctx context.Context, r *registry.Registry, now time.Time, last *time.Time) error {
	if now.Sub(*last) < verifyEvery {
		return nil
	}
	if err := r.Verify(ctx); err != nil {
		return err
	}
	*last = now
	return nil
}
