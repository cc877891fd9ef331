package publish_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/central/publish"
)

var errPower = errors.New("the power is gone")

// TestPowerLossAtEveryStepLeavesAWholeRelease cuts a publication short before
// and after each file that it writes. What the folder then offers is whole, and
// what comes after never says something else under a number that was used.
func TestPowerLossAtEveryStepLeavesAWholeRelease(t *testing.T) {
	first, second, third := feedtest.Records(1, 1500), feedtest.Records(1, 1480), feedtest.Records(1, 1460)
	const steps = 4 // snapshot, delta, the release's envelope, the latest envelope
	for cut := range 2*steps + 1 {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			dir := t.TempDir()
			p := publisher(t, dir)
			release(t, p, now, first)
			var device feedtest.Store
			follow(t, dir, &device, feed.Snapshot)

			p.PutWith(losePower(cut))
			_, err := p.Publish(now0(1), second)
			if (err == nil) != (cut == 2*steps) || err != nil && !errors.Is(err, errPower) {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			live := cut >= 2*steps-1 // only when latest.json is written
			if v := read(t, dir, device.Position("sltd")); (v.Manifest().Sequence == 2) != live {
				t.Fatalf("release %d is the latest", v.Manifest().Sequence)
			}
			if live {
				follow(t, dir, &device, feed.Delta)
				mustHold(t, &device, 2, second)
			}

			r := release(t, publisher(t, dir), now0(2), third)
			follow(t, dir, &device, feed.Snapshot)
			mustHold(t, &device, r.Manifest.Sequence, third)
			used := uint64(2)
			if cut >= 2*steps-3 { // the envelope of release 2 was written
				used = 3
			}
			if r.Manifest.Sequence != used || r.NoDelta != "" {
				t.Errorf("release %d follows, want %d; %q", r.Manifest.Sequence, used, r.NoDelta)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "sltd", ".new-*")); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}

// losePower makes writing fail from some moment on: before the first file,
// after it, before the second, and so on.
func losePower(cut int) func(putFunc) putFunc {
	return func(put putFunc) putFunc {
		step := 0
		return func(dir, name string, data []byte) error {
			defer func() { step += 2 }()
			if step >= cut {
				// What a crash in the middle of a file leaves.
				return errors.Join(os.WriteFile(filepath.Join(dir, ".new-"+name), data[:len(data)/2], 0o600), errPower)
			}
			if err := put(dir, name, data); err != nil {
				return err
			}
			if step+1 >= cut {
				return errPower
			}
			return nil
		}
	}
}

func TestAFolderThatLostItsLatestGoesOnWhereItWas(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		release(t, publisher(t, dir), now0(i), feedtest.Records(1, 1000+i))
	}
	if err := os.Remove(filepath.Join(dir, "sltd", "latest.json")); err != nil {
		t.Fatal(err)
	}
	if r := release(t, publisher(t, dir), now0(3), nil); r.Manifest.Sequence != 4 {
		t.Errorf("release %d follows three", r.Manifest.Sequence)
	}
	if err := os.WriteFile(filepath.Join(dir, "sltd", "9.release.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := publisher(t, dir).Publish(now0(4), nil); !errors.Is(err, publish.ErrForeign) {
		t.Errorf("an envelope that is damaged: %v, want %v", err, publish.ErrForeign)
	}
}

// childDir names the folder in which this test binary, started again,
// publishes until it is killed.
const childDir = "PUBLISH_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		publishForEver(dir)
	}
	os.Exit(m.Run())
}

// publishForEver says on its standard output when a file is begun and when it
// is written.
func publishForEver(dir string) {
	p, err := publish.New(dir, "sltd", feedtest.Key(1), keyID)
	p.PutWith(func(put putFunc) putFunc {
		return func(dir, name string, data []byte) error {
			fmt.Println("begin", name)
			defer fmt.Println("done", name)
			return put(dir, name, data)
		}
	})
	for i := 0; err == nil; i++ {
		_, err = p.Publish(time.Now(), feedtest.Records(uint64(i/5), 800+i%5))
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// TestKillAtAnyMomentLeavesAWholeRelease kills a process that publishes, again
// and again, while a device follows.
func TestKillAtAnyMomentLeavesAWholeRelease(t *testing.T) {
	dir := t.TempDir()
	var device feedtest.Store
	for round := range 15 {
		killAfter(t, dir, 3+round*7%31)
		if _, err := os.Stat(filepath.Join(dir, "sltd", "latest.json")); err != nil {
			continue // killed before the first release
		}
		if v := read(t, dir, device.Position("sltd")); v.Manifest().Position() != device.Position("sltd") {
			follow(t, dir, &device, feed.Snapshot)
		}
	}
	highest := device.Position("sltd").Sequence
	if highest < 10 {
		t.Fatalf("only %d releases were made", highest)
	}
	for sequence := uint64(1); sequence <= highest; sequence++ { // none was left out
		if _, err := os.Stat(filepath.Join(dir, "sltd", strconv.FormatUint(sequence, 10)+".release.json")); err != nil {
			t.Error(err)
		}
	}
}

// killAfter starts the child and kills it when it has said that many lines.
func killAfter(t *testing.T, dir string, lines int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(stdout)
	for range lines {
		said.Scan()
	}
	cmd.Process.Kill()
	if err := cmd.Wait(); stderr.Len() > 0 {
		t.Fatalf("%v: %s", err, &stderr)
	}
}
