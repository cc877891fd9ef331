package sync

import (
	"context"
	"errors"
	"time"

	"portcullis/cache/feed"
)

// A Mender is a store whose damaged parts can be replaced one by one.
type Mender interface {
	// Bad returns how many parts of a list are known to be damaged.
	Bad(list string) int
	// Mend replaces them by those of a snapshot, which the store opens.
	Mend(ctx context.Context, list string, open func(feed.Release) (*feed.SnapshotFile, error)) error
}

var errNoSnapshot = errors.New("no snapshot leads to what is held")

// mending puts off the mending of a list that was tried in vain.
type mending struct {
	until    time.Time
	failures int
}

// mendTime bounds one attempt to mend a list, which waits meanwhile for what is
// newer. What it came to stays.
const mendTime = 10 * time.Minute

// mend replaces damaged parts of what is held by those of the newest snapshot,
// of which it fetches the table and those parts alone, with the deltas that
// lead from there to what is held. It reports whether nothing is damaged any
// more that was. A list that cannot be mended stays as it is: what is damaged
// gives no answer.
func (c *Client) mend(ctx context.Context, o supply, v feed.Verified, now time.Time) bool {
	store, can := c.config.Store.(Mender)
	list := c.config.List
	if !can || store.Bad(list) == 0 || now.Before(c.mending.until) {
		return false
	}
	ctx, done := context.WithTimeout(ctx, mendTime)
	defer done()
	err := store.Mend(ctx, list, func(r feed.Release) (*feed.SnapshotFile, error) { return c.openSnapshot(ctx, o, v, r) })
	left := store.Bad(list)
	if err == nil && left == 0 {
		c.mending = mending{}
		c.update(func(s *Status) { s.Mending = "" })
		return true
	}
	wait := min(c.config.Interval<<min(c.mending.failures, 20), maxHoldOff)
	c.mending.failures++
	c.mending.until = time.Now().Add(spread(wait/2, wait))
	c.update(func(s *Status) {
		s.Mending = "parts are still damaged"
		if err != nil {
			s.Mending = err.Error()
		}
	})
	return false
}

// openSnapshot opens the newest snapshot and brings it to a release that is
// held.
func (c *Client) openSnapshot(ctx context.Context, o supply, v feed.Verified, held feed.Release) (*feed.SnapshotFile, error) {
	way, found := v.Way(feed.Position{}, held.Position(), nil)
	for !found {
		f, more := v.Unread(held.Position())
		if !more {
			break
		}
		var err error
		if v, err = c.history(ctx, o, v, f); err != nil {
			return nil, err
		}
		way, found = v.Way(feed.Position{}, held.Position(), nil)
	}
	if !found {
		return nil, fail(NoWay, errNoSnapshot)
	}
	if way.Changes() > feed.MaxChanges {
		return nil, fail(NoWay, feed.ErrLarge)
	}
	ranges, err := o.spool.source.Ranges(ctx, c.config.List+"/"+way[0].Name)
	if err != nil {
		return nil, fail(FetchFailed, err)
	}
	context.AfterFunc(ctx, func() { ranges.Close() })
	file, err := feed.OpenSnapshot(ranges, way[0].Size, held.Params)
	if err != nil {
		return nil, fail(FileMismatch, err)
	}
	for _, s := range way[1:] {
		content, f, err := c.fetch(ctx, o, v, s)
		if err != nil {
			return nil, err
		}
		f.Close()
		file.Forward(content.Change())
	}
	return file, nil
}
