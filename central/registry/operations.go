package registry

import (
	"context"
	"fmt"
	"time"

	"portcullis/cache/list"
)

// Create adds a record. Unless it says otherwise, it is kept for the period of
// its kind, counted from now. What is refused is refused as [Refused].
func (r *Registry) Create(ctx context.Context, record Record, now time.Time) error {
	e, err := r.check(record, now)
	if err != nil {
		return fmt.Errorf("registry: create record: %w", err)
	}
	if e.Expired(now) {
		return fmt.Errorf("registry: create record: %w", refuse("expires", RetentionInPast))
	}
	err = r.change(ctx, e.Entry, func(tx Tx, before *stored) (*stored, error) {
		if before != nil {
			return nil, refuse("number", NumberPresent)
		}
		e.keep()
		return e, notLoading(tx, e.owner)
	})
	return wrap("create record", err)
}

// Update replaces what a record says, other than its identity and status. A
// retention date that is empty stays as it is; one may be sooner, and only
// Extend makes it later.
func (r *Registry) Update(ctx context.Context, record Record, now time.Time) error {
	e, err := r.check(record, now)
	if err != nil {
		return fmt.Errorf("registry: update record: %w", err)
	}
	err = r.change(ctx, e.Entry, func(tx Tx, before *stored) (*stored, error) {
		switch {
		case !matches(before, e.Entry):
			return nil, refuse("number", NotFound)
		case before.status != e.status:
			return nil, refuse("status", StatusNotUpdatable)
		case record.Expires == "":
			e.expires = before.expires
		case before.expires != 0 && e.expires > before.expires:
			return nil, refuse("expires", ExtensionUnexplained)
		case e.Expired(now):
			return nil, refuse("expires", RetentionInPast)
		}
		e.kind, e.inserted, e.extension = before.kind, before.inserted, before.extension
		return e, notLoading(tx, e.owner)
	})
	return wrap("update record", err)
}

// Withdraw removes a record: its owner no longer reports the document. It is
// taken out of a load that is not final too, and kept out of it, so that it does
// not come back.
func (r *Registry) Withdraw(ctx context.Context, id Identity) error {
	e, err := identify(id)
	if err != nil {
		return fmt.Errorf("registry: withdraw record: %w", err)
	}
	err = r.change(ctx, e, func(tx Tx, before *stored) (*stored, error) {
		if !matches(before, e) {
			return nil, refuse("number", NotFound)
		}
		key, err := r.keyOf(e)
		if err != nil {
			return nil, err
		}
		if err := noteWithdrawn(tx, key, e.owner); err != nil {
			return nil, err
		}
		staged, err := getStored(tx, Staged, [][]byte{key})
		if err != nil || !matches(staged[0], e) {
			return nil, err
		}
		return nil, tx.Delete(Staged, [][]byte{key})
	})
	return wrap("withdraw record", err)
}

// PurposeNotAchieved is the one reason for which a record is kept longer than
// was said.
const PurposeNotAchieved = "PURPOSE_NOT_ACHIEVED"

// Extend changes the last day on which a record may be kept. A later one needs
// the reason, and is at most the period of the record's kind from now.
func (r *Registry) Extend(ctx context.Context, id Identity, until, reason string, now time.Time) error {
	e, err := identify(id)
	if err != nil {
		return fmt.Errorf("registry: extend record: %w", err)
	}
	err = r.change(ctx, e, func(tx Tx, before *stored) (*stored, error) {
		if !matches(before, e) {
			return nil, refuse("number", NotFound)
		}
		after := *before
		c := check{today: dayOf(now)}
		after.expires, after.changed = c.expires(until, before.Entry), dayOf(now)
		later := before.expires != 0 && after.expires > before.expires
		switch {
		case len(c.broken) > 0:
			return nil, Refused(c.broken)
		case after.expires == 0:
			return nil, refuse("expires", RetentionMissing)
		case after.Expired(now):
			return nil, refuse("expires", RetentionInPast)
		case reason != "" && reason != PurposeNotAchieved:
			return nil, refuse("reason", ExtensionInvalid)
		case later && reason == "":
			return nil, refuse("reason", ExtensionUnexplained)
		case later:
			after.extension = reason
		}
		return &after, notLoading(tx, before.owner)
	})
	return wrap("extend record", err)
}

// change has f say what becomes of one record, nil to remove it.
func (r *Registry) change(ctx context.Context, e Entry, f func(tx Tx, before *stored) (*stored, error)) error {
	key, err := r.keyOf(e)
	if err != nil {
		return err
	}
	return r.store.Update(ctx, func(tx Tx) error {
		before, err := getStored(tx, Live, [][]byte{key})
		if err != nil {
			return err
		}
		after, err := f(tx, before[0])
		if err != nil {
			return err
		}
		_, err = commit(tx, []change{{key, before[0], after}})
		return err
	})
}

// check returns a record as it is to be stored when it is new, but for a
// retention date that it does not have.
func (r *Registry) check(record Record, now time.Time) (*stored, error) {
	e, broken := Check(record, now)
	if broken != nil {
		return nil, Refused(broken)
	}
	return newStored(e, dayOf(now)), nil
}

func newStored(e Entry, today day) *stored { return &stored{Entry: e, inserted: today, changed: today} }

// keep sets the retention date of a record that has none to the default of its
// kind, counted from its insertion.
func (s *stored) keep() {
	if years := s.retention(); s.expires == 0 && years > 0 {
		s.expires = s.inserted.after(years)
	}
}

func (r *Registry) keyOf(e Entry) ([]byte, error) {
	digest, err := r.key.Digest(e.number)
	return rowKey(digest, e.class, e.issuer), err
}

func identify(id Identity) (Entry, error) {
	var c check
	e := c.identity(id)
	if len(c.broken) > 0 {
		return Entry{}, Refused(c.broken)
	}
	return e, nil
}

// matches reports whether a record is the one that is named. A class letter
// stands for all types of the class.
func matches(found *stored, named Entry) bool {
	return found != nil && found.owner == named.owner && (named.kind == found.kind || isClass(named.kind))
}

func isClass(kind string) bool {
	_, err := list.ParseClass(kind)
	return err == nil
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("registry: %s: %w", what, err)
}
