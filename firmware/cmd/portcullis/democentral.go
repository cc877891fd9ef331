package main

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"path/filepath"
	"time"

	"portcullis/cache/list"
	"portcullis/central/keys"
	"portcullis/central/publish"
	"portcullis/central/registry"
	"portcullis/central/roles"
	"portcullis/firmware"
)

// A miniCentral is the central of a demonstration: every key of a publisher in
// one folder, a repository, and a list in it.
type miniCentral struct {
	keys string // the folder of keys
	dir  string // the repository
	list string
}

// begin makes the keys of all roles and of the list, and the repository.
func (m miniCentral) begin(now time.Time) error {
	if _, err := keys.Folder(m.keys).NewList(m.list); err != nil {
		return err
	}
	return roles.Small(roles.Dir(m.dir), m.keys, now)
}

// root is the file that devices are given.
func (m miniCentral) root() string { return filepath.Join(m.dir, "1.root.json") }

// ring has the keys that a publisher needs from day to day.
func (m miniCentral) ring() (*keys.Ring, error) {
	var folders []string
	for _, role := range []string{roles.List, roles.Snapshot, roles.Timestamp} {
		folders = append(folders, filepath.Join(m.keys, role))
	}
	return keys.Open(nil, folders...)
}

func (m miniCentral) publisher() (*publish.Publisher, list.Key, error) {
	key, err := keys.Folder(m.keys).List(m.list)
	if err != nil {
		return nil, key, err
	}
	ring, err := m.ring()
	if err != nil {
		return nil, key, err
	}
	p, err := publish.New(publish.Options{Dir: m.dir, List: m.list, KeyID: key.ID(), Ring: ring})
	return p, key, err
}

// publish makes records the newest release of the list.
func (m miniCentral) publish(ctx context.Context, now time.Time, records iter.Seq[registry.Record]) (publish.Result, error) {
	p, key, err := m.publisher()
	if err != nil {
		return publish.Result{}, err
	}
	in, line := registry.NewImport(now), 0
	for r := range records {
		line++
		in.Add("records", line, r)
	}
	if rejected := in.Rejected(); len(rejected) > 0 {
		return publish.Result{}, fmt.Errorf("made-up records are rejected: %w", rejected[0])
	}
	listed, err := registry.Records(in.Entries(), key)
	if err != nil {
		return publish.Result{}, err
	}
	return p.PublishAll(ctx, now, func(yield func(list.Record, error) bool) {
		for _, r := range listed {
			if !yield(r, nil) {
				return
			}
		}
	})
}

// statementEvery is how often the central says again what is the newest: a list
// is as old as that.
const statementEvery = time.Minute

// serve serves the repository, and keeps its word young, until ctx is done.
func (m miniCentral) serve(ctx context.Context, serve func(context.Context, http.Handler) error) error {
	return firmware.Run(ctx,
		firmware.Loop{Name: "repository", Run: func(ctx context.Context) error { return serve(ctx, publish.Handler(m.dir)) }},
		firmware.Loop{Name: "statements", Run: m.keepYoung},
	)
}

func (m miniCentral) keepYoung(ctx context.Context) error {
	ring, err := m.ring()
	if err != nil {
		return err
	}
	repository, err := roles.Open(roles.Dir(m.dir), nil)
	if err != nil {
		return err
	}
	every := time.NewTicker(statementEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-every.C:
			if err := repository.Refresh(now, ring); err != nil {
				return err
			}
		}
	}
}
