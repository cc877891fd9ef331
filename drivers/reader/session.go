package reader

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

// The reasons for which a link is given up though it works.
var (
	errNoAnswer = errors.New("no such reader answers")
	errGarbled  = errors.New("what comes makes no sense: the line may be set otherwise")
)

// A session is the talk with a reader over one open link: what to say, what to
// wait for, and what its frames amount to. It is a function of the bytes and the
// times given to it alone; what is to be done comes out as effects.
type session struct {
	profile Profile
	framer  wire.Framer
	zone    assembler
	choosy  bool // the line may be set otherwise: see garbled

	say    []saying  // still to be said; the first is under way
	tries  int       // how often that was said
	until  time.Time // when it is to be said again, or its answer is late
	failed error     // why the link is to be given up

	state  drivers.ReaderState
	rearm  bool      // a document was read, and not taken away yet
	read   time.Time // when it was
	heard  time.Time // when the last bytes came
	spoke  time.Time // when something was last said
	proven bool      // the reader answered, or a zone came whose check digits hold
	garble int       // frames in a row that made no sense

	effects []effect
}

// A saying is an exchange and what it is for.
type saying struct {
	Exchange
	what string
}

// An effect is one thing to do: bytes to send, a state to tell, or a reading to
// deliver.
type effect struct {
	send    Bytes
	state   drivers.ReaderState
	detail  string
	reading *drivers.Reading
	frame   *wire.Frame // told to a tracer only
}

// sayAgain is the pause before a reader that did not do as it was told, or that may have
// forgotten it, is told again.
const sayAgain = 5 * time.Second

// lying is how long a document may lie on a reader that waits for its removal
// before the lane is told that the next one is not read.
const lying = 30 * time.Second

// garbled is how many frames in a row make no sense on a line that is set wrong.
const garbled = 3

func newSession(p Profile, framer wire.Framer, choosy bool) *session {
	s := &session{profile: p, framer: framer, zone: assembler{zone: p.Zone}, choosy: choosy}
	if p.Probe.Send != "" {
		s.say = append(s.say, saying{p.Probe, "probe"})
	}
	for i, e := range p.Setup {
		s.say = append(s.say, saying{e, fmt.Sprintf("setup %d", i+1)})
	}
	return s
}

// begin starts the talk on a link that was just opened.
func (s *session) begin(now time.Time) []effect {
	s.state, s.heard = drivers.ReaderProbing, now
	if s.profile.Arm.When != "" {
		s.arm()
	}
	s.advance(now)
	return s.done()
}

// take handles bytes that came.
func (s *session) take(now time.Time, b []byte) []effect {
	s.heard = now
	s.frames(now, s.framer.Push(now, b))
	return s.done()
}

// tick handles the passing of time.
func (s *session) tick(now time.Time) []effect {
	s.frames(now, s.framer.Idle(now))
	s.readings(now, s.zone.tick(now))
	if s.profile.Presence.Kind == "inferred" && now.Sub(s.heard) >= s.profile.Presence.Quiet() {
		s.removed(now)
	}
	if s.rearm && s.state == drivers.ReaderReady && now.Sub(s.read) >= lying {
		s.become(drivers.ReaderDegraded, "the last document was not taken away, or the reader did not say so")
	}
	if s.mayHaveForgotten(now) {
		s.arm()
		s.advance(now)
	}
	if len(s.say) > 0 && !s.until.IsZero() && !now.Before(s.until) {
		s.late(now)
	}
	return s.done()
}

// end tells what a link leaves behind that is lost.
func (s *session) end(now time.Time) []effect {
	s.frames(now, s.framer.Idle(now))
	s.readings(now, s.zone.tick(now.Add(s.profile.Zone.Pair())))
	return slices.DeleteFunc(s.done(), func(e effect) bool { return e.reading == nil && e.frame == nil })
}

func (s *session) done() []effect {
	effects := s.effects
	s.effects = nil
	return effects
}

func (s *session) frames(now time.Time, frames []wire.Frame) {
	for _, f := range frames {
		s.effects = append(s.effects, effect{frame: &f})
		switch {
		case f.Kind == wire.KindAnswer && f.Fault == drivers.NoFault:
			s.answered(now, f.Answer)
		case f.Kind == wire.KindPresence && f.Fault == drivers.NoFault:
			if !f.In {
				s.removed(now)
			}
		case isDocument(f):
			s.readings(now, s.zone.add(now, f))
		default:
			s.tell(s.profile.Feedback.Ignore)
		}
	}
}

