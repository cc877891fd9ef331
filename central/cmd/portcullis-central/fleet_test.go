package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portcullis/central/rollout/rollouttest"
	"portcullis/protocol"
)

// A fleetBench is devices, a repository, and the flags that name them.
type fleetBench struct {
	t         *testing.T
	authority *rollouttest.Authority
	devices   []*rollouttest.Device
	repo      string
	tool      []string // flags: who asks, and which devices
	bring     []string // flags: these, and what is brought
}

func newFleetBench(t *testing.T, devices int) *fleetBench {
	t.Helper()
	b := &fleetBench{t: t, repo: t.TempDir()}
	a := rollouttest.NewAuthority(t)
	b.authority = a
	var lines bytes.Buffer
	for i := range devices {
		d := rollouttest.NewDevice(t, a, fmt.Sprintf("gate-%02d", i))
		b.devices = append(b.devices, d)
		if err := json.NewEncoder(&lines).Encode(d.Entry()); err != nil {
			t.Fatal(err)
		}
	}
	inventory := filepath.Join(t.TempDir(), "devices.jsonl")
	if err := os.WriteFile(inventory, lines.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	certificate, key, authorities := a.Files(t.TempDir())
	b.tool = []string{"--inventory", inventory, "--certificate", certificate, "--key", key, "--authorities", authorities}
	b.bring = append([]string{"--repository", b.repo, "--list", "sltd", "--retries", "0"}, b.tool...)
	rollouttest.Publish(t, b.repo, "sltd", 1, 5000)
	return b
}

// run runs the program, which must exit with this code.
func (b *fleetBench) run(code int, args ...string) (stdout, stderr string) {
	b.t.Helper()
	var out, errs bytes.Buffer
	if got := execute(b.t.Context(), append([]string{"fleet"}, args...), strings.NewReader(""), &out, &errs); got != code {
		b.t.Fatalf("fleet %v exits with %d, want %d: %s%s", args, got, code, &out, &errs)
	}
	return out.String(), errs.String()
}

func (b *fleetBench) with(args ...string) []string { return append(args, b.bring...) }

func (b *fleetBench) installed() (n int) {
	for _, d := range b.devices {
		n += d.Count().Done
	}
	return n
}

// objects reads JSON Lines, by the field that names each.
func objects(t *testing.T, text string) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(text) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, v)
	}
	return all
}

func TestPushBringsAReleaseAndTellsOfEachDevice(t *testing.T) {
	b := newFleetBench(t, 12)
	out, _ := b.run(0, b.with("push", "--dry-run")...)
	if !strings.Contains(out, "12 of 12 devices") || b.installed() > 0 {
		t.Errorf("a dry run says %s, and %d have the release", out, b.installed())
	}
	b.devices[3].Off()
	b.devices[4].Set(func(f *rollouttest.Faults) { f.Code = "wrong-key" })
	out, _ = b.run(3, b.with("push", "--json")...)
	all := objects(t, out)
	if len(all) != 13 || b.installed() != 10 {
		t.Fatalf("%d objects, %d devices: %s", len(all), b.installed(), out)
	}
	states := map[string]string{}
	for _, v := range all[:12] {
		states[v["device"].(string)] = fmt.Sprint(v["state"], " ", v["reason"], " ", v["from"], " ", v["to"])
	}
	if states["gate-03"] != "pending away 0 0" || states["gate-04"] != "failed wrong-key 0 0" || states["gate-05"] != "healthy <nil> 0 1" {
		t.Errorf("%v", states)
	}
	if s := all[12]; s["phase"] != "finished" || s["bytes"].(float64) < 50_000 {
		t.Errorf("the summary is %v", s)
	}

	b.devices[3].On()
	b.devices[4].Set(func(f *rollouttest.Faults) { f.Code = "" })
	out, _ = b.run(0, b.with("push")...)
	if !strings.Contains(out, "gate-03: healthy, release 0 -> 1") || !strings.Contains(out, "gate-05: skipped: same") || b.installed() != 12 {
		t.Errorf("the second one says %s", out)
	}
}

func TestSelectAndUsageOfFleet(t *testing.T) {
	b := newFleetBench(t, 3)
	b.run(0, b.with("push", "--select", "name=gate-01")...)
	if b.installed() != 1 {
		t.Errorf("%d devices have the release", b.installed())
	}
	b.run(1, b.with("push", "--select", "site=nowhere")...)
	b.run(1, b.with("push", "--select", "colour=red")...)
	b.run(1, append([]string{"push", "--repository", t.TempDir(), "--list", "sltd"}, b.tool...)...)
	b.run(2, "push", "--repository", b.repo, "--list", "sltd")
	b.run(2, b.with("push", "--central", "https://x")...)
	b.run(2, b.with("push", "--limit", "fast")...)
	b.run(2, b.with("rollout", "start", "x", "--waves", "10%")...)
	b.run(2, b.with("rollout", "plan", "--window", "late")...)
	b.run(2, "rollout", "resume")
	b.run(2, "rollout")
	b.run(2)
	b.run(1, "rollout", "resume", t.TempDir())
	b.run(1, "rollout", "show", t.TempDir())
}

