package station

import (
	"fmt"
	"time"

	"portcullis/firmware/inspect"
)

// gateFacts is what the gate's contacts said last.
type gateFacts struct {
	state    string
	passages uint64
	tampered bool
	known    bool // they said something
	fault    bool // a record says that the gate is not as it should be
}

// inUse says that a traveller may pass, or does.
func inUse(state string) bool { return state == gateGranted || state == gatePassing }

// A badState is what follows from a gate that is not as it should be. One that
// calls has an officer look at it.
type badState struct {
	kind  Kind
	code  inspect.Code
	calls bool
}

var badStates = map[string]badState{
	gateForced:       {GateForced, inspect.GateForced, true},
	gateTailgate:     {GateTailgate, inspect.GateTailgate, true},
	gateHeldOpen:     {GateHeldOpen, inspect.GateHeldOpen, true},
	gateEmergency:    {GatePulled, inspect.GatePulled, false},
	gateOutOfService: {GateOut, inspect.GateOut, false},
}

// badness is what follows from any state that is neither locked nor in use: one
// that nobody knows is unknown.
func badness(state string) badState {
	if b, ok := badStates[state]; ok {
		return b
	}
	return badState{GateUnknown, inspect.GateUnknown, false}
}

func (s *step) gateChanged(e GateChanged) {
	was := s.gate
	s.gate = gateFacts{e.State, e.Passages, e.Tampered, true, was.fault}
	if e.Tampered && !was.tampered {
		s.record(Record{Kind: Tampering, Detail: e.Detail})
	}
	if e.Grant != 0 && e.Grant == s.doing.number {
		s.doing.opened = true
	}
	extra := s.passagesCounted(was, e)
	changed := e.State != was.state
	if extra > 0 && !(changed && badness(e.State).calls) {
		s.incident(ExtraPassage, inspect.ExtraPassage, fmt.Sprintf("%d without a release", extra))
	}
	if changed {
		s.gateBecame(was, e)
	}
}

// gateBecame deals with a new state.
func (s *step) gateBecame(was gateFacts, e GateChanged) {
	bad := badness(e.State)
	switch {
	case e.State == gateLocked:
		s.locked()
	case inUse(e.State):
		if was.state == gateLocked && s.doing.what != passing && s.doing.what != shutting {
			s.gateFault(GateNotShut, orElse(e.Detail, "released by somebody else"))
		}
	case bad.calls:
		s.gate.fault = true
		s.incident(bad.kind, bad.code, e.Detail)
	case bad.kind != GateUnknown || was.known:
		s.gateFault(bad.kind, e.Detail)
	}
	if e.State == gateEmergency {
		s.abandon()
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (s *step) gateFault(k Kind, detail string) {
	s.gate.fault = true
	s.record(Record{Kind: k, Detail: detail})
}

// passagesCounted takes one traveller as the one who was let through, and returns
// how many others there were. A counter that begins anew counts nobody, and in an
// emergency everybody may leave.
func (s *step) passagesCounted(was gateFacts, e GateChanged) (extra uint64) {
	if !was.known || e.Passages <= was.passages || e.State == gateEmergency {
		return 0
	}
	extra = e.Passages - was.passages
	if s.doing.what == passing || s.doing.what == shutting && !s.doing.passed {
		s.hasPassed()
		extra--
	}
	return extra
}

// hasPassed ends a passage; the release is used, and the gate is to shut.
func (s *step) hasPassed() {
	p := s.become(HasPassed)
	s.record(Record{Kind: Passed, Passage: p.Number, Document: p.Document, Key: s.doing.key})
	s.lock = inUse(s.gate.state)
	s.begin(activity{what: shutting, number: p.Number, key: s.doing.key, passed: true}, s.policy.Settle)
	if s.gate.state == gateLocked {
		s.rest()
	}
}

// locked is the end of a release, used or not, and of a fault.
func (s *step) locked() {
	if s.gate.fault {
		s.gate.fault = false
		s.record(Record{Kind: GateShut})
	}
	if s.doing.what == shutting || s.doing.what == passing && s.doing.opened {
		s.shut()
	}
}

// shut ends the wait for the gate.
func (s *step) shut() {
	if !s.doing.passed {
		s.notUsed()
	}
	s.rest()
}

// abandon ends a passage without a command: an emergency is not to be fought.
func (s *step) abandon() {
	if s.doing.what == passing || s.doing.what == shutting {
		s.shut()
	}
}

// notUsed records that a traveller who was cleared did not pass.
func (s *step) notUsed() {
	p := s.become(NotUsed)
	s.record(Record{Kind: NoPassage, Passage: p.Number, Document: p.Document, Key: s.doing.key})
}

// incident is something at the gate that an officer must look at. It stays
// until they record an outcome; during an alert it is recorded only.
func (s *step) incident(k Kind, c inspect.Code, detail string) {
	if s.doing.what == alerting {
		s.record(Record{Kind: k, Detail: detail})
		return
	}
	s.breakOff()
	p := s.open(Passage{Decision: inspect.Decision{}.With(c), State: WithOfficer, Waiting: true}, "")
	s.record(Record{Kind: k, Passage: p.Number, Detail: detail})
	s.show(p)
	s.begin(activity{what: referring, number: p.Number}, noEnd)
	s.sound(ToneRefer)
}

const noEnd = time.Duration(0)
