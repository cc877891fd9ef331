package gate

import (
	"time"

	"portcullis/drivers"
)

// hear takes what a contact says.
func (m *machine) hear(now time.Time, e event) (do []command) {
	before, wasOpen := m.heard[e.role], m.isOpen()
	m.heard[e.role], m.why[e.role] = e.level, e.why
	if (before == active || before == inactive) && before != e.level && e.level != lost {
		m.stuck[e.role] = "" // it moves; one that was lost and is back has not
		m.grant.moved[e.role] = m.grant.open
	}
	switch e.role {
	case doorClosed, doorOpen:
		m.doorMoved(now, wasOpen)
	case passed:
		if e.level == active && before == inactive {
			do = m.count(now)
		}
	case emergency:
		m.pulled(before)
	case tamper:
		m.latch.tampered = m.latch.tampered || e.level == active
	}
	if m.used(now) {
		m.end(now)
	}
	if m.heard[passed] != active && !m.isOpen() {
		m.intruder = drivers.GateUnknown
	}
	return do
}

// doorMoved takes a change of the door.
func (m *machine) doorMoved(now time.Time, wasOpen bool) {
	switch {
	case m.isOpen() && !wasOpen:
		m.grant.opened, m.grant.shutBy = m.grant.open, now.Add(m.config.HoldOpen)
	case m.isShut():
		m.held = false
	}
}

// pulled takes a change of the emergency release. It ends what was granted, and
// makes nobody an intruder: what stands open when it is over, it has opened.
func (m *machine) pulled(before level) {
	if m.heard[emergency] == active {
		m.grant, m.intruder = grant{}, drivers.GateUnknown
	}
	if before == active || m.heard[emergency] == active {
		m.held = m.isOpen()
	}
}

// isShut says that the contacts on the door have it shut.
func (m *machine) isShut() bool { return m.heard[doorClosed] == active && m.heard[doorOpen] != active }

// isOpen says that one of them has it open, if only by a gap.
func (m *machine) isOpen() bool {
	return m.heard[doorClosed] == inactive || m.heard[doorOpen] == active
}
