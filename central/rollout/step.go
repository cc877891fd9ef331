package rollout

import "time"

// A step is one call of Step.
type step struct {
	*Campaign
	now     time.Time
	changes []Transition
	actions []Action
}

// Step takes in what happened, and returns what changed and what is to be
// done. It is also called without events, about every second, for what time
// alone changes. Before an action is done the transitions must be kept: only
// then does a crash not do it twice.
func (c *Campaign) Step(now time.Time, events []Event) ([]Transition, []Action) {
	s := &step{Campaign: c, now: now.Round(0)} // a journal keeps no monotonic time
	for _, e := range events {
		s.take(e)
	}
	s.expire()
	s.judge(false)
	s.advance()
	s.begin()
	s.watch()
	return s.changes, s.actions
}

// set changes a device, and notes that.
func (s *step) set(name string, change func(*Device)) {
	is := Device{State: Pending}
	if d := s.Devices[name]; d != nil {
		is = *d
	}
	change(&is)
	s.note(Transition{At: s.now, Device: name, Is: &is})
}

// steer changes the campaign, and notes that.
func (s *step) steer(change func(*Course)) {
	is := s.Course
	change(&is)
	s.note(Transition{At: s.now, Course: &is})
}

func (s *step) note(t Transition) {
	s.Apply(t)
	s.changes = append(s.changes, t)
}

// expire ends tries that took too long.
func (s *step) expire() {
	for _, name := range s.Order() {
		d := s.Devices[name]
		if d.active() && s.now.Sub(d.Began) >= s.Timeout {
			s.actions = append(s.actions, Action{Kind: Stop, Device: name, Attempt: d.Attempt})
			s.broke(name, Event{Reason: ReasonTimeout})
		}
	}
}

// judge halts the campaign at a threshold. At the end of a wave it does not
// matter how few have ended.
func (s *step) judge(end bool) {
	if s.Phase != Running {
		return
	}
	healthy, failed := 0, -s.PastFailed
	var after, before, others Tally
	for _, d := range s.Devices {
		switch d.State {
		case Healthy:
			healthy++
			after, before = after.add(d.After), before.add(d.Before)
		case Failed:
			failed++
		default:
			others = others.add(d.Others)
		}
	}
	executed := healthy + failed - (s.PastExecuted - s.PastFailed)
	enough := executed > 0 && (end || executed >= s.Executed)
	if enough && float64(failed)*100 > s.FailedPercent*float64(executed) {
		s.steer(func(c *Course) { c.Phase, c.Reason = Halted, ReasonFailures })
		return
	}
	if reason := s.Anomaly.judge(after, before, others); reason != "" && !s.PastAnomaly {
		s.steer(func(c *Course) { c.Phase, c.Reason = Halted, reason })
	}
}

// advance goes to the next wave, or to the end.
func (s *step) advance() {
	if s.Phase != Running || s.busy() {
		return
	}
	left, later := s.left()
	over := left+later == 0
	resting := !s.Rested.IsZero() // then who joins waits for the next wave
	if !over && !resting && (s.Wave == len(s.Waves)-1 || s.places() > 0) {
		return // this wave has not ended, or waits for those that are away
	}
	if s.judge(true); s.Phase != Running {
		return
	}
	switch {
	case over:
		s.steer(func(c *Course) { c.Phase, c.Reason, c.Rested = Finished, "", time.Time{} })
	case !resting && !s.Urgent && s.Wait > 0:
		s.steer(func(c *Course) { c.Rested = s.now })
	case s.Urgent || s.now.Sub(s.Rested) >= s.Wait:
		s.steer(func(c *Course) { c.Rested, c.Wave = time.Time{}, s.nextWave() })
	}
}

// nextWave is the first one that has a place for another device.
func (s *step) nextWave() int {
	w, begun, of := s.Wave+1, s.begun(), s.counted()
	for w < len(s.Waves)-1 && s.Waves[w].of(of) <= begun {
		w++
	}
	return w
}

// busy reports whether a device was begun with and has not ended.
func (s *step) busy() bool {
	for _, d := range s.Devices {
		if d.begun() && !d.ended() {
			return true
		}
	}
	return false
}

// left returns how many devices could be begun with now, were there places, and
// how many more later.
func (s *step) left() (now, later int) {
	for _, d := range s.Devices {
		switch {
		case !s.waits(d):
		case d.Due.After(s.now):
			later++
		default:
			now++
		}
	}
	return now, later
}

// waits reports whether a device is to be begun with at all: it is there, or
// may be, and was not given up.
func (s *step) waits(d *Device) bool {
	return d.State == Pending && s.counts(d) && d.Tries <= s.Retries
}

// counts reports whether a device is one of those that percentages are of.
func (s *step) counts(d *Device) bool {
	return !d.gone && (d.seen.IsZero() || s.now.Sub(d.seen) <= s.Seen)
}

func (s *step) begun() (n int) {
	for _, d := range s.Devices {
		if d.begun() {
			n++
		}
	}
	return n
}

// counted returns how many devices percentages are of: those that are there and
// need the release.
func (s *step) counted() (n int) {
	for _, d := range s.Devices {
		if d.begun() || s.waits(d) {
			n++
		}
	}
	return n
}

// places returns how many more devices this wave has places for.
func (s *step) places() int {
	return max(0, s.Waves[s.Wave].of(s.counted())-s.begun())
}
