package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/rollout/campaign"
	"portcullis/central/rollout/inventory"
	"portcullis/central/rollout/push"
	"portcullis/protocol"
)

// overdueAfter is how old a copy of a list may become before it must be brought
// up to date, or erased: the sources' rule for copies of such lists.
const overdueAfter = 48 * time.Hour

// maxSkew is how far a device's clock may be off before that is told.
const maxSkew = 5 * time.Minute

// A deviceStatus is what a script reads of one device.
type deviceStatus struct {
	Device string       `json:"device"`
	Site   string       `json:"site,omitempty"`
	Lane   string       `json:"lane,omitempty"`
	Heard  time.Time    `json:"heard,omitzero"` // zero: it was not reached, or never heard of
	Ready  bool         `json:"ready"`
	Faults []string     `json:"faults"`
	Lists  []listStatus `json:"lists"`
	Skew   int64        `json:"clock_skew_s"`
	Notes  []string     `json:"notes"` // what is not as it should be, the gravest first
	worst  int
}

type listStatus struct {
	Name    string `json:"name"`
	Release uint64 `json:"release"`
	Records uint64 `json:"records"`
	Age     int64  `json:"age_s"` // since it was known to be the newest
	State   string `json:"state"`
	Overdue bool   `json:"overdue"` // older than 48 hours
}

func newFleetStatus() *cobra.Command {
	var flags fleetFlags
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Print how all devices are, the worst first",
		Long: `Print how all devices are, the worst first. With --inventory each device is
asked; with --central, what it last reported is told. A list that was not known
to be the newest for 48 hours is marked as overdue.
` + fleetExitCodes,
		Example: "  portcullis-central fleet status --inventory devices.jsonl --certificate tool.pem --key tool.key --authorities authority.pem",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			id, source, err := open(flags.setup)
			if err != nil {
				return err
			}
			devices, err := source(cmd.Context())
			if err != nil {
				return err
			}
			all := askAll(cmd.Context(), &push.Pusher{Identity: id, Patience: 10 * time.Second}, devices)
			return flags.show(cmd, all)
		}),
	}
	flags.add(cmd)
	return cmd
}

func askAll(ctx context.Context, p *push.Pusher, devices []inventory.Device) (all []deviceStatus) {
	var mu sync.Mutex
	campaign.Each(ctx, devices, 50, func(d inventory.Device) {
		s := statusOf(ctx, p, d)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, s)
	})
	slices.SortFunc(all, func(a, b deviceStatus) int {
		return cmp.Or(cmp.Compare(b.worst, a.worst), strings.Compare(a.Device, b.Device))
	})
	return all
}

func statusOf(ctx context.Context, p *push.Pusher, d inventory.Device) deviceStatus {
	s := deviceStatus{Device: d.Name, Site: d.Site, Lane: d.Lane, Faults: []string{}, Lists: []listStatus{}, Notes: []string{}}
	now, said := time.Now(), d.Status
	switch {
	case d.Never:
		s.note(90, "never heard of")
		return s
	case said != nil:
		s.Heard = d.Heard
	default:
		asked, err := p.Ask(ctx, d)
		if err != nil {
			s.note(80, push.Explain(err).Reason)
			return s
		}
		said, s.Heard = &asked, now.UTC().Truncate(time.Second)
	}
	s.judge(now, *said)
	return s
}

// judge notes what is not as it should be.
func (s *deviceStatus) judge(now time.Time, said protocol.Status) {
	s.Site, s.Lane = cmp.Or(s.Site, said.Site), cmp.Or(s.Lane, said.Lane)
	s.Ready, s.Faults = said.Ready, append(s.Faults, said.Faults...)
	if said.Erased {
		s.note(70, "erased")
	}
	for _, h := range said.Lists {
		s.list(now, h)
	}
	if !said.Ready {
		s.note(50, "not ready")
	}
	if silent := now.Sub(s.Heard); silent > time.Hour {
		s.note(20, "silent for "+age(silent))
	}
	if skew := said.Clock.Sub(s.Heard); skew.Abs() > maxSkew {
		s.Skew = int64(skew.Seconds())
		s.note(10, fmt.Sprintf("clock off by %s", age(skew.Abs())))
	}
	for _, f := range said.Faults {
		s.note(5, f)
	}
}

func (s *deviceStatus) list(now time.Time, h protocol.Held) {
	l := listStatus{Name: h.Name, Release: h.Release, Records: h.Records, State: h.State}
	if h.Release > 0 {
		old := max(now.Sub(h.Checked), 0)
		l.Age, l.Overdue = int64(old.Seconds()), old > overdueAfter
	}
	s.Lists = append(s.Lists, l)
	switch {
	case l.Overdue:
		s.note(60, "overdue")
	case h.State == "missing" || h.State == "broken":
		s.note(55, h.Name+" "+h.State)
	case h.State == "stale":
		s.note(40, h.Name+" stale")
	case h.State == "ageing":
		s.note(15, h.Name+" ageing")
	}
	if h.Bad > 0 {
		s.note(30, fmt.Sprintf("%s has %d damaged parts", h.Name, h.Bad))
	}
}

func (s *deviceStatus) note(grave int, text string) {
	if grave > s.worst {
		s.worst, s.Notes = grave, append([]string{text}, s.Notes...)
		return
	}
	s.Notes = append(s.Notes, text)
}

// age writes a time as people say it.
func age(d time.Duration) string {
	switch d = d.Round(time.Minute); {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	case d >= time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dm", int(d.Minutes()))
}

func (f *fleetFlags) show(cmd *cobra.Command, all []deviceStatus) error {
	bad := 0
	for _, s := range all {
		if s.worst > 0 {
			bad++
		}
	}
	var err error
	if f.json {
		for _, s := range all {
			err = cmp.Or(err, printJSON(cmd, s))
		}
	} else {
		err = showStatus(cmd, all, bad)
	}
	if err == nil && bad > 0 {
		err = ended{exitPartly, fmt.Errorf("%d of %d devices are not as they should be", bad, len(all))}
	}
	return err
}

func showStatus(cmd *cobra.Command, all []deviceStatus, bad int) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "DEVICE\tSITE\tLANE\tLISTS\tNOTES")
	for _, s := range all {
		lists := make([]string, 0, len(s.Lists))
		for _, l := range s.Lists {
			lists = append(lists, fmt.Sprintf("%s %d (%s, %s)", l.Name, l.Release, l.State, age(time.Duration(l.Age)*time.Second)))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.Device, s.Site, s.Lane, strings.Join(lists, ", "), strings.Join(s.Notes, ", "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%d devices, %d of them not as they should be\n", len(all), bad)
	return err
}
