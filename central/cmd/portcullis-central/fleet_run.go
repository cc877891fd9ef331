package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"portcullis/central/rollout"
	"portcullis/central/rollout/campaign"
)

// deviceResult is what a script reads of one device.
type deviceResult struct {
	Device string        `json:"device"`
	State  rollout.State `json:"state"`
	Reason string        `json:"reason,omitempty"`
	Text   string        `json:"text,omitempty"`
	Wave   int           `json:"wave"` // from 1; 0 when it was not begun with
	Tries  int           `json:"tries"`
	From   uint64        `json:"from"`
	To     uint64        `json:"to"` // release that it holds now, as far as is known
	Bytes  int64         `json:"bytes"`
	Began  time.Time     `json:"began,omitzero"`
	Ended  time.Time     `json:"ended,omitzero"`
}

func resultOf(c *rollout.Campaign, name string, d *rollout.Device) deviceResult {
	r := deviceResult{
		Device: name, State: d.State, Reason: d.Reason, Text: d.Text, Tries: d.Attempt,
		From: d.From, To: d.From, Bytes: d.Sent, Began: d.Began, Ended: d.Ended,
	}
	if d.Attempt > 0 {
		r.Wave = d.Wave + 1
	}
	if d.State == rollout.Healthy {
		r.To = c.Release
	}
	return r
}

// summary is what a script reads of a campaign.
type summary struct {
	Campaign string                `json:"campaign"`
	List     string                `json:"list"`
	Release  uint64                `json:"release"`
	Phase    rollout.Phase         `json:"phase"`
	Reason   string                `json:"reason,omitempty"`
	Wave     int                   `json:"wave"`
	Waves    int                   `json:"waves"`
	Devices  map[rollout.State]int `json:"devices"`
	Bytes    int64                 `json:"bytes"`
}

func summaryOf(c *rollout.Campaign) summary {
	s := summary{Campaign: c.ID, List: c.List, Release: c.Release, Phase: c.Phase, Reason: c.Reason, Wave: c.Wave + 1, Waves: len(c.Waves), Devices: c.Count()}
	for _, d := range c.Devices {
		s.Bytes += d.Sent
	}
	return s
}

// verdict is how a campaign that goes on no more ends the program.
func verdict(c *rollout.Campaign) error {
	n := c.Count()
	left := len(c.Devices) - n[rollout.Healthy] - n[rollout.Skipped]
	switch {
	case c.Phase == rollout.Halted:
		return ended{exitHalted, fmt.Errorf("the campaign was halted: %s: look into it, and then resume it with --accept-halt, or abort it", haltText[c.Reason])}
	case left > 0 || c.Phase != rollout.Finished:
		return ended{exitPartly, fmt.Errorf("%s: %d devices failed, %d have yet to get the release", c.Phase, n[rollout.Failed], left-n[rollout.Failed])}
	}
	return nil
}

var haltText = map[string]string{
	rollout.ReasonFailures: "too many devices failed",
	rollout.ReasonHitsHigh: "devices with the release have far more hits than before",
	rollout.ReasonHitsLow:  "devices with the release have far fewer hits than before",
}

