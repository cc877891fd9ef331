package gate

import (
	"time"

	"portcullis/drivers"
)

// A grant is one permission to pass, from its command until it is used or has
// lapsed.
type grant struct {
	open   bool
	id     drivers.Grant
	until  time.Time // it lapses unless used
	opened bool      // the door has opened on it
	passed bool      // a traveller has passed on it
	shutBy time.Time // the door has to be shut again
	moved  [roles]bool
}

// release is the only place where the relay is closed.
func (m *machine) release(now time.Time, g drivers.Grant) ([]command, error) {
	if err := m.refusal(g); err != nil {
		return nil, err
	}
	m.command = now.Add(m.config.command())
	m.grant = grant{open: true, id: g, until: now.Add(m.config.Window)}
	m.spent, m.follow = g, time.Time{}
	return []command{relayOn}, nil
}

// lock ends a grant that nobody has used, and its command.
func (m *machine) lock(now time.Time) []command {
	if m.grant.open && !m.grant.opened && !m.grant.passed {
		m.end(now)
	}
	return m.drop()
}

// ends is when the grant does: the door has to be shut in time, or somebody has to
// come in time. A controller that is busy has somebody in it.
func (m *machine) ends() time.Time {
	switch {
	case m.isOpen():
		return m.grant.shutBy
	case m.heard[busy] == active:
		return m.grant.until.Add(m.config.HoldOpen)
	}
	return m.grant.until
}

// used says whether the grant has served its purpose: the door, if there is a
// contact on it, opened and is shut again, and the traveller, if there is a
// contact for that, has passed or run out of time to do so.
func (m *machine) used(now time.Time) bool {
	shut := !m.wired[doorClosed] || m.grant.opened && m.isShut()
	through := m.grant.passed || !m.wired[passed] || !now.Before(m.grant.until)
	return m.grant.open && shut && through && m.heard[busy] != active && (m.grant.opened || m.grant.passed)
}

// end ends the grant.
func (m *machine) end(now time.Time) {
	m.judge()
	switch {
	case !m.wired[passed]:
	case !m.grant.passed:
		m.unused++
	case !m.wired[doorClosed] && now.Before(m.grant.until):
		m.follow = m.grant.until
	}
	m.grant = grant{}
}

// count counts one traveller. One more than was granted is an intruder. In an
// emergency nobody is.
func (m *machine) count(now time.Time) []command {
	m.passages++
	switch {
	case m.heard[emergency] == active:
	case m.grant.passed || now.Before(m.follow):
		m.intruder = drivers.GateTailgate
	case !m.grant.open && m.intruder == drivers.GateUnknown:
		m.intruder = drivers.GateForced
	}
	m.grant.passed = m.grant.open
	if m.config.Mode == LevelMode {
		return m.drop()
	}
	return nil
}
