package campaign_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"portcullis/central/rollout"
	"portcullis/central/rollout/campaign"
	"portcullis/central/rollout/push"
)

// childDir names the campaign that this test binary, started again, works on
// until it is killed.
const childDir = "CAMPAIGN_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := work(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// work resumes a campaign, and says each transition on its standard output.
func work(dir string) error {
	setup, _, err := campaign.Read(dir)
	if err != nil {
		return err
	}
	id, err := push.ReadIdentity(setup.Certificate, setup.Key, setup.Authorities)
	if err != nil {
		return err
	}
	folder, err := push.OpenFolder(setup.Repository, nil)
	if err != nil {
		return err
	}
	c, r, err := runner(dir, &push.Pusher{Identity: id, Repository: folder, Part: 16 << 10}, rollout.Event{Kind: rollout.Resume})
	if err != nil {
		return err
	}
	defer c.Close()
	r.Told = func(t rollout.Transition) { fmt.Println(t.Device) }
	return r.Run(context.Background())
}

// TestAToolThatIsKilledGoesOnAndDoesNoDeviceTwice kills the program that works
// on a campaign again and again, without a warning.
func TestAToolThatIsKilledGoesOnAndDoesNoDeviceTwice(t *testing.T) {
	f := newFleet(t, 60, 100_000)
	f.setup.Plan.Concurrent = 8
	f.create()
	kills := 0
	for round := 0; ; round++ {
		if round > 100 {
			t.Fatal("it comes to no end")
		}
		if ended := killAfter(t, f.dir, 7+round*11%40); ended {
			break
		}
		kills++
	}
	_, c, err := campaign.Read(f.dir)
	must(t, err)
	if n := c.Count(); c.Phase != rollout.Finished || n[rollout.Healthy] != 60 || f.installed() != 60 {
		t.Errorf("%s %v, and %d have it", c.Phase, n, f.installed())
	}
	received := int64(0)
	for _, d := range f.devices {
		c := d.Count()
		received += c.Received
		if c.Begun > 1 {
			t.Errorf("%s began %d installs", d.Name, c.Begun)
		}
	}
	if kills < 4 {
		t.Errorf("it was killed only %d times", kills)
	}
	t.Logf("killed %d times; %d bytes were sent, of %d", kills, received, 60*100_000)
}

// killAfter starts the child and kills it when it has said that many lines. It
// reports whether the child came to its end before.
func killAfter(t *testing.T, dir string, lines int) (ended bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	said := bufio.NewScanner(stdout)
	for range lines {
		if !said.Scan() {
			break
		}
	}
	if ended = !said.Scan(); !ended {
		cmd.Process.Kill()
	}
	if err := cmd.Wait(); stderr.Len() > 0 || ended && err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	return ended
}

// BenchmarkThousandDevices brings a release of a delta's size to a thousand
// devices, which run in this process as well.
func BenchmarkThousandDevices(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		f := newFleet(b, 1000, 10_000)
		f.setup.Plan.Concurrent = 50
		f.create()
		before := cpu()
		b.StartTimer()
		c := f.run(rollout.Event{})
		b.StopTimer()
		var sent int64
		for _, d := range f.devices {
			sent += d.Count().Received
		}
		if n := c.Count()[rollout.Healthy]; n != 1000 {
			b.Errorf("%d have it", n)
		}
		b.ReportMetric((cpu()-before).Seconds()/1000*1e3, "cpu-ms/device")
		b.ReportMetric(float64(sent)/1000, "bytes/device")
		if info, err := os.Stat(f.dir + "/journal.jsonl"); err == nil {
			b.ReportMetric(float64(info.Size())/1000, "journal-bytes/device")
		}
		for _, d := range f.devices {
			d.Off()
		}
		b.StartTimer()
	}
}

// cpu returns the time that this process has computed.
func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
