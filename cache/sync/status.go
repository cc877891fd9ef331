package sync

import (
	"time"

	"portcullis/cache/feed"
)

// Status is what a client knows of the list that it keeps up to date.
type Status struct {
	Code        Code
	Detail      string    // the cause, for a technician; it holds no secret
	Since       time.Time // when the code became what it is
	LastSuccess time.Time // when the newest release was last known to be held
	Published   time.Time // when the publisher last said what is the newest
	Floor       time.Time // a time that has certainly passed
	Mending     string    // why damaged parts of the list are not mended; empty when none are
	Progress    Progress  // of the file that is being fetched; zero when none is
}

// Progress is how far a file is fetched.
type Progress struct {
	Sequence uint64 // of the release
	Kind     feed.Kind
	Done     int64 // bytes
	Total    int64
}

// lags reports whether a cache on the way that is late may be all that is wrong.
func (c Code) lags() bool { return c == Rollback || c == Mixed }

// skewGrace is how long that may last before it is a state of the list.
const skewGrace = 10 * time.Minute

// Status returns what the client knows now.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// update changes the status, and tells of it if it became another.
func (c *Client) update(change func(*Status)) {
	c.mu.Lock()
	before := c.status
	change(&c.status)
	after := c.status
	c.mu.Unlock()
	if after != before && c.config.OnChange != nil {
		c.config.OnChange(after)
	}
}

// report notes how an attempt that began at some time has ended.
func (c *Client) report(began time.Time, err error) {
	code, ok := codeOf(err)
	now := time.Now()
	switch {
	case code.lags() && c.skewed.IsZero():
		c.skewed = now
	case ok && !code.lags() && code != FetchFailed:
		c.skewed = time.Time{}
	}
	c.update(func(s *Status) {
		s.Progress = Progress{}
		if !ok || code.lags() && now.Sub(c.skewed) < skewGrace {
			return
		}
		if s.Code != code {
			s.Code, s.Since = code, now
		}
		s.Detail = ""
		if err != nil {
			s.Detail = err.Error()
		}
		if code == Current || code == Expired {
			s.LastSuccess = began
		}
	})
}

// progress notes how far a file is fetched, each time that a hundredth of it
// has come.
func (c *Client) progress(p Progress) {
	c.update(func(s *Status) {
		old := s.Progress
		if old.Sequence == p.Sequence && old.Kind == p.Kind && p.Done < p.Total && (p.Done-old.Done) < p.Total/100 && p.Done >= old.Done {
			return
		}
		s.Progress = p
	})
}
