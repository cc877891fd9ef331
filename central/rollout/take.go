package rollout

import "time"

// take takes in one event.
func (s *step) take(e Event) {
	switch e.Kind {
	case Heard, Gone:
		s.member(e)
	case Observed:
		s.observed(e)
	case Pause:
		if s.Phase == Running {
			s.steer(func(c *Course) { c.Phase = Paused })
		}
	case Abort:
		s.abort()
	case Resume:
		s.resume(e)
	default:
		if d := s.Devices[e.Device]; d != nil && d.active() && d.Attempt == e.Attempt {
			s.tried(e, d)
		}
	}
}

// member takes in what the inventory says. It is no transition: a campaign that
// is taken up again reads the inventory anew.
func (s *step) member(e Event) {
	d := s.Devices[e.Device]
	if d == nil {
		if e.Kind == Gone {
			return
		}
		d = &Device{State: Pending}
		s.Devices[e.Device], s.order = d, nil
	}
	d.gone = e.Kind == Gone
	if e.Kind == Heard {
		d.seen = e.Seen
	}
	if d.State == Pending && e.Reason != "" {
		s.set(e.Device, func(d *Device) { d.end(Skipped, s.now, e) })
		return
	}
	if d.State == Pending && d.Tries > s.Retries && d.seen.After(d.Ended) {
		s.set(e.Device, func(d *Device) { d.Tries, d.Due = 0, time.Time{} }) // it is back
	}
}

// tried takes in what came of the try that runs.
func (s *step) tried(e Event, d *Device) {
	switch e.Kind {
	case Met:
		s.set(e.Device, func(d *Device) { d.meet(e.Sample) })
	case Asked:
		s.set(e.Device, func(d *Device) { d.State, d.Asked = Installing, true })
	case Done:
		s.set(e.Device, func(d *Device) {
			d.end(Healthy, s.now, e)
			d.Last, d.Ready = e.Sample.Counters, e.Sample.Ready
		})
	case Needless:
		s.needless(e, d)
	case Broke:
		s.broke(e.Device, e)
	case Away:
		if d.Asked {
			e.Reason = ReasonLost
			s.broke(e.Device, e)
			return
		}
		s.set(e.Device, func(d *Device) {
			d.end(Pending, s.now, e)
			d.Reason = ReasonAway
			d.Tries++
			d.Attempt-- // it never came to anything
			d.Due = s.later(e.Device, d.Tries)
		})
	}
}

// needless takes in that a device has the release. One that was asked to install
// has it from this campaign, whose program may not have seen the end of it.
func (s *step) needless(e Event, d *Device) {
	switch {
	case !d.Asked:
		s.set(e.Device, func(d *Device) { d.end(Skipped, s.now, e) })
	case d.Ready && !e.Sample.Ready:
		e.Reason, e.Text, e.Final = ReasonUnwell, textUnwell, false
		s.broke(e.Device, e)
	default:
		e.Kind, e.Reason = Done, ""
		s.tried(e, d)
	}
}

const textUnwell = "since it has the release, the device cannot clear documents any more"

// end notes how a try ended.
func (d *Device) end(state State, now time.Time, e Event) {
	d.State, d.Reason, d.Text, d.Ended = state, e.Reason, e.Text, now
	d.Sent += e.Sent
}

// meet notes how a device did before it was sent anything. Of what it counted
// without a list there is nothing to learn.
func (d *Device) meet(now Sample) {
	if d.Asked {
		return // it may have the release already
	}
	d.From, d.Ready = now.Release, now.Ready
	d.without(now)
}

func (d *Device) without(now Sample) {
	if now.Release > 0 {
		more := now.since(d.Last)
		d.Before = d.Before.add(more)
		if !d.Last.Started.IsZero() {
			d.Others = d.Others.add(more)
		}
	}
	d.Last = now.Counters
}

// broke ends a try that went wrong: there is another one, or the device failed.
func (s *step) broke(name string, e Event) {
	s.set(name, func(d *Device) {
		d.end(Failed, s.now, e)
		if e.Refused {
			d.Round++
		}
		if !e.Final && d.Attempt <= s.Retries && s.Phase != Aborted {
			d.State, d.Due = Queued, s.later(name, d.Attempt)
		}
	})
}

// observed takes in how a device does that is not being sent to.
func (s *step) observed(e Event) {
	d := s.Devices[e.Device]
	if d == nil {
		return
	}
	switch d.State {
	case Pending:
		s.set(e.Device, func(d *Device) { d.without(e.Sample) })
	case Healthy:
		s.set(e.Device, func(d *Device) {
			d.After = d.After.add(e.Sample.since(d.Last))
			d.Last = e.Sample.Counters
			if d.Ready && !e.Sample.Ready || !e.Sample.Sound || e.Sample.Release < s.Release {
				d.end(Failed, s.now, Event{Reason: ReasonUnwell, Text: textUnwell})
			}
		})
	}
}

// abort ends the campaign. What is installing goes on: it cannot be taken back.
func (s *step) abort() {
	if s.Phase == Aborted {
		return
	}
	s.steer(func(c *Course) { c.Phase = Aborted })
	for _, name := range s.Order() {
		switch d := s.Devices[name]; d.State {
		case Sending:
			s.actions = append(s.actions, Action{Kind: Stop, Device: name, Attempt: d.Attempt})
			s.set(name, func(d *Device) { d.end(Pending, s.now, Event{Reason: ReasonAborted}) })
		case Queued:
			s.set(name, func(d *Device) { d.State = Failed })
		}
	}
}

// resume goes on with a campaign, also with one whose program was killed: what
// it was doing is tried again, as the same try.
func (s *step) resume(e Event) {
	if s.Phase == Aborted || s.Phase == Halted && !e.AcceptHalt {
		return
	}
	for _, name := range s.Order() {
		d := s.Devices[name]
		switch {
		case d.active():
			s.set(name, func(d *Device) { d.State, d.Attempt = Queued, d.Attempt-1 })
		case d.State == Pending && d.Tries > 0:
			s.set(name, func(d *Device) { d.Tries, d.Due = 0, time.Time{} })
		}
	}
	n := s.Count()
	s.steer(func(c *Course) {
		if c.Phase == Halted {
			c.PastFailed, c.PastExecuted = n[Failed], n[Failed]+n[Healthy]
			c.PastAnomaly = c.PastAnomaly || c.Reason == ReasonHitsHigh || c.Reason == ReasonHitsLow
		}
		if e.RetryFailed {
			c.PastExecuted, c.PastFailed = max(0, c.PastExecuted-n[Failed]), max(0, c.PastFailed-n[Failed])
		}
		c.Phase, c.Reason = Running, ""
	})
	for _, name := range s.Order() {
		if e.RetryFailed && s.Devices[name].State == Failed {
			s.set(name, func(d *Device) { d.State, d.Attempt, d.Due = Queued, 0, time.Time{} })
		}
	}
}
