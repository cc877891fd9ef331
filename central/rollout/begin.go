package rollout

import (
	"slices"
	"strconv"
	"time"
)

// begin starts tries: second ones first, then devices of this wave, as many as
// the bounds allow.
func (s *step) begin() {
	if s.Phase != Running || !s.Rested.IsZero() || !(s.Urgent || s.Window.open(s.now)) {
		return
	}
	room, places := s.room(), s.places()
	for _, again := range []bool{true, false} {
		for _, name := range s.Order() {
			if room <= 0 {
				return
			}
			d := s.Devices[name]
			switch {
			case d.Due.After(s.now):
			case again && d.State == Queued:
				s.try(name)
				room--
			case !again && places > 0 && s.waits(d):
				s.try(name)
				room--
				places--
			}
		}
	}
}

// room returns how many tries may begin now.
func (s *step) room() int {
	active := 0
	for _, d := range s.Devices {
		if d.active() {
			active++
		}
	}
	s.starts = slices.DeleteFunc(s.starts, func(at time.Time) bool { return s.now.Sub(at) >= time.Minute })
	room := s.Concurrent - active
	if s.PerMinute > 0 {
		room = min(room, s.PerMinute-len(s.starts))
	}
	return room
}

func (s *step) try(name string) {
	s.set(name, func(d *Device) {
		if d.State == Pending {
			d.Wave = s.Wave
		}
		d.State, d.Reason, d.Text = Sending, "", ""
		d.Attempt++
		d.Began, d.Ended, d.Due = s.now, time.Time{}, time.Time{}
	})
	d := s.Devices[name]
	s.actions = append(s.actions, Action{Kind: Send, Device: name, Attempt: d.Attempt, Round: d.Round})
}

// later returns when a device may be tried for the nth time again: later each
// time, and not at the same moment as others.
func (s *step) later(name string, n int) time.Time {
	wait := s.BackOff << min(max(n-1, 0), 6)
	part := float64(draw(s.ID, name, strconv.Itoa(n))>>11) / (1 << 53)
	return s.now.Add(wait/2 + time.Duration(part*float64(wait)))
}

// watched is how many devices are asked how they do, of those with the release
// and of those without. The first of the order are: the canaries are among them.
const watchedMost = 200

// watch has devices asked: first before any has the release, to have something
// to compare with.
func (s *step) watch() {
	if s.Phase != Running || s.Watch <= 0 || s.now.Sub(s.watched) < s.Watch {
		return
	}
	var with, without []string
	for _, name := range s.Order() {
		d := s.Devices[name]
		switch {
		case d.State == Healthy && len(with) < watchedMost:
			with = append(with, name)
		case s.waits(d) && len(without) < watchedMost:
			without = append(without, name)
		}
	}
	if len(with) > 0 || s.watched.IsZero() && len(without) > 0 {
		s.watched = s.now
		s.actions = append(s.actions, Action{Kind: Watch, Devices: append(with, without...)})
	}
}
