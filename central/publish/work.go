package publish

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/list"
	"portcullis/central/roles"
)

// A work is one publication: what there is, and what is to follow.
type work struct {
	*Publisher
	ctx  context.Context
	now  time.Time
	repo *roles.Repository
	view view
	last feed.Manifest // the newest release

	state  *state
	leaves []list.Hash

	base     *feed.SnapshotFile
	baseStep feed.Step
	close    func()

	origin string // of the registry that the change is of
	cursor uint64
	next   *draft // nil when nothing changes
}

// A draft is the release that is being made.
type draft struct {
	release  feed.Release
	change   list.Change // when a delta leads to it
	tally    tally
	leaves   []list.Hash
	state    *state
	snapshot feed.Step   // the newest, of this release or an earlier one
	steps    []feed.Step // deltas to this release, that from the release before first
	recent   []feed.Step // deltas from one release to the next, just before
	kept     []feed.Step // all that devices are told of
	archives []feed.Archive
	noDelta  string
}

// begin looks at what there is, and completes what a crash has interrupted.
func (p *Publisher) begin(ctx context.Context, now time.Time) (*work, error) {
	w := &work{Publisher: p, ctx: ctx, now: now, close: func() {}}
	var err error
	if w.repo, err = roles.Open(roles.Dir(p.Dir), p.Root); err != nil {
		return nil, err
	}
	if w.view, err = p.view(ctx, nil); err != nil {
		return nil, err
	}
	w.last = w.view.release.Manifest()
	if now.Before(w.last.Issued) {
		return nil, fmt.Errorf("%w: it is %s, release %d is of %s", ErrClock, now.Format(time.RFC3339), w.last.Sequence, w.last.Issued.Format(time.RFC3339))
	}
	if err := w.complete(); err != nil {
		return nil, err
	}
	if err := w.loadState(); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// complete goes on where a crash has ended a publication. What waits for approval
// it leaves alone, unless that was published.
func (w *work) complete() error {
	pending, err := w.readPending()
	if err != nil {
		return err
	}
	if pending != nil && pending.Position == w.last.Position() {
		return errors.Join(w.adopt(pendingFile), w.dropPending())
	}
	next, err := w.readState(nextFile)
	if err != nil || next == nil {
		return err
	}
	switch {
	case next.Position == w.last.Position():
		return w.adopt(nextFile)
	case next.Position.Sequence != w.last.Sequence+1:
		return os.Remove(w.folder.state(nextFile))
	}
	if err := w.sign(next, nextFile); err != nil {
		return fmt.Errorf("complete release %d: %w", next.Position.Sequence, err)
	}
	w.view, err = w.Publisher.view(w.ctx, nil)
	w.last = w.view.release.Manifest()
	return err
}

// draft begins the release that follows the newest.
func (w *work) draft(p list.Params) *draft {
	d := &draft{state: &state{Origin: w.origin, Cursor: w.cursor, Peak: w.state.Peak, Before: w.state.Named}}
	d.release = feed.Release{List: w.List, Sequence: w.last.Sequence + 1, Issued: w.now, KeyID: w.KeyID, Params: p}
	return d
}

// change makes the next release of a change.
func (w *work) change(c list.Change) error {
	if c.Len() == 0 {
		return nil
	}
	if err := errors.Join(allOrdered(c.Removed), allOrdered(c.Added)); err != nil {
		return err
	}
	p := w.last.Params
	p.Codes = append(slices.Clone(p.Codes), newCodes(p.Codes, c.Removed, c.Added)...)
	d := w.draft(p)
	d.change, d.tally = c, tallyOf(c)
	if err := w.alter(d); err != nil {
		return err
	}
	d.release.Records = w.last.Records + uint64(len(c.Added)) - uint64(len(c.Removed))
	d.state.Issuers = d.tally.after(w.state.Issuers)
	if b := chooseBits(p.ShardBits, d.release.Records); b != p.ShardBits {
		p.ShardBits = b
		return w.whole(p, w.records(c), d.tally, "the list is cut into other shards")
	}
	delta, ok, err := d.addDelta(w.folder, w.last.Position(), c, w.baseStep.Size)
	if err != nil {
		return err
	}
	if !ok {
		return w.whole(p, w.records(c), d.tally, "it would be larger than the snapshot")
	}
	d.steps = []feed.Step{delta}
	d.snapshot = w.baseStep
	w.next = d
	return w.follow(d)
}

// maxLead is how many changes a device has to put together that begins with a
// snapshot: half of what it keeps in memory.
const maxLead = feed.MaxChanges / 2

// follow adds to a release that a delta leads to the roll-ups and the snapshot
// that are due, and what is kept of the releases before.
func (w *work) follow(d *draft) error {
	before := w.view.release.Steps()
	d.archives, d.recent = w.view.release.Archives(), w.recent(before)
	d.state.Calendar = w.state.Calendar.clone()
	if err := w.rollUp(d, before); err != nil {
		return err
	}
	lead, ok := way(append(slices.Clone(before), d.steps...), w.baseStep.To, d.release.Position())
	due := !ok || d.release.Issued.Sub(w.baseStep.Issued) >= w.Policy.SnapshotAge ||
		float64(lead.Bytes()) > w.Policy.SnapshotShare*float64(w.baseStep.Size) || lead.Changes() > maxLead
	if due {
		want := d.release.Root
		if err := w.snapshot(d, w.records(d.change)); err != nil {
			return err
		}
		if d.release.Root != want {
			return fmt.Errorf("%w: the snapshot has another root", ErrDamaged)
		}
	}
	all := append(slices.Clone(before), d.steps...)
	if due {
		all = append(all, d.snapshot)
	}
	d.kept = w.retain(d, all)
	d.dropArchives()
	return nil
}

func (c calendar) clone() calendar {
	c.Levels = maps.Clone(c.Levels)
	if c.Levels == nil {
		c.Levels = map[string]level{}
	}
	return c
}

// alter changes the shards that a change touches, and takes their hashes.
func (w *work) alter(d *draft) error {
	if err := w.open(); err != nil {
		return err
	}
	parts := d.change.Parts(d.release.Params)
	touched := make(map[uint32]bool, len(parts))
	for _, part := range parts {
		touched[part.Shard] = true
	}
	way, err := w.since(w.baseStep.To)
	if err != nil {
		return err
	}
	since, err := w.compose(way, func(id uint32) bool { return touched[id] })
	if err != nil {
		return err
	}
	d.leaves = slices.Clone(w.leaves)
	var conflict ConflictError
	for _, part := range parts {
		records, err := w.shard(part.Shard, since.Of(d.release.Params, part.Shard), nil)
		if err != nil {
			return err
		}
		if conflict.count(records, part.Change); conflict != (ConflictError{}) {
			continue
		}
		if records, err = part.Apply(records); err != nil {
			return err
		}
		d.leaves[part.Shard] = list.Leaf(part.Shard, records)
	}
	if conflict != (ConflictError{}) {
		return &conflict
	}
	d.release.Root, err = list.Root(d.leaves)
	return err
}

// count adds what of a change does not fit the records of a shard.
func (e *ConflictError) count(records []list.Record, c list.Change) {
	there := func(in []list.Record, r list.Record) bool {
		_, found := slices.BinarySearchFunc(in, r, list.Compare)
		return found
	}
	for _, r := range c.Removed {
		if !there(records, r) {
			e.Missing++
		}
	}
	for _, r := range c.Added {
		if there(records, r) && !there(c.Removed, r) {
			e.There++
		}
	}
}

// whole makes the next release of all records. No delta leads to it, so that
// nothing is kept of the releases before.
func (w *work) whole(p list.Params, records iter.Seq2[list.Record, error], t tally, why string) error {
	d := w.draft(p)
	d.tally, d.noDelta = t, why
	if err := w.snapshot(d, records); err != nil {
		return err
	}
	d.state.Calendar = beginCalendar(d.release)
	d.kept = []feed.Step{d.snapshot}
	w.next = d
	return nil
}