// run works on a campaign until its end, and tells how it goes.
func run(cmd *cobra.Command, r *campaign.Runner, asJSON, verbose bool) error {
	t := &teller{cmd: cmd, c: r.Campaign, json: asJSON, lines: true}
	if !asJSON && isTerminal(cmd.ErrOrStderr()) {
		t.bar, t.lines = newBar(cmd.ErrOrStderr()), verbose
	}
	r.Told, r.Warn = t.told, t.warn
	err := r.Run(cmd.Context())
	t.end()
	switch {
	case errors.Is(err, context.Canceled):
		return ended{exitPartly, errors.New("interrupted: what was begun goes on when it is resumed, or pushed again")}
	case err != nil:
		return err
	}
	return verdict(r.Campaign)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func newBar(w io.Writer) *progressbar.ProgressBar {
	return progressbar.NewOptions(1, progressbar.OptionSetWriter(w), progressbar.OptionSetWidth(30), progressbar.OptionShowCount(),
		progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish())
}

// A teller tells how a campaign goes: a bar on a terminal, lines elsewhere.
type teller struct {
	cmd   *cobra.Command
	c     *rollout.Campaign
	json  bool
	lines bool
	bar   *progressbar.ProgressBar
}

func (t *teller) told(j rollout.Transition) {
	switch {
	case j.Course != nil && !t.json:
		t.say(t.cmd.ErrOrStderr(), courseText(t.c, j.Course))
	case j.Is != nil && (j.Is.State == rollout.Healthy && j.Is.After == rollout.Tally{} || j.Is.State == rollout.Failed || j.Is.State == rollout.Skipped):
		t.device(resultOf(t.c, j.Device, j.Is))
	}
	if t.bar != nil {
		n := t.c.Count()
		t.bar.ChangeMax(len(t.c.Devices))
		t.bar.Describe(fmt.Sprintf("%d healthy, %d failed, %d at work", n[rollout.Healthy], n[rollout.Failed], n[rollout.Sending]+n[rollout.Installing]))
		t.bar.Set(n[rollout.Healthy] + n[rollout.Failed] + n[rollout.Skipped])
	}
}

func (t *teller) device(r deviceResult) {
	switch {
	case t.json:
		printJSON(t.cmd, r)
	case t.lines || r.State == rollout.Failed:
		t.say(t.cmd.OutOrStdout(), deviceText(r))
	}
}

func deviceText(r deviceResult) string {
	text := fmt.Sprintf("%s: %s", r.Device, r.State)
	if r.State == rollout.Healthy {
		return text + fmt.Sprintf(", release %d -> %d, %d bytes", r.From, r.To, r.Bytes)
	}
	if r.Reason != "" {
		text += ": " + r.Reason
	}
	if r.Text != "" {
		text += " (" + r.Text + ")"
	}
	return text
}

func courseText(c *rollout.Campaign, is *rollout.Course) string {
	wave := fmt.Sprintf("wave %d of %d", is.Wave+1, len(c.Waves))
	switch {
	case is.Phase != rollout.Running:
		return strings.TrimSuffix(fmt.Sprintf("%s in %s: %s", is.Phase, wave, haltText[is.Reason]), ": ")
	case !is.Rested.IsZero():
		return wave + " has ended; the next begins at " + is.Rested.Add(c.Wait).Format(time.DateTime+" MST")
	}
	return wave + " begins"
}

func (t *teller) say(w io.Writer, line string) {
	if t.bar != nil {
		t.bar.Clear()
	}
	fmt.Fprintln(w, line)
}

func (t *teller) warn(err error) { t.say(t.cmd.ErrOrStderr(), "portcullis-central: "+err.Error()) }

// end tells what was not told of: devices that are pending, and the summary.
func (t *teller) end() {
	if t.bar != nil {
		t.bar.Clear()
	}
	for _, name := range t.c.Order() {
		if d := t.c.Devices[name]; t.json && (d.State == rollout.Pending || d.State == rollout.Queued || d.State == rollout.Sending || d.State == rollout.Installing) {
			printJSON(t.cmd, resultOf(t.c, name, d))
		}
	}
	s := summaryOf(t.c)
	if t.json {
		printJSON(t.cmd, s)
		return
	}
	fmt.Fprintln(t.cmd.OutOrStdout(), summaryText(s))
}

func summaryText(s summary) string {
	n := s.Devices
	return fmt.Sprintf("release %d of list %s: %s; %d healthy, %d failed, %d skipped, %d pending, %d at work; %d bytes sent",
		s.Release, s.List, s.Phase, n[rollout.Healthy], n[rollout.Failed], n[rollout.Skipped], n[rollout.Pending],
		n[rollout.Queued]+n[rollout.Sending]+n[rollout.Installing], s.Bytes)
}
