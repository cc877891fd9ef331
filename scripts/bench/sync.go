package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// syncFigures is what bringing lists to devices takes. The bytes per record on
// top are those of the digests, as are the bounds and the peers' beside them.
type syncFigures struct {
	deltaBytes
	Entropy      deltaBytes     `json:"entropy"`
	Raw          *deltaBytes    `json:"raw_zstd,omitempty"`
	Varint       *deltaBytes    `json:"varint_zstd,omitempty"`
	Whole        deltaBytes     `json:"whole"`
	WholeEntropy deltaBytes     `json:"whole_entropy"`
	ByIndex      bytesEach      `json:"remove_by_index_entropy"`
	DeviceBytes  int64          `json:"device_bytes_per_day"`
	Day          dayFigures     `json:"day"`
	Refusal      refusalFigures `json:"record_to_refusal_s"`
	Fleet        fleetFigures   `json:"fleet_1000"`
	Publish      publishFigures `json:"publish"`
	// PublishDevice is the same, where the list was as long as a device's.
	PublishDevice *publishFigures `json:"publish_140m,omitempty"`
	Skipped       []string        `json:"skipped,omitempty"`
}

// The list of the day, of the fleet and of the refusals has no more records than
// this: what they measure does not depend on how many there are.
const (
	dayRecords     = 1_000_000
	refusalRecords = 100_000
)

// A release of the day has hourChanges, half of them removed and half added, and
// there is one each hour.
const (
	dayReleases = 24
	hourChanges = 1250
)

// benchSync takes the figures one after the other, each with the machine to
// itself.
func benchSync(ctx context.Context, o options, dir string) (f *syncFigures, err error) {
	f = &syncFigures{}
	for _, part := range []struct {
		name string
		take func(context.Context, options, string) error
	}{
		{"sizes", f.takeSizes},
		{"day", f.takeDay},
		{"pull", f.takePull},
		{"push", f.takePush},
		{"publish", f.takePublish},
	} {
		say("sync: %s", part.name)
		folder := filepath.Join(dir, part.name)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		if err := part.take(ctx, o, folder); err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
		if err := os.RemoveAll(folder); err != nil { // some are large
			return nil, err
		}
	}
	return f, nil
}

// takeDay makes a list with the changes of a day, lets a device follow them, and
// then has many devices fetch the next.
func (f *syncFigures) takeDay(ctx context.Context, o options, dir string) error {
	sizes := make([]int, dayReleases+1)
	for i := range sizes {
		sizes[i] = hourChanges
	}
	w, err := newWorkload(dir, min(o.n, dayRecords), sizes...)
	if err != nil {
		return err
	}
	s, err := openSite(ctx, w, dir, time.Now().Add(-dayReleases*time.Hour).Truncate(time.Hour))
	if err != nil {
		return err
	}
	if err := f.followDay(ctx, s, dir); err != nil {
		return err
	}
	say("sync: fleet")
	f.Fleet, err = benchFleet(ctx, o, s, dir)
	return err
}
