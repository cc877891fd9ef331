package firmware_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/drivers"
	"portcullis/firmware"
	"portcullis/firmware/console"
	"portcullis/firmware/health"
)

var update = flag.Bool("update", false, "rewrite what is told in testdata")

// TestWatchdogStories plays every story of testdata/watchdog: see the README
// there.
func TestWatchdogStories(t *testing.T) {
	files, err := filepath.Glob("testdata/watchdog/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := playWatchdog(t, string(text))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(string(text), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A kennel is an appliance whose loops a story stops, with two watchdogs and
// whoever is told. All but these is real.
type kennel struct {
	t     *testing.T
	dir   string
	still map[string]*atomic.Bool
	fails atomic.Pointer[string] // what the storage says
	froze atomic.Pointer[time.Time]
	taken atomic.Pointer[chan struct{}] // closed once the log is taken again
	dogs  []*storyDog
	page  *console.Server
	end   func()
	shown string // on the page, last

	mu    sync.Mutex // guards what follows
	begun time.Time
	out   strings.Builder
}

func (k *kennel) say(format string, args ...any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	fmt.Fprintf(&k.out, "\t%v %s\n", time.Since(k.begun).Round(time.Second), fmt.Sprintf(format, args...))
}

func (k *kennel) said() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	defer k.out.Reset()
	return k.out.String()
}

// storyParts are the parts whose loops a story stops; the clock has none.
var storyParts = []string{health.Lane, health.Reader, health.Gate, health.Storage}

// A storyDog bites unless it is fed.
type storyDog struct {
	name    string
	timeout time.Duration
	meals   atomic.Int64
	timer   *time.Timer
}

func (d *storyDog) Name() string           { return d.name }
func (d *storyDog) Timeout() time.Duration { return d.timeout }
func (d *storyDog) Feed() error {
	d.meals.Add(1)
	d.timer.Reset(d.timeout)
	return nil
}

func (k *kennel) Ready() error        { k.say("ready"); return nil }
func (k *kennel) Stopping() error     { k.say("stopping"); return nil }
func (k *kennel) Tell(s string) error { k.say("status %s", s); return nil }

// Write takes the log.
func (k *kennel) Write(line []byte) (int, error) {
	if taken := k.taken.Load(); taken != nil {
		<-*taken
	}
	var l struct{ Level, Msg, Parts, Cause, Error string }
	if err := json.Unmarshal(line, &l); err != nil {
		return 0, err
	}
	k.say("log %s %s: %s%s%s", strings.ToLower(l.Level), l.Msg, l.Parts, l.Cause, l.Error)
	if shown := k.faults(); shown != k.shown {
		k.shown = shown
		k.say("page %s", shown)
	}
	return len(line), nil
}

// faults are what the officer's page shows.
func (k *kennel) faults() string {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // after the first view
	answer := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(ctx, "GET", "/events", nil)
	r.Host = "localhost"
	k.page.Handler().ServeHTTP(answer, r)
	var faults []string
	for line := range bytes.Lines(answer.Body.Bytes()) {
		var v console.View
		data, _ := bytes.CutPrefix(line, []byte("data: "))
		_ = json.Unmarshal(data, &v) // of other lines nothing comes
		for _, f := range v.Faults {
			faults = append(faults, fmt.Sprintf("%s: %s %s", f.Code, f.Text, f.Do))
		}
	}
	if len(faults) == 0 {
		return "no fault"
	}
	return strings.Join(faults, "; ")
}

// start starts the appliance, and a goroutine for each loop of it.
func (k *kennel) start() {
	ctx, cancel := context.WithCancel(context.Background())
	k.begun = time.Now()
	k.page = console.New(console.Options{})
	w := new(firmware.Watchdog)
	p := firmware.WatchdogParts{
		Supervisor: k, Console: k.page, Logger: slog.New(slog.NewJSONHandler(k, nil)), Runs: filepath.Join(k.dir, "runs.json"), Wall: k.wall,
	}
	k.dogs = nil
	for name, timeout := range map[string]time.Duration{"hardware": 15 * time.Second, "systemd": 10 * time.Second} {
		d := &storyDog{name: name, timeout: timeout}
		d.timer = time.AfterFunc(timeout, func() { k.say("%s bites", name) })
		k.dogs = append(k.dogs, d)
		p.Dogs = append(p.Dogs, drivers.Watchdog(d))
	}
	var loops sync.WaitGroup
	for _, part := range storyParts {
		k.still[part].Store(false)
		pulse := w.Pulse(part)
		still := k.still[part]
		loops.Go(func() { k.loop(ctx, still, part, pulse) })
	}
	loops.Go(func() {
		if err := w.Run(ctx, p); err != nil {
			k.t.Error(err)
		}
	})
	k.end = func() {
		cancel()
		loops.Wait()
		for _, d := range k.dogs {
			d.timer.Stop()
		}
	}
}

func (k *kennel) loop(ctx context.Context, still *atomic.Bool, part string, pulse *health.Pulse) {
	time.Sleep(100 * time.Millisecond) // so that no beat falls on the second at which it is looked for
	for ctx.Err() == nil {
		why := k.fails.Load()
		switch {
		case still.Load():
		case part == health.Storage && why != nil:
			pulse.Fail(*why)
		default:
			pulse.Beat()
		}
		time.Sleep(time.Second / 4)
	}
}

func (k *kennel) wall() time.Time {
	if at := k.froze.Load(); at != nil {
		return *at
	}
	return time.Now()
}

// do obeys a line of a story.
func (k *kennel) do(words []string) {
	switch words[0] {
	case "run":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			k.t.Fatal(err)
		}
		before := map[string]int64{}
		for _, dog := range k.dogs {
			before[dog.name] = dog.meals.Load()
		}
		time.Sleep(d)
		synctest.Wait()
		for _, dog := range k.dogs {
			before[dog.name] = dog.meals.Load() - before[dog.name]
		}
		k.say("fed: hardware %d, systemd %d", before["hardware"], before["systemd"])
	case "still":
		if now := time.Now(); words[1] == health.Clock {
			k.froze.Store(&now)
			return
		}
		k.still[words[1]].Store(true)
	case "goes":
		if words[1] == health.Clock {
			k.froze.Store(nil)
			return
		}
		k.still[words[1]].Store(false)
	case "fails":
		why := strings.Join(words[1:], " ")
		if k.fails.Store(&why); why == "" {
			k.fails.Store(nil)
		}
	case "untaken":
		taken := make(chan struct{})
		k.taken.Store(&taken)
	case "taken":
		close(*k.taken.Swap(nil))
		synctest.Wait()
	case "restart":
		k.end()
		k.start()
		synctest.Wait()
	case "stop":
		k.end()
		if err := firmware.RunEnded(filepath.Join(k.dir, "runs.json")); err != nil {
			k.t.Error(err)
		}
	default:
		k.t.Fatalf("%q is no line of a story", words)
	}
}

