package roles_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"portcullis/central/keys"
	"portcullis/central/roles"
)

var errPower = errors.New("the power is gone")

// A failing folder has its power cut before or after a write; a number of
// neither counts all writes.
type failing struct {
	roles.Dir
	left int
}

func (f *failing) cut(write func() error) error {
	if f.left--; f.left == -1 {
		return errPower // before it
	}
	if f.left < -1 {
		return errPower
	}
	if err := write(); err != nil {
		return err
	}
	if f.left--; f.left <= -1 {
		return errPower // after it
	}
	return nil
}

func (f *failing) Create(name string, data []byte) error {
	return f.cut(func() error { return f.Dir.Create(name, data) })
}

func (f *failing) Replace(name string, data []byte) error {
	return f.cut(func() error { return f.Dir.Replace(name, data) })
}

// A change of a repository, for which the power is cut at each step.
type trial struct {
	name string
	// begin returns what makes the change, and what a device must say afterwards.
	begin func(t *testing.T, p *publisher) (change func(*roles.Repository) error, says string)
}

var trials = []trial{
	{"update", func(t *testing.T, p *publisher) (func(*roles.Repository) error, string) {
		ring := p.online(t)
		return func(r *roles.Repository) error { return r.Update(after(time.Hour), ring, says1("two")) }, "two"
	}},
	{"refresh of all", func(t *testing.T, p *publisher) (func(*roles.Repository) error, string) {
		ring := p.online(t)
		return func(r *roles.Repository) error { return r.Refresh(after(40*day), ring) }, "one"
	}},
	{"rotation of list", func(t *testing.T, p *publisher) (func(*roles.Repository) error, string) {
		change, _ := p.replace(t, roles.List)
		d := p.sign(t, p.ring(t, roles.Targets), p.rotate(t, after(time.Hour), change))
		ring := p.online(t)
		return func(r *roles.Repository) error { return r.Publish(after(time.Hour), ring, d...) }, "one"
	}},
	{"rotation of the online keys", rotateOnline(true)},
	{"rotation of online keys that are lost", rotateOnline(false)},
	{"rotation of targets whose keys are lost", func(t *testing.T, p *publisher) (func(*roles.Repository) error, string) {
		first, _ := p.replace(t, roles.Targets)
		second, _ := p.replace(t, roles.Targets)
		first.Add, first.Revoke = append(first.Add, second.Add...), append(first.Revoke, second.Revoke...)
		root := p.rotate(t, after(time.Hour), first)
		targets, err := p.Propose(after(time.Hour), roles.Change{Role: roles.Targets})
		if err != nil {
			t.Fatal(err)
		}
		d := p.sign(t, ringOf(t, append(p.at[roles.Root], p.at[roles.Targets][1:]...)...), root, targets)
		ring := p.online(t)
		return func(r *roles.Repository) error { return r.Publish(after(time.Hour), ring, d...) }, "one"
	}},
}

func rotateOnline(held bool) func(*testing.T, *publisher) (func(*roles.Repository) error, string) {
	return func(t *testing.T, p *publisher) (func(*roles.Repository) error, string) {
		places := slices.Concat(p.at[roles.Snapshot], p.at[roles.Timestamp])
		snapshot, _ := p.replace(t, roles.Snapshot)
		timestamp, _ := p.replace(t, roles.Timestamp)
		d := p.sign(t, p.ring(t, roles.Root), p.rotate(t, after(time.Hour), snapshot, timestamp))
		ring := p.online(t)
		if held {
			ring = ringOf(t, slices.Concat(places, p.at[roles.Snapshot], p.at[roles.Timestamp])...)
		}
		return func(r *roles.Repository) error { return r.Publish(after(time.Hour), ring, d...) }, "one"
	}
}

// TestPowerLossAtEveryStepLeavesWhatDevicesAccept cuts each change short before
// and after each file that it writes. A device that follows at that moment finds
// the state before or after, and what comes next never says something else under
// a name that was used.
func TestPowerLossAtEveryStepLeavesWhatDevicesAccept(t *testing.T) {
	for _, trial := range trials {
		t.Run(trial.name, func(t *testing.T) {
			cut := 0
			for done := false; !done; cut++ {
				done = tryCut(t, trial, cut)
			}
			if cut < 5 {
				t.Errorf("only %d cuts", cut)
			}
		})
	}
}

