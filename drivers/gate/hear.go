package gate

import "time"

// hear takes what a contact says.
func (m *machine) hear(now time.Time, e event) {
	before := m.heard[e.role]
	m.heard[e.role], m.why[e.role] = e.level, e.why
	switch {
	case e.role == door && e.level == inactive:
		m.grant.opened, m.grant.shutBy = m.grant.open, now.Add(m.config.HoldOpen)
	case e.role == door && e.level == active:
		m.held = false
	case e.role == passage && e.level == active && before == inactive:
		m.count()
	}
	if m.used(now) {
		m.grant = grant{}
	}
	if m.heard[passage] != active && !m.doorOpen() {
		m.intruder = false
	}
}

// count counts one traveller. One more than was released is an intruder.
func (m *machine) count() {
	m.passages++
	m.intruder = m.intruder || !m.grant.open || m.grant.passed
	m.grant.passed = m.grant.open
}

// used says whether the release has served its purpose: the door, if there is a
// contact on it, opened and is shut again, and the traveller, if there is a
// contact for that, has passed or run out of time to do so.
func (m *machine) used(now time.Time) bool {
	shut := !m.wired[door] || m.grant.opened && m.heard[door] == active
	through := m.grant.passed || !m.wired[passage] || !now.Before(m.grant.until)
	return m.grant.open && shut && through && (m.grant.opened || m.grant.passed)
}
