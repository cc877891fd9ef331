package gate

import (
	"fmt"
	"time"

	"portcullis/drivers"
)

// relayRetry is the pause between two attempts to drop a relay that refuses.
const relayRetry = 100 * time.Millisecond

// A machine is what a gate knows and decides. It is pure: events and time come
// in, commands come out.
type machine struct {
	config     Config
	wired      [roles]bool
	supervised [roles]bool

	clock    clock
	heard    [roles]level
	why      [roles]string
	grant    grant
	spent    drivers.Grant         // the last grant for which the relay was closed
	command  time.Time             // when the relay has to drop; zero when it has
	relay    string                // why the relay cannot be trusted
	held     bool                  // the door stands open for longer than a passage takes
	intruder drivers.GateState     // forced or tailgate while one is there
	follow   time.Time             // without a door contact: until then a passage is by a tailgater
	doubts   [doubtKinds]time.Time // when what is doubted becomes a fault
	stuck    [roles]string         // why a supervised contact is not believed
	mute     int                   // openings of the door in a row on which nobody passed
	latch    latch
	halted   bool
	passages uint64
	unused   uint64
}

// step takes one event and says what to do about it.
func (m *machine) step(at time.Time, e event) ([]command, error) {
	now := m.clock.take(at)
	do := m.elapse(now)
	more, err := m.take(now, e)
	m.doubt(now)
	do = append(do, more...)
	return append(do, m.guard(now)...), err
}

func (m *machine) take(now time.Time, e event) (do []command, err error) {
	switch e.kind {
	case release:
		return m.release(now, e.grant)
	case lock:
		return m.lock(now), nil
	case halt:
		m.halted, m.command, m.grant = true, time.Time{}, grant{}
	case clearing:
		return m.clearTamper()
	case spoke:
		return m.hear(now, e), nil
	case relayDone:
		m.relay = ""
	case relayFails:
		m.command = now // drop it at once, and again and again if that fails too
		if m.relay != "" {
			m.command = now.Add(relayRetry)
		}
		m.relay, m.grant = e.why, grant{}
	case noted, notNoted, cleared, notCleared:
		m.latch.answered(e.kind)
	}
	return nil, nil
}

// elapse does what time alone brings about.
func (m *machine) elapse(now time.Time) (do []command) {
	if due(m.command, now) {
		do = m.drop()
	}
	if m.grant.open && due(m.ends(), now) {
		m.held = m.held || m.isOpen()
		m.end(now)
	}
	return do
}

// guard ends a command that nothing would be given now, and has the memory note
// what it must not forget. A relay that fails is told on its own time.
func (m *machine) guard(now time.Time) (do []command) {
	if m.relay == "" && m.unsafe() != nil {
		do = m.drop()
	}
	if m.latch.owes(now) {
		m.latch.again = now.Add(noteRetry)
		do = append(do, note)
	}
	return do
}

// wake returns when time alone will next bring something about, or zero.
func (m *machine) wake() time.Time {
	next := sooner(m.command, m.latch.wake())
	if m.grant.open {
		next = sooner(next, m.ends())
	}
	for _, fault := range m.doubts {
		if fault.After(m.clock.now) {
			next = sooner(next, fault)
		}
	}
	return m.clock.wall(next)
}

// unsafe says why nothing may be released whatever the door does.
func (m *machine) unsafe() error {
	switch {
	case m.halted:
		return ErrHalted
	case m.heard[emergency] == active:
		return ErrEmergency
	case m.latch.tampered:
		return ErrTampered
	case m.fault() != "":
		return fmt.Errorf("%w: %s", ErrBlind, m.fault())
	case m.heard[outOfService] == active:
		return ErrOutOfService
	}
	return nil
}

// refusal says why the gate may not be released now on a grant.
func (m *machine) refusal(g drivers.Grant) error {
	if m.relay != "" {
		return fmt.Errorf("%w: %s", ErrRelay, m.relay)
	}
	if err := m.unsafe(); err != nil {
		return err
	}
	state, _ := m.position()
	switch {
	case g <= m.spent:
		return ErrSpent
	case m.grant.open || !m.command.IsZero():
		return ErrPending
	case state != drivers.GateLocked && (m.wired[doorClosed] || state != drivers.GateUnknown):
		return fmt.Errorf("%w: %v", ErrNotLocked, state)
	}
	return nil
}

// drop ends a command.
func (m *machine) drop() []command {
	if m.command.IsZero() {
		return nil
	}
	m.command = time.Time{}
	return []command{relayOff}
}