func tryCut(t *testing.T, trial trial, cut int) (done bool) {
	t.Helper()
	p := newPublisher(t)
	p.update(t, after(1), "one")
	d := newDevice(t, p.dir)
	d.mustSay(t, p.dir, after(1), "one")
	change, want := trial.begin(t, p)

	r, err := roles.Open(&failing{Dir: roles.Dir(p.dir), left: cut}, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = change(r)
	if err != nil && !errors.Is(err, errPower) {
		t.Fatalf("cut %d: %v", cut, err)
	}
	used := folder(t, p.dir)
	during := d.follow(p.dir, after(time.Hour))
	if lost := strings.Contains(trial.name, "lost"); during != nil && !lost {
		t.Fatalf("cut %d: a device meanwhile: %v", cut, during)
	}
	// Whoever comes next completes it, or does it again. A root that is there cannot
	// be published again: a refresh completes it.
	if again := change(p.Repository); again != nil {
		if !errors.Is(again, roles.ErrOutdated) {
			t.Fatalf("cut %d: again: %v", cut, again)
		}
		if err := p.Refresh(after(time.Hour), p.online(t)); err != nil {
			t.Fatalf("cut %d: refresh: %v", cut, err)
		}
	}
	d.mustSay(t, p.dir, after(time.Hour), want)
	newDevice(t, p.dir).mustSay(t, p.dir, after(time.Hour), want)
	for name, data := range folder(t, p.dir) {
		if before, ok := used[name]; ok && before != data && name != "timestamp.json" {
			t.Errorf("cut %d: %s says something else", cut, name)
		}
	}
	return err == nil
}

// folder is what all files hold, by name.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(data)
	}
	return files
}

const (
	childDir  = "PORTCULLIS_ROLES_DIR"
	childKeys = "PORTCULLIS_ROLES_KEYS"
)

// said tells on standard output of each write.
type said struct{ roles.Dir }

func (s said) Create(name string, data []byte) error {
	fmt.Println("begin", name)
	return s.Dir.Create(name, data)
}

func (s said) Replace(name string, data []byte) error {
	fmt.Println("begin", name)
	defer fmt.Println("done", name)
	return s.Dir.Replace(name, data)
}

func updateForEver(dir string, places []string) {
	ring, err := keys.Open(nil, places...)
	var r *roles.Repository
	if err == nil {
		r, err = roles.Open(said{roles.Dir(dir)}, nil)
	}
	for i := 0; err == nil; i++ {
		err = r.Update(after(time.Hour), ring, says1(fmt.Sprint(os.Getpid(), i)))
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// TestKillAtAnyMomentLeavesWhatDevicesAccept kills a process that updates, again
// and again, while a device follows.
func TestKillAtAnyMomentLeavesWhatDevicesAccept(t *testing.T) {
	p := newPublisher(t)
	d := newDevice(t, p.dir)
	for round := range 15 {
		kill(t, p, 1+round*7%31)
		if err := d.follow(p.dir, after(time.Hour)); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	if v := d.is.Snapshot.Signed.Version; v < 20 {
		t.Errorf("only %d snapshots were made", v)
	}
}

func kill(t *testing.T, p *publisher, lines int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+p.dir, childKeys+"="+strings.Join(slices.Concat(p.at[roles.List], p.at[roles.Snapshot], p.at[roles.Timestamp]), ":"))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	heard := bufio.NewScanner(stdout)
	for range lines {
		heard.Scan()
	}
	cmd.Process.Kill()
	if err := cmd.Wait(); stderr.Len() > 0 {
		t.Fatalf("%v: %s", err, &stderr)
	}
}

func TestPowerLossWhileARepositoryBeginsIsMadeGoodByItsDrafts(t *testing.T) {
	p := newPublisher(t)
	all := p.ring(t, roles.Root, roles.Targets, roles.List, roles.Snapshot, roles.Timestamp)
	for cut := 0; ; cut++ {
		dir := roles.Dir(filepath.Join(t.TempDir(), "repo"))
		r, drafts, err := roles.Begin(&failing{Dir: dir, left: cut}, p.plan, noon)
		if err == nil {
			drafts, err = r.Sign(all, drafts...)
		}
		if err != nil {
			t.Fatal(err)
		}
		err = r.Publish(noon, all, drafts...)
		if err == nil {
			return
		}
		_, there := os.Stat(filepath.Join(string(dir), "timestamp.json"))
		if again := roles.Await(dir).Publish(after(time.Hour), all, drafts...); again != nil && there != nil {
			t.Fatalf("cut %d: %v", cut, again)
		}
		newDevice(t, string(dir)).mustSay(t, string(dir), after(time.Hour), "")
	}
}
