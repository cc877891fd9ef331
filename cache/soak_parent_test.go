package cache_test

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"portcullis/cache"
)

// soakPlans are what a child does until it is killed in the last step, and how
// often each is chosen.
var soakPlans = []struct {
	plan  string
	often int
}{
	{"open resume delta", 7}, {"open resume delta delta", 5}, {"open resume load", 8}, {"open resume load delta", 2},
	{"open resume delta reclaim", 8}, {"open resume delta delta reclaim", 4}, {"open resume load reclaim", 2},
	{"open", 1}, {"open resume", 1}, {"open resume verify", 1}, {"open resume scrub", 1}, {"open resume delta close", 1},
	{"damage open resume repair", 3}, {"open resume delta idle", 2},
}

// A soak is the parent: what it knows of the store, and what it has counted.
type soak struct {
	t            *testing.T
	dir          string
	m            *model
	rnd          *rand.Rand
	usual        map[string]time.Duration // that a step takes
	acknowledged uint64
	phases       map[string]int // kills in each
	more         int            // kills of a child that only recovered from the kill before
	damaged      int            // rounds in which shards were bad
	use, most    int64          // bytes on the disk
	files        int
	torn         struct{ count, refused, partial, whole int }
}

func newSoak(t *testing.T) *soak { return newSoakIn(t, storeFolder(t)) }

func newSoakIn(t *testing.T, dir string) *soak {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := &soak{t: t, dir: dir, m: newModel(t), rnd: rand.New(rand.NewPCG(seed, 0)), usual: map[string]time.Duration{}, phases: map[string]int{}}
	if err := openStore(t, s.dir).Close(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *soak) plan() string {
	total := 0
	for _, p := range soakPlans {
		total += p.often
	}
	left := s.rnd.IntN(total)
	for _, p := range soakPlans {
		if left -= p.often; left < 0 {
			return p.plan
		}
	}
	panic("unreachable")
}

// round kills a child, at times another one that recovers from that, and looks
// at the store.
func (s *soak) round() {
	plan := s.plan()
	k, resumed := s.kill(plan), false
	for s.rnd.IntN(4) == 0 {
		s.kill([]string{"open", "open resume", "open resume close"}[s.rnd.IntN(3)])
		s.more++
		resumed = true
	}
	if s.rnd.IntN(4) == 0 {
		s.tear()
	}
	s.check(k, resumed, strings.HasPrefix(plan, "damage"))
}

// A kill is what a child was at when it was killed.
type kill struct {
	step    string
	release uint64 // that it was applying; 0 for none
}

// kill runs a child and kills it some way into the last step of its plan, or
// soon after.
func (s *soak) kill(plan string) (k kill) {
	plan, idle := strings.CutSuffix(plan, " idle")
	plan, reclaim := strings.CutSuffix(plan, " reclaim")
	last := strconv.Itoa(strings.Count(plan, " "))
	child, lines := s.start(plan)
	var began, live time.Time
	aim := false // at what follows when the release is live
	for lines.Scan() {
		said := strings.Fields(lines.Text())
		switch said[0] {
		case "begin":
			k, began, live = kill{step: said[1]}, time.Now(), time.Time{}
			atLast := said[2] == last
			if k.step == "delta" || k.step == "load" {
				k.release = s.acknowledged + 1
			}
			aim = atLast && reclaim
			if atLast && !idle && !reclaim {
				s.shoot(child, s.took(k.step, 0))
			}
		case "live":
			if live = time.Now(); aim {
				s.shoot(child, s.took("reclaim", 0))
			}
		case "applied":
			if !live.IsZero() {
				s.took("reclaim", time.Since(live))
			}
			s.acknowledged, _ = strconv.ParseUint(said[1], 10, 64)
			k.release = 0
		case "end":
			s.took(said[1], time.Since(began))
			k.step = "idle"
		case "idle":
			if idle || aim {
				s.shoot(child, 5*time.Millisecond)
			}
		}
	}
	if k.step != "idle" {
		s.took(k.step, max(s.usual[k.step], time.Since(began)))
	}
	mustBeKilled(s.t, child)
	return k
}

// took notes how long a step took, and returns how long it usually does.
func (s *soak) took(step string, d time.Duration) time.Duration {
	if s.usual[step] == 0 {
		s.usual[step] = 20 * time.Millisecond
	}
	if d > 0 {
		s.usual[step] = (3*s.usual[step] + d) / 4
	}
	return s.usual[step]
}

// shoot kills a child at any moment within that time.
func (s *soak) shoot(child *exec.Cmd, within time.Duration) {
	time.AfterFunc(time.Duration(s.rnd.Int64N(int64(within))), func() { child.Process.Kill() })
}

// start starts a child, which lives until it is killed.
func (s *soak) start(plan string) (*exec.Cmd, *bufio.Scanner) {
	s.t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestSoakChild$")
	child.Env = append(os.Environ(), soakFolder+"="+s.dir, soakPlan+"="+plan)
	child.Stderr = os.Stderr
	if _, err := child.StdinPipe(); err != nil {
		s.t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return child, bufio.NewScanner(out)
}

func mustBeKilled(t *testing.T, child *exec.Cmd) {
	t.Helper()
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended by itself: %v", err)
	}
}

// check opens the store after a kill and looks at all of it.
func (s *soak) check(k kill, resumed, damaged bool) {
	t := s.t
	t.Helper()
	store, err := cache.Open(s.dir, options())
	if err != nil {
		t.Fatal(err)
	}
	held := s.mustBeNoOther(store)
	if k.release > 0 && held == k.release && !resumed {
		k.step = "reclaim"
	}
	s.phases[k.step]++
	if damaged && held > 0 {
		s.m.mustAnswer(t, store, false)
		if r := repairFromModel(t, store, s.m); len(r.Left) > 0 {
			t.Fatalf("a repair leaves %d shards bad", len(r.Left))
		}
		s.damaged++
	}
	s.m.mustBeWhole(t, store)
	if err := store.Resume(context.Background()); err != nil {
		t.Fatal(err)
	}
	if now := s.mustBeNoOther(store); now != held {
		s.m.mustBeWhole(t, store)
		held = now
	}
	s.acknowledged = held
	if left, err := store.Leftovers("sltd"); err != nil || len(left) > 0 {
		t.Fatalf("killed in %s: this is left: %v, %v", k.step, left, err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	s.measure()
}

// mustBeNoOther returns the release that is held: the last that was
// acknowledged, or the next.
func (s *soak) mustBeNoOther(store *cache.Store) uint64 {
	s.t.Helper()
	held := store.Position("sltd").Sequence
	if held != s.acknowledged && held != s.acknowledged+1 {
		s.t.Fatalf("release %d was acknowledged, and release %d is held", s.acknowledged, held)
	}
	return held
}

// measure looks at what the store takes on the disk.
func (s *soak) measure() {
	s.use, s.files = 0, 0
	folders := 0
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if d.IsDir() {
			folders++
		} else if err == nil {
			s.files++
			s.use += info.Sys().(*syscall.Stat_t).Blocks * 512
		}
		return err
	})
	s.most = max(s.most, s.use)
	if err != nil || folders > 3 || s.use > maxStoreUse {
		s.t.Fatalf("the store takes %d kB in %d files, with %d folders; want at most %d kB, and 3 folders: its own, the book and one generation (%v)",
			s.use>>10, s.files, folders, maxStoreUse>>10, err)
	}
}
