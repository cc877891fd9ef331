package station

import (
	"fmt"
	"slices"

	"portcullis/firmware/inspect"
)

// readerFacts is what is known of the reader.
type readerFacts struct {
	state string
	lost  bool // it was ready, and is not
}

func (s *step) readerChanged(e ReaderChanged) {
	was := s.reader.state
	s.reader.state = e.State
	switch {
	case was == readerReady && e.State != readerReady:
		s.reader.lost = true
		s.record(Record{Kind: ReaderGone, Detail: e.Detail})
		if s.doing.what == resting {
			s.rest() // nobody is asked again
		}
	case e.State == readerReady && s.reader.lost:
		s.reader.lost = false
		s.record(Record{Kind: ReaderBack, Detail: e.Detail})
	}
}

// faultsChanged records the faults that are new and those that are gone.
func (s *step) faultsChanged(e FaultsChanged) {
	for _, c := range e.Faults {
		if !slices.Contains(s.faults, c) {
			s.record(Record{Kind: FaultBegan, Detail: string(c)})
		}
	}
	for _, c := range s.faults {
		if !slices.Contains(e.Faults, c) {
			s.record(Record{Kind: FaultEnded, Detail: string(c)})
		}
	}
	s.faults = slices.Clone(e.Faults)
}

// causes are the reasons for which the lane is closed, or will be once the
// current traveller is dealt with.
func (s *Station) causes() []inspect.Code {
	causes := slices.Clone(s.faults)
	if s.log.failed {
		causes = append(causes, inspect.LogFailed)
	}
	if s.reader.state != readerReady {
		causes = append(causes, inspect.ReaderGone)
	}
	if s.gate.tampered {
		causes = append(causes, inspect.Tamper)
	}
	busy := s.doing.what == passing || s.doing.what == shutting
	switch {
	case s.gate.state == gateLocked || inUse(s.gate.state) && busy:
	case inUse(s.gate.state):
		causes = append(causes, inspect.GateNotShut)
	default:
		causes = append(causes, badness(s.gate.state).code)
	}
	return causes
}

// withCauses adds to a decision why the lane could not act on it.
func (s *Station) withCauses(d inspect.Decision) inspect.Decision {
	causes := s.causes()
	if len(causes) == 0 {
		return d
	}
	return d.With(causes...)
}

// logFacts is what is known of the log.
type logFacts struct {
	failed bool
	last   []Record // of the last step
	lost   []Record // that could not be written
	more   int      // lost ones beyond those that are kept
}

// keepLost is how many lost records are kept.
const keepLost = 256

// recordFailed closes the lane. Its actions hold no record, which would fail as
// well, and say everything anew, for the actions of the last step were dropped.
func (s *step) recordFailed(e RecordFailed) {
	s.log.failed = true
	lost := s.log.last[min(max(e.Written, 0), len(s.log.last)):]
	s.keep(lost)
	s.takeBack()
	s.shown, s.lock = shown{state: s.shown.state, since: s.shown.since}, true
	d := s.doing
	if d.what == passing || d.what == shutting && !d.passed {
		s.withhold(lost)
	}
	if i := s.find(s.doing.number); i >= 0 {
		s.show(s.past[i].Passage)
		s.sound(toneOf(s.doing.what, s.past[i].Decision))
	}
}

// withhold turns a passage that was granted into a referral. Was the grant
// recorded, its end must be, too.
func (s *step) withhold(lost []Record) {
	d := s.doing
	p := &s.past[s.find(d.number)]
	p.Decision, p.State, p.Waiting = p.Decision.With(inspect.LogFailed), WithOfficer, true
	if !slices.ContainsFunc(lost, func(r Record) bool { return r.Kind == Decided && r.Passage == d.number }) {
		s.keep([]Record{{At: s.now, Kind: NoPassage, Passage: d.number, Document: p.Document, Key: d.key, Detail: "cut short: the log failed"}})
	}
	s.begin(activity{what: referring, number: d.number, key: d.key}, s.policy.Hold)
}

func toneOf(w what, d inspect.Decision) Tone {
	switch w {
	case alerting:
		return alertTone(d)
	case referring:
		return ToneRefer
	}
	return ToneSilent
}

// keep holds records back for when the log can be written again. A decision
// that was Clear did not release the gate, for want of its record.
func (s *step) keep(lost []Record) {
	for _, r := range lost {
		if r.Kind == LogRestored || r.Kind == OutcomeKept {
			continue // it will be said anew
		}
		if r.Kind == Decided && r.Decision.Verdict() == inspect.Clear {
			r.Decision = r.Decision.With(inspect.LogFailed)
		}
		if len(s.log.lost) == keepLost {
			s.log.more++
			continue
		}
		s.log.lost = append(s.log.lost, r)
	}
}

// takeBack undoes an outcome that could not be recorded: an alert stays.
func (s *step) takeBack() {
	if s.undo == nil {
		return
	}
	s.doing = s.undo.doing
	if i := s.find(s.undo.passage.Number); i >= 0 {
		s.past[i].Passage = s.undo.passage
		if s.undo.passage.Number != s.doing.number {
			s.show(s.undo.passage)
		}
	}
	s.undo = nil
}

// recordRestored opens the log again and writes what it missed.
func (s *step) recordRestored() {
	if !s.log.failed {
		return
	}
	detail := fmt.Sprintf("%d entries were held back and follow", len(s.log.lost))
	if s.log.more > 0 {
		detail += fmt.Sprintf("; %d more are lost", s.log.more)
	}
	s.record(Record{Kind: LogRestored, Detail: detail})
	s.records = append(s.records, s.log.lost...)
	s.log = logFacts{}
}
