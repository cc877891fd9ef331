package station

import (
	"time"

	"portcullis/firmware/inspect"
)

// inspected deals with a document: as the current one when the lane rests, as
// the same one again, or as one too many. An alert takes over from all but an
// alert.
func (s *step) inspected(e Inspected) {
	same := e.Key != "" && e.Key == s.doing.key
	alert := e.Decision.Verdict() == inspect.Alert
	switch {
	case s.doing.what == resting:
		s.present(e)
	case alert && s.doing.what != alerting:
		s.breakOff()
		s.present(e)
	case same:
		// The document still lies on the reader.
	default:
		s.notTaken(e)
	}
}

// notTaken records a document that came at the wrong time. A garbled reading,
// as of a document that is lifted from the reader, is no more than that.
func (s *step) notTaken(e Inspected) {
	garbled := e.Decision.Garbled()
	e.Decision = e.Decision.With(inspect.LaneBusy)
	if garbled {
		s.record(Record{Kind: Decided, Passage: s.doing.number, Decision: e.Decision, Document: e.Document, Key: e.Key, Elapsed: e.Elapsed})
		return
	}
	s.decide(e, NotTaken)
}

// present decides what follows from a document, with all that the lane knows
// against it.
func (s *step) present(e Inspected) {
	e.Decision = s.withCauses(e.Decision)
	if e.Decision.Garbled() {
		if s.again() {
			s.decide(e, AskedAgain)
			return
		}
		e.Decision = e.Decision.With(inspect.Unreadable)
	}
	switch e.Decision.Verdict() {
	case inspect.Clear:
		s.admit(e)
	case inspect.Alert:
		s.alert(e)
	default:
		s.refer(e, s.policy.Hold)
	}
}

// admit is the only place where the gate is released.
func (s *step) admit(e Inspected) {
	p := s.decide(e, MayPass)
	s.begin(activity{what: passing, number: p.Number, key: e.Key}, s.policy.PassageWindow)
	s.sound(ToneClear)
	s.release = true
}

func (s *step) alert(e Inspected) {
	p := s.decide(e, Called)
	s.begin(activity{what: alerting, number: p.Number, key: e.Key}, 0)
	s.sound(alertTone(e.Decision))
}

func alertTone(d inspect.Decision) Tone {
	if d.Lead().Kind == inspect.Person {
		return TonePerson
	}
	return ToneDocument
}

func (s *step) refer(e Inspected, hold time.Duration) {
	p := s.decide(e, WithOfficer)
	s.begin(activity{what: referring, number: p.Number, key: e.Key}, hold)
	s.sound(ToneRefer)
}

// decide records a decision and shows it.
func (s *step) decide(e Inspected, state PassageState) Passage {
	p := s.open(Passage{
		Document: e.Document, Decision: e.Decision, Elapsed: e.Elapsed,
		State: state, Waiting: waits(e.Decision, state),
	}, e.Key)
	s.record(Record{Kind: Decided, Passage: p.Number, Decision: p.Decision, Document: p.Document, Key: e.Key, Elapsed: e.Elapsed})
	s.show(p)
	return p
}

// waits reports whether an officer may record an outcome. A document that was
// not taken is presented again, but an alert is one all the same.
func waits(d inspect.Decision, state PassageState) bool {
	if state == NotTaken {
		return d.Verdict() == inspect.Alert
	}
	return state == WithOfficer || state == Called
}

// again counts a garbled reading; it is false when there were enough of them.
func (s *step) again() bool {
	tries := s.doing.tries + 1
	if tries > s.policy.Retries {
		return false
	}
	s.begin(activity{tries: tries}, s.policy.Again)
	return true
}

// readFailed deals with a reading without a document. It means something only
// when a document is waited for: at any other time it is noise.
func (s *step) readFailed(e ReadFailed) {
	if s.doing.what != resting || len(s.causes()) > 0 || s.again() {
		return
	}
	s.refer(Inspected{Decision: inspect.Decision{}.With(inspect.Unreadable)}, s.policy.Hold)
	s.records[len(s.records)-1].Detail = e.Fault
}

// breakOff ends what the lane is doing in favour of something graver.
func (s *step) breakOff() {
	if s.doing.what != passing && s.doing.what != shutting {
		return
	}
	s.lock = true
	if !s.doing.passed {
		s.notUsed()
	}
}
