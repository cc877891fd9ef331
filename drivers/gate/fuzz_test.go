package gate

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"portcullis/drivers"
)

// FuzzMachine lets anything happen to a gate at any time and holds it to what
// must never happen. The first byte says what gate it is; each other is an event,
// and the time that passes after it.
func FuzzMachine(f *testing.F) {
	f.Add([]byte{0, 0x11, 0x21, 0x0f, 0x10, 0x20, 0x2e})
	f.Add([]byte("release, and whatever comes"))
	f.Add([]byte("3 level: \x04\x40\x00\x86\x46\x05\x85"))
	// Its contacts speak, it is released, and everything stops it in turn.
	for stop := range byte(len(happenings)) {
		f.Add([]byte{7, 3, 7, 9, 11, 13, 15, 17, 19, 0x40, stop, 0x80, 0x40})
	}
	f.Fuzz(func(t *testing.T, life []byte) {
		if len(life) > 0 && len(life) < 500 {
			newPlayer(t, life[0]).live(life[1:])
		}
	})
}

// TestRandomLives has gates live through what nobody has thought of. Each is at
// rest first, and again now and then: most of what happens keeps it locked.
func TestRandomLives(t *testing.T) {
	pulses := 0
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 5))
		p := newPlayer(t, byte(r.Uint32()))
		for range 10 {
			p.rest()
			life := make([]byte, r.IntN(25))
			for i := range life {
				life[i] = byte(r.Uint32())
			}
			p.live(life)
		}
		pulses += len(p.pulses)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if pulses < 5_000 {
		t.Errorf("%d pulses in all: the lives are not worth much", pulses)
	}
}

// live has everything happen, and waits until it is over.
func (p *player) live(life []byte) {
	for _, b := range life {
		p.happen(b)
		p.wait([]time.Duration{0, time.Millisecond, 150 * time.Millisecond, 3 * time.Second}[b>>6])
	}
	p.relayFails = false
	p.wait(time.Minute)
	if p.closed {
		p.t.Error("the relay is closed a minute after all has happened")
	}
}

// rest has the contacts say that all is well, and an operator clear what was not.
// Somebody is let through.
func (p *player) rest() {
	p.memory.broken = false
	for i, e := range happenings {
		if e.kind == spoke && i%2 == 1 && i < setBack && p.machine.wired[e.role] {
			_ = p.do(e)
		}
	}
	_ = p.do(event{kind: clearing})
	p.release(event{kind: release}, false)
}

// A player plays a life on a machine and watches its relay.
type player struct {
	t       *testing.T
	machine *machine
	memory  testMemory
	now     time.Time // as it passes
	set     time.Duration

	relayFails bool
	closed     bool
	since      time.Time
	next       drivers.Grant
	pulses     map[drivers.Grant]int
}

// newPlayer makes a gate with some of the contacts.
func newPlayer(t *testing.T, which byte) *player {
	p := &player{t: t, now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), pulses: map[drivers.Grant]int{}}
	c := Config{Mode: Mode(which >> 7)}
	var wires [roles]Wire
	for r := range roles {
		if which&1 == 1 || r == doorClosed || r == passed || r == emergency {
			wires[r] = Wire{unwired{}, which&2 != 0}
		}
	}
	p.machine = newMachine(c, wires, &p.memory)
	return p
}

// happenings are what a contact of each kind can say, and all else.
var happenings = func() []event {
	all := []event{{kind: release}, {kind: release}, {kind: lock}}
	for r := range roles {
		rest := inactive
		if r == doorClosed {
			rest = active
		}
		all = append(all, event{kind: spoke, role: r, level: rest}, event{kind: spoke, role: r, level: active + inactive - rest})
	}
	all = append(all, event{kind: clearing}, event{}, event{}, event{}, event{}, event{})
	for r := range roles {
		all = append(all, event{kind: spoke, role: r, level: lost, why: "lost"})
	}
	return all
}()

// The happenings that are more than an event of the machine.
const (
	setBack = 3 + 2*int(roles) + 1 + iota
	setForward
	breakRelay
	mendRelay
	breakMemory
)

