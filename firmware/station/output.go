package station

import (
	"slices"
	"time"

	"portcullis/firmware/inspect"
)

// shown is what the lane shows: only changes of it are actions.
type shown struct {
	signal  Signal
	message Message
	state   State
	since   time.Time
	causes  []inspect.Code
	known   bool // all this was said
}

// looks is how the lane looks while it does something.
var looks = map[what]shown{
	passing:   {signal: SignalProceed, message: MessageProceed, state: Proceed},
	shutting:  {signal: SignalStop, message: MessageWait, state: Proceed},
	referring: {signal: SignalStop, message: MessageOfficer, state: Referred},
	alerting:  {signal: SignalStop, message: MessageOfficer, state: Alerted},
}

// look is what the lane is to show now.
func (s *Station) look(now time.Time) shown {
	causes := s.causes()
	look, busy := looks[s.doing.what]
	switch {
	case busy:
	case len(causes) > 0:
		look = shown{signal: SignalStop, message: MessageClosed, state: Closed}
	case s.doing.tries > 0:
		look = shown{signal: SignalReady, message: MessageAgain, state: Again}
	default:
		look = shown{signal: SignalReady, message: MessagePresent, state: Ready}
	}
	look.causes, look.since, look.known = causes, now, true
	if look.state == s.shown.state {
		look.since = s.shown.since
	}
	return look
}

// actions puts what a step decided into the order in which it is to be done:
// what must be durable, what makes safe, what is shown, and only then what
// opens.
func (s *step) actions() (todo []Action) {
	s.log.last = s.records
	for _, r := range s.records {
		todo = append(todo, r)
	}
	look, was := s.look(s.now), s.shown
	s.shown = look
	if s.lock {
		todo = append(todo, Gate{Command: Lock})
	}
	if look.signal != was.signal {
		todo = append(todo, Lights{look.signal})
	}
	if look.message != was.message {
		todo = append(todo, Display{look.message})
	}
	if s.tone != "" {
		todo = append(todo, Buzzer{s.tone})
	}
	if s.release {
		todo = append(todo, Gate{Release, s.doing.number})
	}
	if !was.known || look.state != was.state || !slices.Equal(look.causes, was.causes) {
		todo = append(todo, Lane{look.state, look.since, look.causes})
	}
	for _, p := range s.passages {
		todo = append(todo, p)
	}
	return todo
}
