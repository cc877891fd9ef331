package gate

import (
	"fmt"
	"time"
)

// overlap is how long a door may seem to be both shut and open: one contact may be
// heard a reading later than the other.
const overlap = 500 * time.Millisecond

// muteOpenings is how often the door may open in a row without a passage before
// the contact for passages is in doubt. Travellers think better of it, but not
// all of them.
const muteOpenings = 3

const doubtKinds = 4

// doubts are what contacts may say for a while and not for longer.
var doubts = [doubtKinds]struct {
	fault    string
	is       func(m *machine) bool
	patience func(c Config) time.Duration
}{
	{
		"door_closed, door_open: both active",
		func(m *machine) bool { return m.heard[doorClosed] == active && m.heard[doorOpen] == active },
		func(Config) time.Duration { return overlap },
	}, {
		"door_closed, door_open: neither active",
		func(m *machine) bool { return m.heard[doorClosed] == inactive && m.heard[doorOpen] == inactive },
		func(c Config) time.Duration { return c.Travel },
	}, {
		"passed: stays active",
		func(m *machine) bool { return m.heard[passed] == active && m.idle() },
		func(c Config) time.Duration { return c.HoldOpen },
	}, {
		"busy: stays active",
		func(m *machine) bool { return m.heard[busy] == active && m.idle() },
		func(c Config) time.Duration { return c.HoldOpen },
	},
}

// idle says that there is nothing for a controller to do. A door that stands open
// without a grant is not the contacts' fault.
func (m *machine) idle() bool { return !m.grant.open && !m.isOpen() }

// doubt notes since when contacts say what they must not say for long.
func (m *machine) doubt(now time.Time) {
	for i, d := range doubts {
		switch {
		case !d.is(m):
			m.doubts[i] = time.Time{}
		case m.doubts[i].IsZero():
			m.doubts[i] = now.Add(d.patience(m.config))
		}
	}
}

// judge looks at the end of a grant whether the supervised contacts have moved as
// they had to.
func (m *machine) judge() {
	moved := m.grant.moved
	if m.grant.passed {
		m.mute = 0
		for _, r := range []role{doorClosed, doorOpen, busy} {
			if m.wired[r] && m.supervised[r] && !moved[r] {
				m.stuck[r] = "did not move in a passage"
			}
		}
		return
	}
	if !m.supervised[passed] || !moved[doorClosed] && !moved[doorOpen] {
		return
	}
	if m.mute++; m.mute >= muteOpenings {
		m.mute = 0
		m.stuck[passed] = fmt.Sprintf("did not move, and the door opened %d times", muteOpenings)
	}
}

// fault names what makes the contacts nothing to rely on.
func (m *machine) fault() string {
	for r := range roles {
		if why := m.faultOf(r); why != "" {
			return r.String() + ": " + why
		}
	}
	for i, d := range doubts {
		if due(m.doubts[i], m.clock.now) {
			return d.fault
		}
	}
	return ""
}

// faultOf says what makes one contact nothing to rely on, whatever the others say.
func (m *machine) faultOf(r role) string {
	switch {
	case !m.wired[r]:
		return ""
	case m.heard[r] == silent:
		return "silent"
	case m.heard[r] == lost:
		return m.why[r]
	}
	return m.stuck[r]
}