func (p *player) happen(b byte) {
	which := int(b&0x3f) % len(happenings)
	switch which {
	case setBack:
		p.set -= time.Hour
	case setForward:
		p.set += 10 * time.Second
	case breakRelay, mendRelay:
		p.relayFails = which == breakRelay
	case breakMemory:
		p.memory.broken = !p.memory.broken
	}
	e := happenings[which]
	switch {
	case e.kind == release:
		p.release(e, which == 1)
	case e.kind != spoke || p.machine.wired[e.role]:
		_ = p.do(e)
	}
}

// release asks for a release, on a new grant or on one of before.
func (p *player) release(e event, again bool) {
	if !again {
		p.next++
	}
	e.grant = p.next
	before, pulses := p.machine.status(), p.pulses[e.grant]
	if err := p.do(e); err == nil {
		if before.State != drivers.GateLocked || before.Tampered {
			p.t.Errorf("a gate that was %+v was released", before)
		}
		if p.pulses[e.grant] != 1 {
			p.t.Errorf("grant %d was accepted, and the relay closed %d times for it", e.grant, p.pulses[e.grant])
		}
	} else if p.pulses[e.grant] != pulses && !p.relayFails {
		p.t.Errorf("grant %d was refused (%v) and the relay closed", e.grant, err)
	}
}

// wait lets time pass, and the machine wake when it wants to.
func (p *player) wait(d time.Duration) {
	until := p.now.Add(d)
	for range 2000 { // a relay that fails is told ten times a second
		wake := p.machine.wake()
		if wake = wake.Add(-p.set); p.machine.wake().IsZero() || wake.After(until) {
			p.now = until
			return
		}
		if wake.After(p.now) { // one that is overdue is due now
			p.now = wake
		}
		_ = p.do(event{})
	}
	p.t.Fatal("the machine does not come to rest")
}

func (p *player) do(e event) error {
	do, err := p.machine.step(p.now.Add(p.set), e)
	for len(do) > 0 {
		failed := p.obey(do[0])
		if err == nil && do[0] != note {
			err = failed
		}
		more, _ := p.machine.step(p.now.Add(p.set), told(do[0], failed))
		do = append(do[1:], more...)
	}
	p.check()
	return err
}

func (p *player) obey(c command) error {
	switch c {
	case note, forget:
		return p.memory.SetTampered(c == note)
	case relayOn:
		if p.closed {
			p.t.Error("two pulses run into one")
		}
		if p.pulses[p.machine.spent]++; p.pulses[p.machine.spent] > 1 {
			p.t.Errorf("grant %d is worth a second pulse", p.machine.spent)
		}
		p.since = p.now
	}
	if p.relayFails {
		return errors.New("line lost")
	}
	p.closed = c == relayOn
	return nil
}

// check holds the gate to its promises.
func (p *player) check() {
	m, s := p.machine, p.machine.status()
	longest := map[Mode]time.Duration{PulseMode: MaxPulse, LevelMode: MaxLevel}[m.config.Mode]
	switch {
	case p.relayFails || m.relay != "":
		// Nobody can do anything about it.
	case p.closed && p.now.Sub(p.since) >= longest:
		p.t.Errorf("the relay has been closed for %v", p.now.Sub(p.since))
	case p.closed && m.grant.passed && m.config.Mode == LevelMode:
		p.t.Error("the level lasts longer than until the passage")
	case p.closed && (m.heard[emergency] != inactive || m.heard[outOfService] == active || s.Tampered || m.fault() != ""):
		p.t.Errorf("the relay is closed in a gate that is %+v", s)
	}
	switch {
	case s.State == drivers.GateLocked && m.heard[doorClosed] != active:
		p.t.Error("locked, and the door contact does not say so")
	case m.heard[emergency] == active && s.State != drivers.GateEmergency:
		p.t.Errorf("%v in an emergency", s.State)
	case s.State != drivers.GateUnknown && s.State != drivers.GateEmergency && m.fault() != "":
		p.t.Errorf("%v with a contact that cannot be trusted", s.State)
	case s.State == drivers.GateGranted && !m.grant.open:
		p.t.Error("granted without a grant")
	case m.heard[tamper] == active && !s.Tampered:
		p.t.Error("an open cabinet is no tampering")
	}
}
