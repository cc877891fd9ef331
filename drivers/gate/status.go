package gate

import "portcullis/drivers"

// status is what the contacts say, in the order of what matters most.
func (m *machine) status() drivers.GateStatus {
	state, detail := m.position()
	if detail == "" && m.latch.tampered {
		detail = "tamper: not cleared"
	}
	return drivers.GateStatus{
		State: state, Grant: m.grant.id, Until: m.clock.wall(m.grant.until), Passages: m.passages, Unused: m.unused,
		Tampered: m.latch.tampered, Detail: detail,
	}
}

func (m *machine) position() (state drivers.GateState, detail string) {
	switch {
	case m.heard[emergency] == active:
		return drivers.GateEmergency, "emergency: pulled"
	case m.relay != "":
		return drivers.GateUnknown, "relay: " + m.relay
	case m.fault() != "":
		return drivers.GateUnknown, m.fault()
	}
	if state, detail := m.breach(); state != drivers.GateUnknown {
		return state, detail
	}
	switch {
	case m.heard[outOfService] == active:
		return drivers.GateOutOfService, "out_of_service: active"
	case !m.wired[doorClosed]:
		return drivers.GateUnknown, "door_closed: not wired"
	case m.grant.open && (m.isOpen() || m.grant.passed):
		return drivers.GatePassing, ""
	case m.grant.open:
		return drivers.GateGranted, ""
	case m.heard[busy] == active:
		return drivers.GatePassing, "busy: active without a grant"
	case m.heard[passed] == active:
		return drivers.GatePassing, "passed: active without a grant"
	}
	return drivers.GateLocked, ""
}

// breach is what an officer must look at, if there is anything.
func (m *machine) breach() (state drivers.GateState, detail string) {
	switch {
	case m.intruder == drivers.GateTailgate:
		return drivers.GateTailgate, "passed: more than one on a grant"
	case m.intruder == drivers.GateForced:
		return drivers.GateForced, "passed: without a grant"
	case m.isOpen() && m.held:
		return drivers.GateHeldOpen, m.door() + ": held open"
	case m.isOpen() && !m.grant.open:
		return drivers.GateForced, m.door() + ": open without a grant"
	case m.heard[alarm] == active:
		return drivers.GateForced, "alarm: raised by the gate's controller"
	}
	return drivers.GateUnknown, ""
}

// door names the contact that has the door open.
func (m *machine) door() string {
	if m.heard[doorClosed] == inactive {
		return doorClosed.String()
	}
	return doorOpen.String()
}
