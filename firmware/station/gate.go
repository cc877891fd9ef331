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
	known    bool // they said something
	fault    bool // a record says that the gate is not as it should be
}

func (s *step) gateChanged(e GateChanged) {
	was := s.gate
	s.gate.state, s.gate.passages, s.gate.known = e.State, e.Passages, true
	if was.known && e.Passages > was.passages {
		s.passagesCounted(e.Passages - was.passages)
	}
	if e.State == was.state {
		return
	}
	switch e.State {
	case gateLocked:
		s.locked()
	case gateForced:
		s.gate.fault = true
		s.incident(GateForced, inspect.GateForced, e.Detail)
	case gateReleased:
		if s.doing.what != passing && s.doing.what != shutting {
			s.gateFault(GateNotShut, "released by somebody else")
		}
	default:
		if was.known {
			s.gateFault(GateUnknown, e.Detail)
		}
	}
}

func (s *step) gateFault(k Kind, detail string) {
	s.gate.fault = true
	s.record(Record{Kind: k, Detail: detail})
}

// passagesCounted takes one traveller as the one who was let through; any
// other is one too many.
func (s *step) passagesCounted(n uint64) {
	if s.doing.what == passing || s.doing.what == shutting && !s.doing.passed {
		s.hasPassed()
		n--
	}
	if n > 0 {
		s.incident(ExtraPassage, inspect.ExtraPassage, fmt.Sprintf("%d without a release", n))
	}
}

// hasPassed ends a passage; the release is used, and the gate is to shut.
func (s *step) hasPassed() {
	p := s.become(HasPassed)
	s.record(Record{Kind: Passed, Passage: p.Number, Document: p.Document, Key: s.doing.key})
	s.lock = s.gate.state == gateReleased
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
	if s.doing.what == shutting {
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
