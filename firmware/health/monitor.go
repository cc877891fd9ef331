package health

import "time"

// A longer time between two samples is no news of the parts: this program
// itself was kept from running, and they were with it.
const longestStep = 5 * time.Second

// stillSteps is how many samples in a row may have the same time.
const stillSteps = 5

// A Monitor judges the parts of an appliance. It belongs to one goroutine.
type Monitor struct {
	limits Limits
	early  int // runs in a row that ended early
	parts  []pulse
	clock  clock
	well   time.Duration // since when every part is well
}

// A pulse is what is known of one part.
type pulse struct {
	Part
	count   uint64
	beat    time.Duration // when its count was last seen to grow
	worked  bool          // it beat once without failing
	failing time.Duration // since when it fails
	fails   string
}

// New returns a monitor of parts that all begin now. Early is how many runs in a
// row ended early before this one.
func New(early int, l Limits, parts ...Part) *Monitor {
	m := &Monitor{limits: l.withDefaults(), early: early}
	for _, p := range parts {
		m.parts = append(m.parts, pulse{Part: p})
	}
	return m
}

// Step takes a sample, and says whether the watchdog may be fed now.
func (m *Monitor) Step(s Sample) State {
	now := m.clock.step(s)
	st := State{Feed: true}
	for i := range m.parts {
		p := &m.parts[i]
		ill, is := p.step(now, s.Beats, i, m.limits.Bear)
		if p.Name == Clock {
			ill, is = m.clock.judge(now)
		}
		if !is {
			continue
		}
		ill.Borne = m.early >= m.limits.Restarts && !p.Grave && ill.For < m.limits.Patience
		st.Feed = st.Feed && ill.Borne
		st.Ill = append(st.Ill, ill)
	}
	if len(st.Ill) > 0 {
		m.well = now
	}
	if st.Sound = now-m.well >= m.limits.Sound; st.Sound {
		m.early = 0
	}
	return st
}

// step takes the beats of one part, and says whether it is ill.
func (p *pulse) step(now time.Duration, all []Beats, i int, bear time.Duration) (Illness, bool) {
	var b Beats // a part that nobody speaks for has no beat
	if i < len(all) {
		b = all[i]
	}
	if b.Count != p.count {
		p.count, p.beat = b.Count, now
		p.worked = p.worked || b.Fails == ""
	}
	if b.Fails == "" || p.fails == "" {
		p.failing = now
	}
	p.fails = b.Fails
	switch {
	case now-p.beat > p.Within:
		return Illness{Part: p.Name, For: now - p.beat}, true
	case p.worked && now-p.failing > bear:
		return Illness{Part: p.Name, For: now - p.failing, Fails: p.fails}, true
	}
	return Illness{}, false
}

// A clock is the monitor's own time, which no pause of this program moves on,
// and what there is to say against the machine's. A wall clock that is set,
// whereto ever, is not ill: whether it can be right is for the lane to judge.
type clock struct {
	begun     bool
	monotonic time.Duration
	wall      time.Time
	now       time.Duration
	still     int           // samples in a row in which one of the two did not move
	moved     time.Duration // when both did
}

func (c *clock) step(s Sample) time.Duration {
	passed := s.Monotonic - c.monotonic
	moves := !c.begun || passed > 0 && !s.Wall.Equal(c.wall)
	if !c.begun {
		passed = 0
	}
	c.begun, c.monotonic, c.wall = true, s.Monotonic, s.Wall
	c.now += min(max(passed, 0), longestStep)
	c.still++
	if moves {
		c.still, c.moved = 0, c.now
	}
	return c.now
}

func (c *clock) judge(now time.Duration) (Illness, bool) {
	return Illness{Part: Clock, For: now - c.moved}, c.still >= stillSteps
}
