package gate

import "time"

// A clock is the time of a machine. It goes on with the time that it is told, and
// never back: deadlines stay as far away as they were when somebody sets the
// clock of the device.
type clock struct {
	now  time.Time
	back time.Duration // by how much it is ahead of what it is told
}

func (c *clock) take(at time.Time) time.Time {
	if now := at.Add(c.back); now.Before(c.now) {
		c.back += c.now.Sub(now)
	}
	c.now = at.Add(c.back)
	return c.now
}

// wall returns what the clock will be told at a time, or zero for none.
func (c *clock) wall(then time.Time) time.Time {
	if then.IsZero() {
		return then
	}
	return then.Add(-c.back)
}

// due says whether a deadline has come; zero is none.
func due(deadline, now time.Time) bool { return !deadline.IsZero() && !now.Before(deadline) }

// sooner returns the earlier of two deadlines.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
