package main

import (
	"context"
	"fmt"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/rollout"
	"portcullis/central/rollout/campaign"
	"portcullis/central/rollout/inventory"
	"portcullis/central/rollout/push"
	"portcullis/protocol"
)

// planned is what would be done at one device.
type planned struct {
	Device string `json:"device"`
	Site   string `json:"site,omitempty"`
	From   uint64 `json:"from"`
	To     uint64 `json:"to"`
	Bytes  int64  `json:"bytes"`
	Wave   int    `json:"wave"` // from 1; 0 is none
	Reason string `json:"reason,omitempty"`
}

// dryRun prints whom a campaign would bring what, in which order.
func dryRun(cmd *cobra.Command, s campaign.Setup, folder push.Repository, r push.Release, asJSON bool) error {
	id, source, err := open(s)
	if err != nil {
		return err
	}
	devices, err := source(cmd.Context())
	if err != nil {
		return err
	}
	rows := plannedOf(cmd.Context(), &push.Pusher{Identity: id, Repository: folder}, s.Plan, r, devices)
	if asJSON {
		for _, row := range rows {
			if err := printJSON(cmd, row); err != nil {
				return err
			}
		}
		return nil
	}
	return showPlanned(cmd, s.Plan, rows)
}

func plannedOf(ctx context.Context, p *push.Pusher, plan rollout.Plan, r push.Release, devices []inventory.Device) []planned {
	var mu sync.Mutex
	byName := map[string]planned{}
	campaign.Each(ctx, devices, plan.Concurrent, func(d inventory.Device) {
		row := plannedFor(ctx, p, plan, r, d)
		mu.Lock()
		defer mu.Unlock()
		byName[d.Name] = row
	})
	// The order of turns is the campaign's.
	c, events := rollout.New(plan), []rollout.Event{{Kind: rollout.Pause}}
	need := 0
	for name, row := range byName {
		events = append(events, rollout.Event{Kind: rollout.Heard, Device: name})
		if row.Reason == "" {
			need++
		}
	}
	c.Step(time.Now(), events)
	rows, place := make([]planned, 0, len(byName)), 0
	for _, name := range c.Order() {
		row := byName[name]
		if row.Reason == "" {
			row.Wave = plan.WaveOf(place, need) + 1
			place++
		}
		rows = append(rows, row)
	}
	return rows
}

// plannedFor asks a device what it holds, unless that is known.
func plannedFor(ctx context.Context, p *push.Pusher, plan rollout.Plan, r push.Release, d inventory.Device) planned {
	row := planned{Device: d.Name, Site: d.Site, To: r.Sequence}
	status := d.Status
	if status == nil {
		said, err := p.Ask(ctx, d)
		if err != nil {
			row.Reason, row.To = push.Explain(err).Reason, 0
			return row
		}
		status = &said
	}
	held := push.Held(*status, plan.List)
	row.From = held.Release
	reason, err := push.Needless(*status, held, r)
	if err != nil {
		reason = push.Explain(err).Reason
	}
	if row.Reason = reason; reason != "" {
		row.To = held.Release
		return row
	}
	row.Bytes, err = size(ctx, p.Repository, plan.List, held)
	if err != nil {
		row.Reason = push.ReasonNoFile
	}
	return row
}

func size(ctx context.Context, r push.Repository, list string, held protocol.Held) (sum int64, err error) {
	files, err := r.Needed(ctx, list, held)
	for _, f := range files {
		sum += f.Size
	}
	return sum, err
}

func showPlanned(cmd *cobra.Command, plan rollout.Plan, rows []planned) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "WAVE\tDEVICE\tSITE\tFROM\tTO\tBYTES\t")
	var bytes int64
	sent := 0
	for _, r := range rows {
		wave := "-"
		if r.Wave > 0 {
			wave = fmt.Sprint(r.Wave)
			sent++
			bytes += r.Bytes
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%s\n", wave, r.Device, r.Site, r.From, r.To, r.Bytes, r.Reason)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "release %d of list %s: %d of %d devices, %d bytes; waves %v, %v between them\n", plan.Release, plan.List, sent, len(rows), bytes, plan.Waves, plan.Wait)
	return err
}
