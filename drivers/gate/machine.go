package gate

import (
	"fmt"
	"time"
)

// relayRetry is the pause between two attempts to drop a relay that refuses.
const relayRetry = 100 * time.Millisecond

// A grant is one release, from its pulse until it is used or has lapsed.
type grant struct {
	open   bool
	until  time.Time // it lapses unless used
	opened bool      // the door has opened on it
	passed bool      // a traveller has passed on it
	shutBy time.Time // the door has to be shut again
}

// A machine is what a gate knows and decides. It is pure: events and time come
// in, commands come out.
type machine struct {
	config Config
	wired  [roles]bool

	heard    [roles]level
	why      [roles]string
	grant    grant
	pulse    time.Time // when the relay has to drop; zero when it has
	relay    string    // why the relay cannot be trusted
	held     bool      // the door stands open for longer than its release allows
	intruder bool      // somebody passed without a release
	halted   bool
	passages uint64
}

// step takes one event and says what to do about it.
func (m *machine) step(now time.Time, e event) ([]command, error) {
	do := m.elapse(now)
	switch e.kind {
	case release:
		if err := m.refusal(); err != nil {
			return do, err
		}
		m.pulse = now.Add(m.config.Pulse)
		m.grant = grant{open: true, until: now.Add(m.config.Window)}
		return append(do, relayOn), nil
	case lock:
		return append(do, m.lock()...), nil
	case halt:
		m.halted, m.pulse, m.grant = true, time.Time{}, grant{}
	case spoke:
		m.hear(now, e)
	case relayDone:
		m.relay = ""
	case relayFails:
		m.pulse = now // drop it at once, and again and again if that fails too
		if m.relay != "" {
			m.pulse = now.Add(relayRetry)
		}
		m.relay, m.grant = e.why, grant{}
	}
	return do, nil
}

// elapse does what time alone brings about.
func (m *machine) elapse(now time.Time) (do []command) {
	if !m.pulse.IsZero() && !now.Before(m.pulse) {
		m.pulse = time.Time{}
		do = append(do, relayOff)
	}
	switch {
	case !m.grant.open:
	case m.doorOpen() && !now.Before(m.grant.shutBy):
		m.grant, m.held = grant{}, true
	case !m.doorOpen() && !now.Before(m.grant.until):
		m.grant = grant{}
	}
	return do
}

// wake returns when time alone will next bring something about, or zero.
func (m *machine) wake() time.Time {
	next := m.pulse
	if m.grant.open {
		ends := m.grant.until
		if m.doorOpen() {
			ends = m.grant.shutBy
		}
		if next.IsZero() || ends.Before(next) {
			next = ends
		}
	}
	return next
}

// refusal says why the gate may not be released now.
func (m *machine) refusal() error {
	switch {
	case m.halted:
		return ErrHalted
	case m.relay != "":
		return fmt.Errorf("%w: %s", ErrRelay, m.relay)
	case m.heard[emergency] == active:
		return ErrEmergency
	case m.blind() != "":
		return fmt.Errorf("%w: %s", ErrBlind, m.blind())
	case m.grant.open || !m.pulse.IsZero():
		return ErrPending
	case m.doorOpen() || m.intruder:
		return ErrNotShut
	}
	return nil
}

// lock ends a release that nobody has used, and its pulse.
func (m *machine) lock() (do []command) {
	if !m.pulse.IsZero() {
		m.pulse = time.Time{}
		do = append(do, relayOff)
	}
	if !m.grant.opened && !m.grant.passed {
		m.grant = grant{}
	}
	return do
}
