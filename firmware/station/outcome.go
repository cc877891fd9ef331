package station

import (
	"errors"
	"slices"
)

// Outcome is what an officer says came of a passage.
type Outcome string

// The outcomes. None of them opens the gate: whoever was with an officer goes
// on past it.
const (
	VerifiedAndReleased Outcome = "verified-and-released" // document and holder are in order
	ErrorInList         Outcome = "error-in-list"         // the holder is the rightful one, and the list is wrong
	NotConfirmed        Outcome = "not-confirmed"         // nobody could confirm the match in time
	Refused             Outcome = "refused"               // sent back, or not let on
	HandedOver          Outcome = "handed-over"           // to the police or another authority
	Incident            Outcome = "incident-settled"      // no document was in question
)

var outcomes = []struct {
	outcome Outcome
	label   string
}{
	{VerifiedAndReleased, "Verified, let go"},
	{ErrorInList, "Error in the list"},
	{NotConfirmed, "Not confirmed"},
	{Refused, "Refused"},
	{HandedOver, "Handed over"},
	{Incident, "Incident settled"},
}

// Outcomes returns every outcome, in the order in which a page offers them.
func Outcomes() []Outcome {
	all := make([]Outcome, len(outcomes))
	for i, o := range outcomes {
		all[i] = o.outcome
	}
	return all
}

// Label returns the outcome as an officer reads it.
func (o Outcome) Label() string {
	for _, known := range outcomes {
		if known.outcome == o {
			return known.label
		}
	}
	return string(o)
}

// Why an outcome is not accepted.
var (
	ErrUnknownPassage = errors.New("record outcome: no such passage waits for one")
	ErrRecorded       = errors.New("record outcome: the passage has one")
	ErrUnknownOutcome = errors.New("record outcome: no such outcome")
	ErrNoOfficer      = errors.New("record outcome: it must say which officer found it")
)

// Accepts says whether a step with this outcome would record it, and if not
// why. An outcome that is not accepted makes no actions.
func (s *Station) Accepts(e OutcomeGiven) error {
	i := s.find(e.Passage)
	switch {
	case i < 0 || !s.past[i].Waiting && s.past[i].Outcome == "":
		return ErrUnknownPassage
	case s.past[i].Outcome != "":
		return ErrRecorded
	case !slices.Contains(Outcomes(), e.Outcome):
		return ErrUnknownOutcome
	case e.Officer == "":
		return ErrNoOfficer
	}
	return nil
}

// outcome records what came of a passage, which may be over long since.
func (s *step) outcome(e OutcomeGiven) {
	if s.Accepts(e) != nil {
		return
	}
	p := &s.past[s.find(e.Passage)]
	s.undo = &undo{s.doing, p.Passage}
	p.Outcome, p.Waiting, p.Closed = e.Outcome, false, s.now
	s.record(Record{Kind: OutcomeKept, Passage: e.Passage, Document: p.Document, Key: p.key, Outcome: e.Outcome, Officer: e.Officer})
	s.show(p.Passage)
	if e.Passage == s.doing.number && (s.doing.what == referring || s.doing.what == alerting) {
		s.sound(ToneSilent)
		s.rest()
	}
}

// An undo is what an outcome changed, for when it cannot be recorded.
type undo struct {
	doing   activity
	passage Passage
}