// playWatchdog returns the story with what is told now.
func playWatchdog(t *testing.T, text string) string {
	var out strings.Builder
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		k := &kennel{t: t, dir: dir, still: map[string]*atomic.Bool{}}
		for _, part := range storyParts {
			k.still[part] = new(atomic.Bool)
		}
		k.start()
		defer func() { k.end() }()
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "\t") {
				continue
			}
			out.WriteString(line)
			if words := strings.Fields(line); len(words) > 0 && words[0] != "#" {
				k.do(words)
			}
			out.WriteString(k.said())
		}
	})
	return out.String()
}

// TestADogThatCannotBeFedDoesNotStarveTheOthers has a hardware watchdog go away.
func TestADogThatCannotBeFedDoesNotStarveTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := &storyDog{name: "good", timeout: 10 * time.Second, timer: time.NewTimer(time.Hour)}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			ended <- new(firmware.Watchdog).Run(ctx, firmware.WatchdogParts{Dogs: []drivers.Watchdog{lostDog{}, good}})
		}()
		time.Sleep(time.Minute)
		cancel()
		if err := <-ended; err != nil || good.meals.Load() < 20 {
			t.Errorf("%v, %d meals", err, good.meals.Load())
		}
	})
}

type lostDog struct{}

func (lostDog) Name() string           { return "lost" }
func (lostDog) Timeout() time.Duration { return 10 * time.Second }
func (lostDog) Feed() error            { return errors.New("no such device") }

// TestASupervisorThatWasNotToldOfTheStartIsToldAgain has one that does not listen
// at first.
func TestASupervisorThatWasNotToldOfTheStartIsToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		late := &lateSupervisor{deaf: 2}
		ended := make(chan error)
		go func() { ended <- new(firmware.Watchdog).Run(ctx, firmware.WatchdogParts{Supervisor: late}) }()
		time.Sleep(time.Minute)
		cancel()
		if err := <-ended; err != nil || late.told != 1 {
			t.Errorf("%v, told %d times", err, late.told)
		}
	})
}

// A lateSupervisor does not hear of the start for the first times.
type lateSupervisor struct{ deaf, told int }

func (s *lateSupervisor) Ready() error {
	if s.deaf > 0 {
		s.deaf--
		return os.ErrDeadlineExceeded
	}
	s.told++
	return nil
}
func (*lateSupervisor) Tell(string) error { return nil }
func (*lateSupervisor) Stopping() error   { return nil }
