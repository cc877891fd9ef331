package gate

import (
	"testing"
	"time"

	"portcullis/drivers"
)

// FuzzMachine lets anything happen to a gate at any time and holds it to what
// must never happen. Each byte is an event and the time that passes after it.
func FuzzMachine(f *testing.F) {
	f.Add([]byte{0x11, 0x21, 0x0f, 0x10, 0x20, 0x2e})
	f.Add([]byte("release, and whatever comes"))
	f.Fuzz(func(t *testing.T, life []byte) {
		p := &player{t: t, now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
		p.machine = &machine{config: Config{}.withDefaults(), wired: [roles]bool{true, true, true}}
		for _, b := range life {
			p.happen(b)
			p.wait([]time.Duration{0, time.Millisecond, 150 * time.Millisecond, 3 * time.Second}[b>>6])
		}
		p.wait(time.Minute)
		if p.closed {
			t.Error("the relay is closed a minute after all has happened")
		}
	})
}

// A player plays a life on a machine and watches its relay.
type player struct {
	t       *testing.T
	machine *machine
	now     time.Time
	closed  bool
	since   time.Time
	allowed int // releases that were accepted
	pulses  int
}

var happenings = []event{
	{kind: release}, {kind: release}, {kind: lock},
	{kind: spoke, role: door, level: active}, {kind: spoke, role: door, level: inactive},
	{kind: spoke, role: door, level: lost, why: "lost"},
	{kind: spoke, role: passage, level: active}, {kind: spoke, role: passage, level: inactive},
	{kind: spoke, role: passage, level: lost, why: "lost"},
	{kind: spoke, role: emergency, level: active}, {kind: spoke, role: emergency, level: inactive},
}

func (p *player) happen(b byte) {
	e := happenings[int(b&0x3f)%len(happenings)]
	before := p.machine.status()
	err := p.do(e)
	if e.kind == release && err == nil {
		p.allowed++
		if before.State != drivers.GateLocked {
			p.t.Errorf("a gate that was %v was released", before.State)
		}
	}
	p.check()
}

// wait lets time pass, and the machine wake when it wants to.
func (p *player) wait(d time.Duration) {
	until := p.now.Add(d)
	for range 10 {
		wake := p.machine.wake()
		if wake.IsZero() || wake.After(until) {
			p.now = until
			return
		}
		if wake.After(p.now) { // one that is overdue is due now
			p.now = wake
		}
		_ = p.do(event{})
		p.check()
	}
	p.t.Fatal("the machine does not come to rest")
}

func (p *player) do(e event) error {
	do, err := p.machine.step(p.now, e)
	for _, c := range do {
		if c == relayOn {
			p.pulses++
			p.since = p.now
			if p.closed {
				p.t.Error("two pulses run into one")
			}
		}
		p.closed = c == relayOn
		_, _ = p.machine.step(p.now, event{kind: relayDone})
	}
	return err
}

func (p *player) check() {
	s := p.machine.status()
	switch {
	case p.pulses != p.allowed:
		p.t.Errorf("%d pulses for %d releases", p.pulses, p.allowed)
	case p.closed && p.now.Sub(p.since) >= MaxPulse:
		p.t.Error("a pulse does not end")
	case s.State == drivers.GateLocked && p.machine.heard[door] != active:
		p.t.Error("locked, and the door contact does not say so")
	case s.State != drivers.GateUnknown && p.machine.heard[emergency] != inactive:
		p.t.Errorf("%v in an emergency", s.State)
	case s.State == drivers.GateReleased && !p.machine.grant.open:
		p.t.Error("released without a release")
	}
}
