package campaign_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/central/rollout"
	"portcullis/central/rollout/campaign"
	"portcullis/central/rollout/inventory"
	"portcullis/central/rollout/push"
	"portcullis/central/rollout/rollouttest"
	"portcullis/protocol"
)

// plan is for tests that take no time.
func plan(release push.Release) rollout.Plan {
	return rollout.Plan{
		ID: "c1", List: "sltd", Release: release.Sequence, Root: release.Root,
		Waves: []rollout.Wave{{Count: 3}, {Percent: 100}}, Urgent: true, Concurrent: 20, Seen: time.Hour, Timeout: time.Minute,
		Retries: 1, FailedPercent: 20, Executed: 5,
	}
}

// A fleet is many devices, a repository, and a campaign for them.
type fleet struct {
	t       testing.TB
	devices []*rollouttest.Device
	dir     string // of the campaign
	setup   campaign.Setup
	pusher  *push.Pusher
	release push.Release
	hook    func(rollout.Transition)
}

func newFleet(t testing.TB, devices, size int) *fleet {
	t.Helper()
	f := &fleet{t: t, dir: filepath.Join(t.TempDir(), "campaign"), hook: func(rollout.Transition) {}}
	a := rollouttest.NewAuthority(t)
	lines := make([]string, devices)
	for i := range devices {
		d := rollouttest.NewDevice(t, a, fmt.Sprintf("gate-%03d", i))
		f.devices = append(f.devices, d)
		line, _ := json.Marshal(d.Entry())
		lines[i] = string(line)
	}
	f.setup.Repository, f.setup.Inventory = t.TempDir(), filepath.Join(t.TempDir(), "devices.jsonl")
	must(t, os.WriteFile(f.setup.Inventory, []byte(strings.Join(lines, "\n")), 0o600))
	f.setup.Certificate, f.setup.Key, f.setup.Authorities = a.Files(t.TempDir())
	rollouttest.Publish(t, f.setup.Repository, "sltd", 1, size)
	folder, err := push.OpenFolder(f.setup.Repository, nil)
	must(t, err)
	f.release, err = folder.Newest(t.Context(), "sltd")
	must(t, err)
	f.setup.Plan = plan(f.release)
	f.pusher = &push.Pusher{Identity: a.Tool(), Repository: folder, Patience: time.Minute}
	return f
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (f *fleet) create() {
	f.t.Helper()
	timestamp, err := os.ReadFile(filepath.Join(f.setup.Repository, push.TimestampFile))
	must(f.t, err)
	must(f.t, campaign.Create(f.dir, f.setup, timestamp))
}

// runner is what a program does with a campaign's folder.
func runner(dir string, pusher *push.Pusher, resume rollout.Event) (*campaign.Folder, *campaign.Runner, error) {
	c, err := campaign.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	return c, &campaign.Runner{
		Campaign: c.Campaign, Release: push.Release{Sequence: c.Setup.Plan.Release, Root: c.Setup.Plan.Root}, Carrier: pusher,
		Inventory: func(context.Context) ([]inventory.Device, error) { return inventory.Read(c.Setup.Inventory) },
		Keep:      c.Keep, Order: c.Order, Resume: resume, Told: func(rollout.Transition) {}, Warn: func(error) {},
	}, nil
}

func (f *fleet) run(resume rollout.Event) *rollout.Campaign {
	f.t.Helper()
	resume.Kind = rollout.Resume
	c, r, err := runner(f.dir, f.pusher, resume)
	must(f.t, err)
	defer c.Close()
	r.Told = f.hook
	must(f.t, r.Run(f.t.Context()))
	return c.Campaign
}

// installed returns how many devices have the release, and fails if one was
// made to have it twice.
func (f *fleet) installed() (n int) {
	f.t.Helper()
	for _, d := range f.devices {
		c := d.Count()
		if c.Done > 1 {
			f.t.Errorf("%s was done %d times", d.Name, c.Done)
		}
		n += c.Done
	}
	return n
}

func TestTwoHundredDevicesGetTheRelease(t *testing.T) {
	f := newFleet(t, 200, 100_000)
	f.setup.Plan.Concurrent = 200
	f.create()
	c := f.run(rollout.Event{})
	if n := c.Count(); c.Phase != rollout.Finished || n[rollout.Healthy] != 200 || f.installed() != 200 {
		t.Errorf("%s, %v, %d have it", c.Phase, n, f.installed())
	}
	if _, again, err := campaign.Read(f.dir); err != nil || again.Count()[rollout.Healthy] != 200 {
		t.Errorf("the folder tells otherwise: %v", err)
	}
}

func TestFaultsOfSomeDevicesAreTheirsAlone(t *testing.T) {
	f := newFleet(t, 30, 50_000)
	f.devices[0].Set(func(x *rollouttest.Faults) { x.Code = "wrong-key" })
	f.devices[1].Set(func(x *rollouttest.Faults) { x.CutAfter = 20_000 })
	f.devices[2].Set(func(x *rollouttest.Faults) { x.Code, x.Fails = "apply-failed", 1 })
	f.devices[3].Off()
	f.devices[4].Status(func(s *protocol.Status) { s.Lists[0].Release = 9 })
	f.devices[5].Set(func(x *rollouttest.Faults) { x.Restarts = true })
	f.setup.Plan.Waves, f.setup.Plan.FailedPercent = []rollout.Wave{{Percent: 100}}, 50
	f.create()
	c := f.run(rollout.Event{})
	want := map[string]string{"gate-000": "failed wrong-key", "gate-001": "healthy ", "gate-002": "healthy ", "gate-003": "pending away", "gate-004": "skipped newer", "gate-005": "healthy "}
	for name, is := range want {
		if d := c.Devices[name]; fmt.Sprint(d.State, " ", d.Reason) != is {
			t.Errorf("%s is %s %q, want %s", name, d.State, d.Reason, is)
		}
	}
	if n := f.installed(); n != 27 {
		t.Errorf("%d have it", n)
	}

	f.devices[3].On()
	f.devices[0].Set(func(x *rollouttest.Faults) { x.Code = "" })
	if c = f.run(rollout.Event{RetryFailed: true}); c.Count()[rollout.Healthy] != 29 || f.installed() != 29 {
		t.Errorf("after that: %v", c.Count())
	}
}

func TestACanaryThatFailsKeepsTheOthersFromTheRelease(t *testing.T) {
	f := newFleet(t, 40, 1000)
	for _, d := range f.devices {
		d.Set(func(x *rollouttest.Faults) { x.Unready = true })
	}
	f.create()
	c := f.run(rollout.Event{})
	if c.Phase != rollout.Halted || c.Reason != rollout.ReasonFailures || f.installed() != 3 {
		t.Errorf("%s %s, and %d have it", c.Phase, c.Reason, f.installed())
	}
}

func TestAHitRateOfRealStatusesHaltsTheCampaign(t *testing.T) {
	f := newFleet(t, 30, 1000)
	f.setup.Plan.Anomaly, f.setup.Plan.Watch = rollout.Anomaly{Factor: 3, Checks: 1000}, time.Millisecond
	f.setup.Plan.Urgent, f.setup.Plan.Wait = false, time.Hour
	f.create()
	byName := map[string]*rollouttest.Device{}
	for _, d := range f.devices {
		byName[d.Name] = d
		d.Status(func(s *protocol.Status) { // it holds a list, whose rate there is to compare with
			s.Lists[0].Release, s.Lists[0].Root, s.Lists[0].State = 1, f.release.Root, "stale"
			s.Checked, s.Hits = 10_000, 10
		})
	}
	f.hook = func(j rollout.Transition) {
		if j.Is != nil && j.Is.State == rollout.Healthy && j.Is.After.Checked == 0 {
			byName[j.Device].Status(func(s *protocol.Status) { s.Checked, s.Hits = s.Checked+5000, s.Hits+600 })
		}
	}
	c := f.run(rollout.Event{})
	if c.Phase != rollout.Halted || c.Reason != rollout.ReasonHitsHigh || f.installed() != 3 {
		t.Errorf("%s %s, and %d have it", c.Phase, c.Reason, f.installed())
	}
}

func TestOnlyOneProgramWorksOnACampaign(t *testing.T) {
	f := newFleet(t, 1, 1000)
	f.create()
	c, err := campaign.Open(f.dir)
	must(t, err)
	if _, err := campaign.Open(f.dir); !errors.Is(err, campaign.ErrBusy) {
		t.Errorf("a second one opens it: %v", err)
	}
	must(t, c.Close())
	if err := campaign.Create(f.dir, f.setup, nil); err == nil {
		t.Error("it is made twice")
	}
	if _, err := campaign.Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no campaign") {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestAnOrderFromAnotherProgramPausesOrAborts(t *testing.T) {
	for _, kind := range []rollout.Kind{rollout.Pause, rollout.Abort} {
		f := newFleet(t, 30, 1000)
		f.setup.Plan.Concurrent, f.setup.Plan.Waves = 2, []rollout.Wave{{Percent: 100}}
		f.create()
		for _, d := range f.devices {
			d.Set(func(x *rollouttest.Faults) { x.Hangs = true })
		}
		c, r, err := runner(f.dir, f.pusher, rollout.Event{Kind: rollout.Resume})
		must(t, err)
		r.Told = func(j rollout.Transition) { // of the first that installs
			if j.Is != nil && j.Is.State == rollout.Installing {
				must(t, campaign.Order(f.dir, kind))
			}
			if j.Course != nil && j.Course.Phase != rollout.Running {
				for _, d := range f.devices {
					d.Set(func(x *rollouttest.Faults) { x.Hangs = false })
				}
			}
		}
		must(t, r.Run(t.Context()))
		must(t, c.Close())
		_, after, err := campaign.Read(f.dir)
		must(t, err)
		want := map[rollout.Kind]rollout.Phase{rollout.Pause: rollout.Paused, rollout.Abort: rollout.Aborted}[kind]
		if after.Phase != want || f.installed() > 2 {
			t.Errorf("%s: %s with %v", kind, after.Phase, after.Count())
		}
		if kind == rollout.Pause {
			if c := f.run(rollout.Event{}); c.Phase != rollout.Finished || f.installed() != 30 {
				t.Errorf("resumed: %s with %v", c.Phase, c.Count())
			}
		}
	}
}

func TestAnOrderToACampaignThatNobodyWorksOnIsKept(t *testing.T) {
	f := newFleet(t, 1, 1000)
	f.create()
	must(t, campaign.Order(f.dir, rollout.Abort))
	if _, c, err := campaign.Read(f.dir); err != nil || c.Phase != rollout.Aborted {
		t.Errorf("%v, %v", c, err)
	}
	if c := f.run(rollout.Event{AcceptHalt: true}); c.Phase != rollout.Aborted || f.installed() > 0 {
		t.Errorf("it goes on: %s", c.Phase)
	}
}

func TestATornLastLineIsDroppedAndADamagedOneIsTold(t *testing.T) {
	f := newFleet(t, 5, 1000)
	f.create()
	f.run(rollout.Event{})
	path := filepath.Join(f.dir, "journal.jsonl")
	whole, err := os.ReadFile(path)
	must(t, err)
	for cut := len(whole) - 1; cut > 0; cut -= 97 {
		must(t, os.WriteFile(path, whole[:cut], 0o600))
		c, err := campaign.Open(f.dir)
		must(t, err)
		must(t, c.Keep([]rollout.Transition{{At: time.Now(), Course: &rollout.Course{Phase: rollout.Paused}}}))
		must(t, c.Close())
		if _, again, err := campaign.Read(f.dir); err != nil || again.Phase != rollout.Paused {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
	must(t, os.WriteFile(path, append([]byte("{\"at\":7}\n"), whole...), 0o600))
	if _, err := campaign.Open(f.dir); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a damaged journal: %v", err)
	}
}

// idler is a carrier whose devices take their time, so that waits can be seen
// without waiting.
type idler struct{ took time.Duration }

func (i idler) Ask(context.Context, inventory.Device) (protocol.Status, error) {
	return protocol.Status{}, errors.New("it is not asked")
}

func (i idler) Bring(ctx context.Context, _ inventory.Device, w push.Work, _ func(push.News)) (push.Outcome, error) {
	select {
	case <-ctx.Done():
		return push.Outcome{}, ctx.Err()
	case <-time.After(i.took):
	}
	return push.Outcome{After: protocol.Status{Ready: true, Lists: []protocol.Held{{Name: w.List, Release: w.Release.Sequence, State: "fresh"}}}}, nil
}

func TestWavesWaitForOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := plan(push.Release{Sequence: 4})
		p.Urgent, p.Wait, p.Waves = false, 15*time.Minute, []rollout.Wave{{Percent: 1}, {Percent: 10}, {Percent: 100}}
		var all []inventory.Device
		for i := range 100 {
			all = append(all, inventory.Device{Name: fmt.Sprintf("gate-%d", i)})
		}
		r := &campaign.Runner{
			Campaign: rollout.New(p), Release: push.Release{Sequence: 4}, Carrier: idler{took: 10 * time.Second},
			Inventory: func(context.Context) ([]inventory.Device, error) { return all, nil },
			Told:      func(rollout.Transition) {}, Warn: func(err error) { t.Error(err) },
		}
		began := time.Now()
		must(t, r.Run(t.Context()))
		// 1, 9 and 90 devices, 20 at once, and two waits.
		if took := time.Since(began); took < 30*time.Minute+70*time.Second || took > 31*time.Minute+15*time.Second {
			t.Errorf("it took %v", took)
		}
		if n := r.Campaign.Count(); n[rollout.Healthy] != 100 {
			t.Errorf("%v", n)
		}
	})
}

func TestAnInterruptEndsAllThatGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		r := &campaign.Runner{
			Campaign: rollout.New(plan(push.Release{Sequence: 4})), Carrier: idler{took: time.Hour},
			Inventory: func(context.Context) ([]inventory.Device, error) { return []inventory.Device{{Name: "a"}}, nil },
			Told:      func(rollout.Transition) {}, Warn: func(error) {},
		}
		if err := r.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}
