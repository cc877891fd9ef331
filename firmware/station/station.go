package station

import (
	"cmp"
	"slices"
	"time"

	"portcullis/firmware/inspect"
)

// A Policy is how long a lane waits. A zero field means its default.
type Policy struct {
	Hold          time.Duration // how long a referral stays without an outcome; default 8 seconds
	PassageWindow time.Duration // how long a cleared traveller may pass; default 15 seconds
	Settle        time.Duration // how long the gate may take to shut; default 5 seconds
	Again         time.Duration // how long the lane waits for another try; default 30 seconds
	Retries       int           // how often a garbled reading is asked for again; default 2, less than 0 for never
}

func (p Policy) withDefaults() Policy {
	p.Hold = orDefault(p.Hold, 8*time.Second)
	p.PassageWindow = orDefault(p.PassageWindow, 15*time.Second)
	p.Settle = orDefault(p.Settle, 5*time.Second)
	p.Again = orDefault(p.Again, 30*time.Second)
	p.Retries = cmp.Or(p.Retries, 2)
	return p
}

func orDefault(d, ordinary time.Duration) time.Duration {
	if d <= 0 {
		return ordinary
	}
	return d
}

// A Station is one lane. The zero Station is closed until it is told of a
// reader that is ready and a gate that is locked. It is not for use by several
// goroutines.
type Station struct {
	Policy Policy
	// First is the number of the first passage, 1 if it is 0. Numbers should
	// not come again after a restart: somebody may still have an old one on
	// the screen.
	First uint64

	count  uint64 // of passages so far
	reader readerFacts
	gate   gateFacts
	faults []inspect.Code
	log    logFacts
	doing  activity
	past   []remembered
	undo   *undo // what the last step changed by an outcome
	shown  shown
}

// An activity is what the lane is doing with a traveller.
type activity struct {
	what   what
	number uint64 // of the passage
	key    string
	since  time.Time
	until  time.Time // zero when no time ends it
	opened bool      // while passing: the gate has said that it lets this one through
	passed bool      // while shutting: the traveller went through
	tries  int       // while resting: garbled readings so far
}

type what int

const (
	resting   what = iota // waiting for a document
	passing               // a traveller may pass
	shutting              // no more, and the gate is not locked yet
	referring             // an officer is asked
	alerting              // an officer is called
)

// A step is one call of Step in the making.
type step struct {
	*Station
	policy   Policy
	now      time.Time
	records  []Record
	lock     bool
	release  bool
	tone     Tone
	passages []Passage
}

// Step takes an event in and returns what is to be done.
func (s *Station) Step(now time.Time, e Event) []Action {
	next := &step{Station: s, policy: s.Policy.withDefaults(), now: now}
	failed, isFailure := e.(RecordFailed)
	if isFailure {
		next.recordFailed(failed)
		return next.actions()
	}
	s.undo = nil
	if g, isGate := e.(GateChanged); isGate {
		next.gateChanged(g) // a passage in time counts, however late it is told
		next.elapse()
		return next.actions()
	}
	next.elapse()
	next.take(e)
	return next.actions()
}

func (s *step) take(e Event) {
	switch e := e.(type) {
	case Inspected:
		s.inspected(e)
	case ReadFailed:
		s.readFailed(e)
	case ReaderChanged:
		s.readerChanged(e)
	case TamperCleared:
		s.record(Record{Kind: TamperOver, Officer: e.By})
	case OutcomeGiven:
		s.outcome(e)
	case FaultsChanged:
		s.faultsChanged(e)
	case RecordRestored:
		s.recordRestored()
	}
}

// elapse ends what time ends. A clock that was put back ends it too.
func (s *step) elapse() {
	d := s.doing
	if d.until.IsZero() || s.now.Before(d.until) && !s.now.Before(d.since) {
		return
	}
	switch d.what {
	case resting, referring:
		s.rest()
	case passing:
		s.lock = true
		if !inUse(s.gate.state) {
			s.notUsed()
			s.rest()
			return
		}
		s.begin(activity{what: shutting, number: d.number, key: d.key}, s.policy.Settle)
	case shutting:
		s.shut()
		if inUse(s.gate.state) {
			s.gateFault(GateNotShut, "")
		}
	}
}

// begin starts an activity, which lasts for a time or, if that is 0, until
// something else ends it.
func (s *step) begin(a activity, lasts time.Duration) {
	a.since = s.now
	if lasts > 0 {
		a.until = s.now.Add(lasts)
	}
	s.doing = a
}

func (s *step) rest() { s.begin(activity{}, 0) }

func (s *step) record(r Record) {
	r.At = s.now
	s.records = append(s.records, r)
}

func (s *step) sound(t Tone) { s.tone = t }

// A remembered passage is one that an officer may still say something of.
type remembered struct {
	Passage
	key string
}

// memory is how many passages are remembered.
const memory = 64

// open gives a passage its number.
func (s *step) open(p Passage, key string) Passage {
	p.Number, p.At = max(s.First, 1)+s.count, s.now
	s.count++
	if len(s.past) == memory {
		oldest := slices.IndexFunc(s.past, func(r remembered) bool { return r.Number != s.doing.number })
		s.past = slices.Delete(s.past, oldest, oldest+1)
	}
	s.past = append(s.past, remembered{p, key})
	return p
}

func (s *Station) find(number uint64) int {
	return slices.IndexFunc(s.past, func(r remembered) bool { return r.Number == number })
}

// become changes what is shown of the current passage.
func (s *step) become(state PassageState) Passage {
	i := s.find(s.doing.number)
	if i < 0 {
		return Passage{}
	}
	s.past[i].State = state
	s.show(s.past[i].Passage)
	return s.past[i].Passage
}

func (s *step) show(p Passage) { s.passages = append(s.passages, p) }
