package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	syncer "portcullis/cache/sync"
	"portcullis/protocol"
	"portcullis/scripts/bench/job"
)

// dayFigures is what goes over a device's connections in a day, in both
// directions. The parts add up to all of it.
type dayFigures struct {
	Changes   int   `json:"release_changes"` // of each release of the day: fewer on a small list
	Timestamp int64 `json:"timestamp_bytes"`
	Metadata  int64 `json:"other_metadata_bytes"`
	Manifests int64 `json:"manifest_bytes"`
	Deltas    int64 `json:"delta_bytes"`
	Snapshots int64 `json:"snapshot_bytes"`
	Headers   int64 `json:"header_bytes"` // of requests and answers, and refusals
	Requests  int64 `json:"requests"`
	OverTLS   int64 `json:"device_bytes_per_day_tls"` // each poll on a connection of its own
}

// A device polls so often in an hour.
const pollsAnHour = 4

// A follower is a device that follows the list over the network.
type follower struct {
	client *syncer.Client
	meter  *meter
	http   *http.Client
	store  syncer.Store
}

func newFollower(c central, address string, store syncer.Store, dir string, m *meter) (follower, error) {
	with := m.client()
	client, err := c.client(address, with, store, dir, time.Minute)
	return follower{client, m, with, store}, err
}

// poll looks for a newer release, and must hold one of that number afterwards.
// By the next time, the connection is closed.
func (d follower) poll(ctx context.Context, release uint64) error {
	if err := d.client.Once(ctx); err != nil {
		return err
	}
	d.http.CloseIdleConnections()
	if held := d.store.Position(listName); held.Sequence != release {
		return fmt.Errorf("the device holds release %d instead of %d", held.Sequence, release)
	}
	return nil
}

// followDay lets a device follow a day of releases, with its own store, and
// another over TLS.
func (f *syncFigures) followDay(ctx context.Context, s *site, dir string) (err error) {
	secret, err := os.ReadFile(s.folder.Path(job.KeyFile))
	if err != nil {
		return err
	}
	data := filepath.Join(dir, "device")
	if err := giveKey(data, secret); err != nil {
		return err
	}
	store, err := openLists(data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	plain, stop, err := s.serve(nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	a, err := beginAuthority(filepath.Join(dir, "authority"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	shown, err := a.certificate(protocol.Central, "central")
	if err != nil {
		return err
	}
	secure, stopToo, err := s.serve(&tls.Config{Certificates: []tls.Certificate{shown}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopToo()) }()
	one, err := newFollower(s.central, plain, store, data, &meter{})
	if err != nil {
		return err
	}
	other, err := newFollower(s.central, secure, &lightStore{}, filepath.Join(dir, "other"), &meter{})
	if err != nil {
		return err
	}
	if err := s.day(ctx, one, other); err != nil {
		return err
	}
	f.Day = one.meter.day()
	f.Day.Changes = s.changes
	f.DeviceBytes, f.Day.OverTLS = one.meter.total.Load(), other.meter.total.Load()
	return nil
}

// day has devices take in the whole list, and then all that is published in a
// day: a release each hour, and a new timestamp before each other poll.
func (s *site) day(ctx context.Context, devices ...follower) error {
	poll := func(release int) error {
		for _, d := range devices {
			if err := d.poll(ctx, uint64(release)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := poll(1); err != nil {
		return err
	}
	for _, d := range devices {
		d.meter.reset()
	}
	for i := range dayReleases * pollsAnHour {
		now := s.begun.Add(time.Duration(i+1) * time.Hour / pollsAnHour)
		release := 1 + (i+pollsAnHour)/pollsAnHour
		var err error
		if i%pollsAnHour > 0 {
			_, err = s.publisher.Refresh(ctx, now)
		} else if change, e := s.delta(release - 1); e != nil {
			err = e
		} else {
			_, err = publishDelta(ctx, s.publisher, now, change)
		}
		if err == nil {
			err = poll(release)
		}
		if err != nil {
			return fmt.Errorf("poll %d: %w", i+1, err)
		}
	}
	return nil
}

// day returns what was counted.
func (m *meter) day() dayFigures {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := dayFigures{
		Timestamp: m.bodies[timestampKind], Metadata: m.bodies[metadataKind], Manifests: m.bodies[manifestKind],
		Deltas: m.bodies[deltaKind], Snapshots: m.bodies[snapshotKind], Requests: m.requests.Load(), Headers: m.total.Load(),
	}
	for _, n := range m.bodies {
		d.Headers -= n
	}
	return d
}
