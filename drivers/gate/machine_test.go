package gate

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"portcullis/drivers"
)

var update = flag.Bool("update", false, "rewrite the stories of testdata")

// TestStories plays every story of testdata; README.txt there says how to read
// one.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.story")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := new(teller).tell(t, string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("the gate tells another story; go test -update writes it:\n%s", got)
			}
		})
	}
}

// A teller plays one story: it keeps the lines that say what happens and writes
// anew the indented ones, which say what the gate does.
type teller struct {
	machine *machine
	status  drivers.GateStatus
	broken  bool // the relay does not obey
	begin   time.Time
	out     strings.Builder
}

func (p *teller) tell(t *testing.T, story string) string {
	t.Helper()
	p.machine = &machine{config: Config{}.withDefaults(), wired: [roles]bool{door: true, passage: true}}
	p.begin = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for line := range strings.Lines(story) {
		if strings.HasPrefix(line, "\t") {
			continue
		}
		at, what := p.read(t, line)
		p.pass(at)
		p.out.WriteString(line)
		if what != "" {
			p.happen(t, at, what)
		}
	}
	return p.out.String()
}

// read splits a line into its time and what happens then. A comment has neither,
// nor has the line that describes the gate.
func (p *teller) read(t *testing.T, line string) (at time.Time, what string) {
	t.Helper()
	line = strings.TrimSpace(line)
	if wiring, ok := strings.CutPrefix(line, "contacts"); ok {
		p.machine.wired = [roles]bool{}
		for r := range roles {
			p.machine.wired[r] = strings.Contains(wiring, r.String())
		}
		return at, ""
	}
	if line == "" || strings.HasPrefix(line, "#") {
		return at, ""
	}
	stamp, what, _ := strings.Cut(line, " ")
	seconds, err := strconv.ParseFloat(stamp, 64)
	if err != nil {
		t.Fatalf("line %q does not begin with a time", line)
	}
	return p.begin.Add(time.Duration(seconds * float64(time.Second)).Round(time.Millisecond)), strings.TrimSpace(what)
}

// pass lets the time up to then pass.
func (p *teller) pass(then time.Time) {
	for {
		wake := p.machine.wake()
		if wake.IsZero() || wake.After(then) {
			return
		}
		p.do(wake, event{})
	}
}

var levels = map[string]level{"shut": active, "open": inactive, "on": active, "off": inactive}

func (p *teller) happen(t *testing.T, at time.Time, what string) {
	t.Helper()
	words := strings.Fields(what)
	switch words[0] {
	case "wait":
	case "release":
		p.do(at, event{kind: release})
	case "lock":
		p.do(at, event{kind: lock})
	case "halt":
		p.do(at, event{kind: halt})
		p.say(at, "relay off, for good")
	case "relay":
		p.broken = words[1] == "breaks"
	default:
		p.do(at, spokenBy(t, words))
	}
}

func spokenBy(t *testing.T, words []string) event {
	t.Helper()
	e := event{kind: spoke, role: map[string]role{"door": door, "passed": passage, "emergency": emergency}[words[0]]}
	if e.role.String() != words[0] && words[0] != "door" || len(words) < 2 {
		t.Fatalf("nothing like %q can happen", words)
	}
	e.level = levels[words[1]]
	if words[1] == "lost" {
		e.level, e.why = lost, "line lost"
	}
	if e.level == silent {
		t.Fatalf("a contact cannot say %q", words[1])
	}
	return e
}

// do steps the machine and plays the relay.
func (p *teller) do(at time.Time, e event) {
	do, err := p.machine.step(at, e)
	for len(do) > 0 {
		failed := p.obey(at, do[0])
		more, _ := p.machine.step(at, told(failed))
		do = append(do[1:], more...)
		err = errors.Join(err, failed)
	}
	if err != nil {
		p.say(at, "error: %v", err)
	}
	if s := p.machine.status(); s != p.status {
		p.status = s
		p.say(at, "%s", describe(s))
	}
}

func (p *teller) obey(at time.Time, c command) error {
	if p.broken {
		return errors.New("line lost")
	}
	p.say(at, "relay %s", map[command]string{relayOff: "off", relayOn: "on"}[c])
	return nil
}

func (p *teller) say(at time.Time, format string, args ...any) {
	fmt.Fprintf(&p.out, "\t%.3f %s\n", at.Sub(p.begin).Seconds(), fmt.Sprintf(format, args...))
}

func describe(s drivers.GateStatus) string {
	text := s.State.String()
	if s.Detail != "" {
		text += " (" + s.Detail + ")"
	}
	if s.Passages > 0 {
		text += fmt.Sprintf(", %d passed", s.Passages)
	}
	return text
}

// Halt may come between the machine's command and the relay.
func TestARelayThatWasHaltedIsNoFault(t *testing.T) {
	m := &machine{config: Config{}.withDefaults()}
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	if do, err := m.step(now, event{kind: release}); err != nil || len(do) != 1 {
		t.Fatalf("release: got %v, %v", do, err)
	}
	if do, _ := m.step(now, told(fmt.Errorf("set relay: %w", ErrHalted))); len(do) != 0 {
		t.Errorf("got commands %v, want none", do)
	}
	if s := m.status(); strings.HasPrefix(s.Detail, "relay") {
		t.Errorf("got %+v, want no fault of the relay", s)
	}
	if wake := m.wake(); !wake.IsZero() {
		t.Errorf("the machine waits for %v, want nothing", wake)
	}
}