// readings delivers readings, tells the reader what became of them, and has it
// take the next document.
func (s *session) readings(now time.Time, readings []drivers.Reading) {
	for _, r := range readings {
		s.effects = append(s.effects, effect{reading: &r})
		good := r.Fault == drivers.NoFault && Holds(r.Lines)
		if good {
			s.tell(s.profile.Feedback.Good)
		} else {
			s.tell(s.profile.Feedback.Bad)
		}
		s.judge(r, good)
		switch s.profile.Arm.When {
		case "read":
			s.arm()
			s.advance(now)
		case "removal":
			s.rearm, s.read = true, now
		}
	}
}

// judge finds out whether the line is set as the reader's.
func (s *session) judge(r drivers.Reading, good bool) {
	switch {
	case good:
		s.proven, s.garble = true, 0
	case r.Fault == drivers.NoFault || r.Fault == drivers.FaultNoRead:
		s.garble = 0
	default:
		s.garble++
	}
	if s.choosy && !s.proven && s.garble >= garbled {
		s.failed = errGarbled
	}
}

// removed has the reader take the next document, if it waits for the last to be
// taken away.
func (s *session) removed(now time.Time) {
	if !s.rearm {
		return
	}
	s.rearm = false
	s.arm()
	s.advance(now)
}

// mayHaveForgotten reports whether a reader that waits for a document has been quiet for
// so long that it is armed once more. It may have lost its power behind an adapter
// that did not, or sent a document of which nothing arrived that could be told as one.
func (s *session) mayHaveForgotten(now time.Time) bool {
	if s.profile.Arm.When == "" || s.profile.Arm.Send == "" || len(s.say) > 0 || s.rearm {
		return false
	}
	return now.Sub(s.heard) >= sayAgain && now.Sub(s.spoke) >= sayAgain
}

func (s *session) tell(b Bytes) {
	if b != "" {
		s.effects = append(s.effects, effect{send: b})
	}
}

// arm queues what has the reader take the next document, once.
func (s *session) arm() {
	if !slices.ContainsFunc(s.say, func(e saying) bool { return e.what == armed }) {
		s.say = append(s.say, saying{s.profile.Arm.Exchange, armed})
	}
}

const armed = "arming"

// advance says what is next, up to the first that needs an answer. Once there is
// nothing more to say the reader is ready.
func (s *session) advance(now time.Time) {
	for s.until.IsZero() && len(s.say) > 0 {
		s.tell(s.say[0].Send)
		s.spoke = now
		if s.say[0].Expect != "" {
			s.tries, s.until = 1, now.Add(s.say[0].Timeout())
			break
		}
		s.say = s.say[1:]
	}
	switch {
	case len(s.say) == 0:
		s.become(drivers.ReaderReady, "")
	case s.state == drivers.ReaderProbing:
		s.become(drivers.ReaderProbing, "")
	}
}

// answered takes an answer of the reader. One to nothing that was asked means
// nothing.
func (s *session) answered(now time.Time, answer string) {
	if len(s.say) == 0 || s.until.IsZero() || !strings.HasPrefix(answer, string(s.say[0].Expect)) {
		return
	}
	s.proven = true
	s.say, s.until = s.say[1:], time.Time{}
	s.advance(now)
}

// late says again what was not answered, or gives up.
func (s *session) late(now time.Time) {
	head := s.say[0]
	if s.tries < head.tries() {
		s.tries++
		s.until = now.Add(head.Timeout())
		s.tell(head.Send)
		return
	}
	if head.what == "probe" {
		s.failed = errNoAnswer
		return
	}
	s.become(drivers.ReaderDegraded, head.what+": the reader does not answer as it should")
	s.tries, s.until = 0, now.Add(sayAgain)
}

// become tells a state, whose detail the supervisor completes.
func (s *session) become(state drivers.ReaderState, detail string) {
	s.state = state
	s.effects = append(s.effects, effect{state: state, detail: detail})
}
