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

// TestStories plays every story of testdata; README there says how to read one.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := newTeller().tell(t, string(want))
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
	config  Config
	wires   [roles]Wire
	machine *machine
	memory  testMemory
	status  drivers.GateStatus
	broken  bool          // the relay does not obey
	closed  bool          // the relay is
	grant   drivers.Grant // the last one
	set     time.Duration // by how much the clock was set
	begin   time.Time
	out     strings.Builder
}

func newTeller() *teller {
	p := &teller{begin: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	p.wire("door_closed passed")
	return p
}

// testMemory is the memory of a gate, and what it last was told.
type testMemory struct{ tampered, broken bool }

func (m *testMemory) Tampered() (bool, error) { return m.tampered, m.fails() }

func (m *testMemory) SetTampered(is bool) error {
	if err := m.fails(); err != nil {
		return err
	}
	m.tampered = is
	return nil
}

func (m *testMemory) fails() error {
	if m.broken {
		return errors.New("no room left")
	}
	return nil
}

// unwired is a contact of a machine, which never asks it.
type unwired struct{ Contact }

// wire begins with the contacts named; a star marks one that is supervised.
func (p *teller) wire(contacts string) {
	p.wires = [roles]Wire{}
	for _, name := range strings.Fields(contacts) {
		name, supervised := strings.CutSuffix(name, "*")
		for r := range roles {
			if r.String() == name {
				p.wires[r] = Wire{unwired{}, supervised}
			}
		}
	}
	p.machine = newMachine(p.config, p.wires, &p.memory)
}

func (p *teller) tell(t *testing.T, story string) string {
	t.Helper()
	for line := range strings.Lines(story) {
		if strings.HasPrefix(line, "\t") {
			continue
		}
		at, words := p.read(t, line)
		p.pass(at)
		p.out.WriteString(line)
		if len(words) > 0 {
			p.happen(t, at, words)
		}
	}
	return p.out.String()
}

// read splits a line into its time and what happens then. A remark has neither,
// nor has a line that describes the gate.
func (p *teller) read(t *testing.T, line string) (at time.Duration, words []string) {
	t.Helper()
	line = strings.TrimSpace(line)
	if contacts, ok := strings.CutPrefix(line, "contacts"); ok {
		p.wire(contacts)
		return 0, nil
	}
	if line == "mode level" {
		p.config.Mode = LevelMode
		p.machine = newMachine(p.config, p.wires, &p.memory)
		return 0, nil
	}
	if line == "" || strings.HasPrefix(line, "#") {
		return 0, nil
	}
	stamp, what, _ := strings.Cut(line, " ")
	seconds, err := strconv.ParseFloat(stamp, 64)
	if err != nil {
		t.Fatalf("line %q does not begin with a time", line)
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Millisecond), strings.Fields(what)
}

// wall is what the clock of the device says at a time of the story.
func (p *teller) wall(at time.Duration) time.Time { return p.begin.Add(at + p.set) }

// pass lets the time up to then pass.
func (p *teller) pass(then time.Duration) {
	for {
		wake := p.machine.wake()
		if wake.IsZero() || wake.After(p.wall(then)) {
			return
		}
		p.do(wake.Sub(p.begin)-p.set, event{})
	}
}

func (p *teller) happen(t *testing.T, at time.Duration, words []string) {
	t.Helper()
	switch words[0] {
	case "wait":
	case "release":
		if len(words) == 1 {
			p.grant++
		}
		p.do(at, event{kind: release, grant: p.grant})
	case "lock":
		p.do(at, event{kind: lock})
	case "halt":
		p.do(at, event{kind: halt})
		p.say(at, "relay off, for good")
	case "clear":
		p.do(at, event{kind: clearing})
	case "relay":
		p.broken = words[1] == "breaks"
	case "memory":
		p.memory.broken = words[1] == "breaks"
	case "restart":
		p.restart(at)
	case "clock":
		p.setClock(t, words[1], words[2])
		p.do(at, event{})
	default:
		p.do(at, spokenBy(t, words))
	}
}

// restart is a program that dies, whose relay line falls, and another one.
func (p *teller) restart(at time.Duration) {
	if p.closed {
		p.closed = false
		p.say(at, "relay off, as nobody drives its line")
	}
	p.machine = newMachine(p.config, p.wires, &p.memory)
	p.do(at, event{})
}

func (p *teller) setClock(t *testing.T, way, by string) {
	t.Helper()
	d, err := time.ParseDuration(by)
	if err != nil {
		t.Fatal(err)
	}
	p.set += map[string]time.Duration{"back": -d, "forward": d}[way]
}

var levels = map[string]level{"shut": active, "open": inactive, "on": active, "off": inactive, "lost": lost, "chatters": lost}

var excuses = map[string]string{"lost": "line lost", "chatters": "contact chatters"}

func spokenBy(t *testing.T, words []string) event {
	t.Helper()
	name := words[0]
	if name == "door" {
		name = "door_closed"
	}
	for r := range roles {
		if r.String() == name && len(words) == 2 && levels[words[1]] != silent {
			return event{kind: spoke, role: r, level: levels[words[1]], why: excuses[words[1]]}
		}
	}
	t.Fatalf("nothing like %q can happen", words)
	return event{}
}

// do steps the machine and plays the relay and the memory.
func (p *teller) do(at time.Duration, e event) {
	do, err := p.machine.step(p.wall(at), e)
	for len(do) > 0 {
		failed := p.obey(at, do[0])
		more, _ := p.machine.step(p.wall(at), told(do[0], failed))
		do = append(do[1:], more...)
		err = errors.Join(err, failed)
	}
	if err != nil {
		p.say(at, "error: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	s := p.machine.status()
	if s.Until = (time.Time{}); s != p.status {
		p.status = s
		p.say(at, "%s", describe(s))
	}
}

func (p *teller) obey(at time.Duration, c command) error {
	switch {
	case c == note || c == forget:
		if err := p.memory.SetTampered(c == note); err != nil {
			return err
		}
	case p.broken:
		return errors.New("line lost")
	default:
		p.closed = c == relayOn
	}
	p.say(at, "%s", map[command]string{
		relayOff: "relay off", relayOn: "relay on",
		note: "noted that it was tampered with", forget: "forgotten that it was tampered with",
	}[c])
	return nil
}

func (p *teller) say(at time.Duration, format string, args ...any) {
	fmt.Fprintf(&p.out, "\t%.3f %s\n", at.Seconds(), fmt.Sprintf(format, args...))
}

func describe(s drivers.GateStatus) string {
	text := s.State.String()
	if s.Detail != "" {
		text += " (" + s.Detail + ")"
	}
	if s.Grant > 0 {
		text += fmt.Sprintf(" on grant %d", s.Grant)
	}
	if s.Tampered {
		text += ", tampered with"
	}
	for _, n := range []struct {
		count uint64
		what  string
	}{{s.Passages, "passed"}, {s.Unused, "unused"}} {
		if n.count > 0 {
			text += fmt.Sprintf(", %d %s", n.count, n.what)
		}
	}
	return text
}

// Halt may come between the machine's command and the relay.
func TestARelayThatWasHaltedIsNoFault(t *testing.T) {
	m := newMachine(Config{}, [roles]Wire{}, forgetful{})
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	if do, err := m.step(now, event{kind: release, grant: 1}); err != nil || len(do) != 1 {
		t.Fatalf("release: got %v, %v", do, err)
	}
	if do, _ := m.step(now, told(relayOn, fmt.Errorf("set relay: %w", ErrHalted))); len(do) != 0 {
		t.Errorf("got commands %v, want none", do)
	}
	if s := m.status(); strings.HasPrefix(s.Detail, "relay") {
		t.Errorf("got %+v, want no fault of the relay", s)
	}
	if wake := m.wake(); !wake.IsZero() {
		t.Errorf("the machine waits for %v, want nothing", wake)
	}
}
