package gate

import "portcullis/drivers"

// status is what the contacts say, in the order of what matters most.
func (m *machine) status() drivers.GateStatus {
	state, detail := m.position()
	return drivers.GateStatus{State: state, Passages: m.passages, Detail: detail}
}

func (m *machine) position() (state drivers.GateState, detail string) {
	switch {
	case m.relay != "":
		return drivers.GateUnknown, "relay: " + m.relay
	case m.heard[emergency] == active:
		return drivers.GateUnknown, "emergency: pulled"
	case m.blind() != "":
		return drivers.GateUnknown, m.blind()
	case m.intruder:
		return drivers.GateForced, "passed: without a release"
	case !m.wired[door]:
		return drivers.GateUnknown, "door_closed: not wired"
	case m.doorOpen() && m.held:
		return drivers.GateForced, "door_closed: held open"
	case m.grant.open:
		return drivers.GateReleased, ""
	case m.doorOpen():
		return drivers.GateForced, "door_closed: open without a release"
	}
	return drivers.GateLocked, ""
}

func (m *machine) doorOpen() bool { return m.heard[door] == inactive }

// blind names a wired contact that says nothing to rely on.
func (m *machine) blind() string {
	for r := range roles {
		switch {
		case !m.wired[r]:
		case m.heard[r] == silent:
			return r.String() + ": silent"
		case m.heard[r] == lost:
			return r.String() + ": " + m.why[r]
		}
	}
	return ""
}
