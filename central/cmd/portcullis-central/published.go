package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"portcullis/cache/feed"
	"portcullis/central/publish"
	"portcullis/central/registry"
)

// published is what a script reads of a publication, or of why there is none.
type published struct {
	List     string           `json:"list"`
	Sequence uint64           `json:"sequence"` // of the newest release; 0 when there is none
	Made     bool             `json:"made"`     // just now
	Issued   *time.Time       `json:"issued,omitempty"`
	Records  uint64           `json:"records"`
	Added    uint64           `json:"added"`
	Removed  uint64           `json:"removed"`
	Root     string           `json:"root,omitempty"`
	Steps    []feed.Step      `json:"steps,omitempty"`
	NoDelta  string           `json:"no_delta,omitempty"`
	Pending  *publish.Report  `json:"pending,omitempty"`
	Expired  int              `json:"expired"`
	Rejected []registry.Error `json:"rejected"`
}

// waits is how a publication ends whose release waits for approval.
func waits(r *publish.Report) error {
	return ended{exitPending, fmt.Errorf("release %d of list %s is not published: it waits for approval by two", r.Sequence, r.List)}
}

// tell prints what has become of a publication.
func (f publishFlags) tell(cmd *cobra.Command, r publish.Result, out published) error {
	m := r.Manifest
	out.List, out.Sequence, out.Made, out.Records, out.Steps = f.list, m.Sequence, r.Made, m.Records, m.Steps
	out.Added, out.Removed, out.NoDelta, out.Pending = r.Added, r.Removed, r.NoDelta, r.Pending
	if m.Sequence > 0 {
		out.Issued, out.Root = &m.Issued, m.Root.String()
	}
	if f.json {
		if err := printJSON(cmd, out); err != nil {
			return err
		}
	} else {
		show(cmd, r, out)
	}
	if r.NotPruned != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: old files were not removed: %v\n", r.NotPruned)
	}
	if r.Pending != nil {
		return waits(r.Pending)
	}
	return nil
}

func show(cmd *cobra.Command, r publish.Result, out published) {
	to, m := cmd.OutOrStdout(), r.Manifest
	switch {
	case r.Pending != nil:
		showReport(cmd, *r.Pending)
		return
	case !r.Made:
		fmt.Fprintf(to, "nothing has changed: release %d of list %s: %d records\n", m.Sequence, out.List, m.Records)
		return
	}
	fmt.Fprintf(to, "published release %d of list %s: %d records\n", m.Sequence, m.List, m.Records)
	for _, step := range m.Steps {
		if step.To.Sequence == m.Sequence {
			fmt.Fprintf(to, "  %-8s %9d bytes  %s\n", step.Kind(), step.Size, step.Name)
		}
	}
	if r.NoDelta != "" {
		fmt.Fprintf(to, "  no delta: %s\n", r.NoDelta)
	} else {
		fmt.Fprintf(to, "  %d records added, %d removed\n", r.Added, r.Removed)
	}
	if out.Expired > 0 {
		fmt.Fprintf(to, "  %d records left out: their time is over\n", out.Expired)
	}
}

// showReport tells two people what they are to approve of.
func showReport(cmd *cobra.Command, r publish.Report) {
	to := cmd.OutOrStdout()
	fmt.Fprintf(to, "release %d of list %s waits for approval: %d records instead of %d\n", r.Sequence, r.List, r.After, r.Before)
	for _, reason := range r.Reasons {
		fmt.Fprintf(to, "  because %s\n", reason)
	}
	for _, i := range r.Issuers {
		fmt.Fprintf(to, "  %-3s  %9d records  %9d removed  %9d added\n", i.Issuer, i.Before, i.Removed, i.Added)
	}
	fmt.Fprintln(to, "publish approve publishes it, publish reject drops it")
}
