package publish

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/list"
	"portcullis/central/keys"
	"portcullis/central/roles"
)

// Options say of which list a publisher makes releases, and how.
type Options struct {
	Dir    string     // of the repository, which package roles has begun
	List   string     // the name of the list
	KeyID  string     // of the list key that its digests are made with
	Ring   *keys.Ring // with keys of the roles list, snapshot and timestamp
	Root   []byte     // that devices are provisioned with; nil believes the first of the repository
	Policy Policy     // the zero value is DefaultPolicy
}

// A Policy holds the numbers of a publisher. All of its defaults are ours.
type Policy struct {
	// What changes within a day more than this share of the list, or of an issuing
	// State's records, and more records than that, needs approval by two.
	GateShare   float64
	GateRecords uint64
	// A snapshot is made when the deltas since the last have this share of its
	// size, or when it is this old.
	SnapshotShare float64
	SnapshotAge   time.Duration
	// How long deltas are kept, so that a device comes back by them from any
	// release of that time.
	Deltas time.Duration
	// How long a file stays that nothing names any more.
	Grace time.Duration
}

const day = 24 * time.Hour

// DefaultPolicy returns the numbers that hold where no others are given.
func DefaultPolicy() Policy {
	return Policy{
		GateShare: 0.05, GateRecords: 1000, SnapshotShare: 0.05, SnapshotAge: 7 * day,
		Deltas: 430 * day, Grace: 48 * time.Hour,
	}
}

// A Publisher makes the releases of one list. It is for one goroutine at a
// time; other programs are kept away by a lock.
type Publisher struct {
	Options
	folder     folder
	inArchives map[string][]string // the files that archives name
}

// New returns the publisher of a list.
func New(o Options) (*Publisher, error) {
	if !feed.ValidListName(o.List) || o.List == pendingDir || o.List == roles.Firmware {
		return nil, fmt.Errorf("publish: %q is no name for a list: use up to 32 of a-z, 0-9 and -", o.List)
	}
	if o.Policy == (Policy{}) {
		o.Policy = DefaultPolicy()
	}
	return &Publisher{Options: o, folder: folder{path: filepath.Join(o.Dir, o.List)}, inArchives: map[string][]string{}}, nil
}

// A Result is what has become of a publication.
type Result struct {
	// Manifest is that of the newest release, made now or before.
	Manifest feed.Manifest
	// Made tells whether that was made now.
	Made           bool
	Added, Removed uint64
	// Cursor is how far a registry was read.
	Cursor uint64
	// NoDelta says why no delta leads to a release that was made; it is empty
	// when one does.
	NoDelta string
	// Pending is the report on a release that was not published, because two
	// must approve of it first.
	Pending *Report
	// NotPruned is why old files were not removed. What was published is.
	NotPruned error
}

// The ways in which a release cannot be made.
var (
	ErrBusy     = roles.ErrBusy
	ErrClock    = errors.New("the clock is behind the time of the last release")
	ErrTwice    = errors.New("two records have the same digest, class and issuing State")
	ErrOrder    = errors.New("the records are not in order")
	ErrFirst    = errors.New("there is no release yet: publish all records first")
	ErrDamaged  = errors.New("the published files do not give what was signed")
	ErrSelfTest = errors.New("a device would refuse this: nothing was published")
	ErrPending  = errors.New("a release is pending: approve or reject it first")
)

// A ConflictError tells that a change does not fit the list that it is to
// change: it was made for another state.
type ConflictError struct {
	There   int // records to be added that are there already
	Missing int // records to be removed that are not there
}

// Error tells the numbers.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("the change adds %d records that are there, and removes %d that are not", e.There, e.Missing)
}

// Unwrap returns list.ErrConflict.
func (e *ConflictError) Unwrap() error { return list.ErrConflict }

// Publish makes the next release of the list by a change. An empty change only
// renews the timestamp. The same change at the same time on the same folder gives
// the same bytes.
func (p *Publisher) Publish(ctx context.Context, now time.Time, c list.Change) (Result, error) {
	return p.publish(ctx, now, func(w *work) error {
		if w.last.Sequence == 0 {
			return ErrFirst
		}
		return w.change(c)
	})
}

// publish does the work of a publication, alone.
func (p *Publisher) publish(ctx context.Context, now time.Time, plan func(*work) error) (r Result, err error) {
	err = p.locked(ctx, now, func(w *work) error {
		if err := w.settlePending(); err != nil {
			return err
		}
		if err := plan(w); err != nil {
			return err
		}
		r, err = w.publish()
		r.Cursor = w.cursor
		return err
	})
	return r, err
}

// Refresh signs a new timestamp, and completes what a crash has interrupted.
func (p *Publisher) Refresh(ctx context.Context, now time.Time) (r Result, err error) {
	err = p.locked(ctx, now, func(w *work) error {
		r, err = w.renew()
		return err
	})
	return r, err
}

// Latest returns the newest release of the list, as a device sees it; the error
// is ErrFirst when there is none yet.
func (p *Publisher) Latest(ctx context.Context) (feed.Manifest, error) {
	v, err := p.view(ctx, nil)
	m := v.release.Manifest()
	if err == nil && m.Sequence == 0 {
		err = ErrFirst
	}
	if err != nil {
		return feed.Manifest{}, fmt.Errorf("publish: list %s: %w", p.List, err)
	}
	return m, nil
}

// locked opens the list's work for one publisher alone. It waits for another for a
// short while: people approve while a service publishes.
func (p *Publisher) locked(ctx context.Context, now time.Time, do func(*work) error) error {
	unlock, err := await(ctx, p.folder.lock)
	if err == nil {
		defer unlock()
		var w *work
		if w, err = p.begin(ctx, now.UTC().Truncate(time.Second)); err == nil {
			defer w.close()
			err = do(w)
		}
	}
	if err != nil {
		return fmt.Errorf("publish: list %s: %w", p.List, err)
	}
	return nil
}
