package sync

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"portcullis/cache/feed"
)

// advance brings the store to a release, by the steps of least bytes that lead
// there. Deltas that the store refuses are given up, and another way is taken.
func (c *Client) advance(ctx context.Context, o supply, v feed.Verified) error {
	mended := false
	for {
		held := c.config.Store.Position(c.config.List)
		way, err := c.way(ctx, o, &v, held)
		if err != nil {
			return err
		}
		err = c.follow(ctx, o, v, way, held)
		if err == nil || ctx.Err() != nil {
			return err
		}
		// The shard that a delta changes may be damaged: that costs a few
		// kilobytes to mend, and another way perhaps the whole list.
		refused := CodeOf(err) == ApplyFailed && way[0].Kind() == feed.Delta
		if refused && !mended && c.mend(ctx, o, v, c.mending.until) {
			mended = true
			continue
		}
		if refused {
			c.trouble.giveUp(way)
		}
		if !slices.ContainsFunc(way, c.trouble.given) || !c.another(v, c.config.Store.Position(c.config.List)) {
			return err
		}
	}
}

// another reports whether there is a way without the steps that were given up.
func (c *Client) another(v feed.Verified, held feed.Position) bool {
	_, found := v.Way(held, v.Manifest().Position(), c.trouble.given)
	return found
}

// way returns the steps to a release, of those that were not given up while there
// are any. It reads the history and archives that may have better ones than are
// known.
func (c *Client) way(ctx context.Context, o supply, v *feed.Verified, held feed.Position) (feed.Way, error) {
	if err := c.learn(ctx, o, v, held); err != nil {
		return nil, err
	}
	m := v.Manifest()
	way, found := v.Way(held, m.Position(), c.trouble.given)
	if !found { // then those that failed are tried again
		way, found = v.Way(held, m.Position(), nil)
	}
	if !found {
		return nil, fail(NoWay, fmt.Errorf("no files lead from release %d to release %d", held.Sequence, m.Sequence))
	}
	return way, nil
}

// learn reads what names better steps from what is held than those that are
// known. A file that is not there, or is another, is given up like a delta, but
// on a medium at once; then what is known has to do, if anything leads on.
func (c *Client) learn(ctx context.Context, o supply, v *feed.Verified, held feed.Position) error {
	for {
		f, lacks := v.Lacks(held, c.trouble.given)
		if !lacks {
			return nil
		}
		other := c.another(*v, held)
		if other && c.trouble.often(f) {
			return nil
		}
		more, err := c.history(ctx, o, *v, f)
		if err != nil {
			counted := c.trouble.note(f, err)
			if other && counted && (o.local || c.trouble.often(f)) {
				return nil
			}
			return err
		}
		*v = more
	}
}

// history reads the history of a release, or an archive.
func (c *Client) history(ctx context.Context, o supply, v feed.Verified, f feed.File) (feed.Verified, error) {
	data, err := o.metadata.Fetch(ctx, c.config.List+"/"+f.Name, f.Size)
	if err != nil {
		return v, fail(FetchFailed, err)
	}
	more, err := v.WithHistory(data)
	if err != nil {
		return v, fail(FileMismatch, fmt.Errorf("get %s: %w", f.Name, err))
	}
	return more, nil
}

// maxTogether is how many changes are applied as one. More at a time would
// write less to the disk, and take more memory.
const maxTogether = 500_000

// follow fetches the steps of a way, and applies them: deltas in groups; a
// snapshot with all deltas behind it, for what it holds by itself may be older
// than what is served.
func (c *Client) follow(ctx context.Context, o supply, v feed.Verified, way feed.Way, held feed.Position) error {
	o.spool.prepare(way)
	var group feed.Content
	begun := false
	for _, s := range way {
		content, file, err := c.fetch(ctx, o, v, s)
		if err != nil {
			return err
		}
		defer file.Close()
		switch {
		case !begun:
			group, begun = content, true
			continue
		case group.Kind() == feed.Snapshot || group.Changes()+content.Changes() <= maxTogether:
			if group, err = group.Then(content); err != nil {
				return fail(ApplyFailed, err)
			}
			continue
		}
		if err := c.apply(ctx, group); err != nil {
			return err
		}
		group = content
	}
	if !begun {
		return fail(NoWay, errors.New("there is nothing to fetch"))
	}
	if group.Release().Sequence < held.Sequence {
		return fail(NoWay, fmt.Errorf("the files lead back to release %d", group.Release().Sequence))
	}
	return c.apply(ctx, group)
}

func (c *Client) apply(ctx context.Context, content feed.Content) error {
	// What is served on the way to a release may be no smaller than a release.
	if _, err := c.peak(content.Release()); err != nil {
		return fail(ApplyFailed, err)
	}
	if err := c.config.Store.Apply(ctx, content); err != nil {
		return local(ApplyFailed, err)
	}
	return nil
}

// fetch gets the file of a step and checks it.
func (c *Client) fetch(ctx context.Context, o supply, v feed.Verified, s feed.Step) (feed.Content, *os.File, error) {
	f, err := o.spool.fetch(ctx, s.File, func(done int64) {
		p := Progress{Sequence: s.To.Sequence, Kind: s.Kind(), Done: done, Total: s.Size}
		c.progress(p)
		if o.progress != nil {
			o.progress(p)
		}
	})
	if err != nil {
		c.trouble.note(s.File, err)
		return feed.Content{}, nil, err
	}
	content, err := v.Content(s, f)
	switch {
	case err == nil:
		return content, f, nil
	case errors.Is(err, feed.ErrFile):
		os.Remove(f.Name())
		err = fail(FileMismatch, err)
	case errors.Is(err, feed.ErrMalformed):
		err = fail(ApplyFailed, err)
	default:
		err = local(SpoolFailed, err)
	}
	c.trouble.note(s.File, err)
	f.Close()
	return feed.Content{}, nil, err
}