func TestStatusTellsTheWorstFirst(t *testing.T) {
	b := newFleetBench(t, 6)
	b.run(0, b.with("push")...)
	b.run(0, append([]string{"status"}, b.tool...)...)
	b.devices[1].Off()
	b.devices[2].Status(func(s *protocol.Status) { s.Lists[0].Checked = time.Now().Add(-50 * time.Hour) })
	b.devices[3].Status(func(s *protocol.Status) { s.Ready, s.Faults = false, []string{"reader-gone"} })
	b.devices[4].Set(func(f *rollouttest.Faults) { f.Skew = -time.Hour })
	out, _ := b.run(3, append([]string{"status"}, b.tool...)...)
	at := -1
	for _, want := range []string{"gate-01", "gate-02", "gate-03", "gate-04", "gate-00"} {
		next := strings.Index(out, want)
		if next <= at {
			t.Errorf("%s comes too early: %s", want, out)
		}
		at = next
	}
	for _, want := range []string{"away", "overdue", "not ready, reader-gone", "clock off by 1h", "sltd 1 (fresh, 50h)", "6 devices, 4 of them"} {
		if !strings.Contains(strings.ReplaceAll(out, "2d", "50h"), want) {
			t.Errorf("it does not say %q: %s", want, out)
		}
	}
	out, _ = b.run(3, append([]string{"status", "--json"}, b.tool...)...)
	if all := objects(t, out); len(all) != 6 || all[1]["lists"].([]any)[0].(map[string]any)["overdue"] != true {
		t.Errorf("%s", out)
	}
}

func TestARolloutGoesByWavesAndIsPausedFromElsewhere(t *testing.T) {
	b := newFleetBench(t, 20)
	dir := filepath.Join(t.TempDir(), "monday")
	out, _ := b.run(0, b.with("rollout", "plan", "--waves", "2,50%,100%")...)
	if strings.Count(out, "\n1 ") != 2 || strings.Count(out, "\n2 ") != 8 || strings.Count(out, "\n3 ") != 10 {
		t.Errorf("the plan is %s", out)
	}
	canaries, done := make(chan struct{}, len(b.devices)), make(chan struct{})
	for _, d := range b.devices {
		go func() {
			if d.Wait(t.Context(), func(c rollouttest.Count) bool { return c.Done == 1 }) {
				canaries <- struct{}{}
			}
		}()
	}
	go func() {
		defer close(done)
		<-canaries
		<-canaries
		if code := execute(t.Context(), []string{"fleet", "rollout", "pause", dir}, nil, io.Discard, io.Discard); code != 0 {
			t.Errorf("pause exits with %d", code)
		}
	}()
	out, _ = b.run(3, b.with("rollout", "start", dir, "--waves", "2,100%", "--wait", "1h", "--json")...)
	<-done
	if all := objects(t, out); b.installed() != 2 || all[len(all)-1]["phase"] != "paused" {
		t.Errorf("%d have it: %s", b.installed(), out)
	}
	if out, _ = b.run(0, "rollout", "show", dir); !strings.Contains(out, "paused; 2 healthy") {
		t.Errorf("it shows %s", out)
	}

	// What is published meanwhile waits for its own campaign.
	rollouttest.Publish(t, b.repo, "sltd", 2, 5000)
	b.run(1, b.with("rollout", "start", dir)...)
	b.run(0, "rollout", "abort", dir)
	b.run(1, "rollout", "resume", dir)
}

func TestARolloutThatHaltsSaysSoAndGoesOnOnlyWhenToldTo(t *testing.T) {
	b := newFleetBench(t, 10)
	dir := filepath.Join(t.TempDir(), "monday")
	for _, d := range b.devices {
		d.Set(func(f *rollouttest.Faults) { f.Code = "no-space" })
	}
	_, errs := b.run(4, b.with("rollout", "start", dir, "--urgent")...)
	if !strings.Contains(errs, "too many devices failed") || !strings.Contains(errs, "--accept-halt") {
		t.Errorf("it says %s", errs)
	}
	b.run(4, "rollout", "resume", dir)
	for _, d := range b.devices {
		d.Set(func(f *rollouttest.Faults) { f.Code = "" })
	}
	rollouttest.Publish(t, b.repo, "sltd", 2, 5000)
	b.run(0, "rollout", "resume", dir, "--accept-halt", "--retry-failed")
	if c := b.devices[0].Count(); b.installed() != 10 || c.Release != 1 {
		t.Errorf("%d have it; %+v", b.installed(), c)
	}
	if out, _ := b.run(0, "rollout", "show", dir, "--json"); len(objects(t, out)) != 11 {
		t.Errorf("it shows %s", out)
	}
}
