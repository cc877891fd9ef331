package registry

import (
	"context"
	"errors"
	"time"
)

// FinalizeInit ends a full load: what was not inserted again is removed, and
// what was inserted becomes live. From its first step there is no way back;
// when it is killed, it is to be called again. A publisher that looks in
// between finds each record as it was, or as it is to be.
//
// A record that says nothing else keeps the retention date that it had: a load
// extends nothing.
func (r *Registry) FinalizeInit(ctx context.Context, owner string, now time.Time) error {
	err := r.setPhase(ctx, owner, Removing, Loading, Removing)
	switch {
	case errors.Is(err, ErrPhase): // moving, or aborting, which the next step finds
	case err != nil:
		return wrap("finish full load", err)
	default:
		if err = r.eachOwned(ctx, Live, owner, Removing, removeUnstaged); err == nil {
			err = r.setPhase(ctx, owner, Moving, Removing)
		}
		if err != nil {
			return wrap("finish full load", err)
		}
	}
	return wrap("finish full load", r.move(ctx, owner, dayOf(now)))
}

// removeUnstaged removes the live records that have no staged one.
func removeUnstaged(tx Tx, keys [][]byte, records []*stored) error {
	staged, err := tx.Get(Staged, keys)
	if err != nil {
		return err
	}
	var changes []change
	for i, key := range keys {
		if staged[i] == nil {
			changes = append(changes, change{key, records[i], nil})
		}
	}
	if len(changes) == 0 {
		return nil
	}
	_, err = commit(tx, changes)
	return err
}

// move makes staged records live, and ends the load.
func (r *Registry) move(ctx context.Context, owner string, today day) error {
	if err := r.setPhase(ctx, owner, Moving, Moving); err != nil {
		return err
	}
	err := r.eachOwned(ctx, Staged, owner, Moving, func(tx Tx, keys [][]byte, records []*stored) error {
		live, err := getStored(tx, Live, keys)
		if err != nil {
			return err
		}
		var changes []change
		for i, s := range records {
			if c := (change{keys[i], live[i], moved(live[i], s, owner, today)}); c.needed() {
				changes = append(changes, c)
			}
		}
		if len(changes) > 0 {
			if _, err := commit(tx, changes); err != nil {
				return err
			}
		}
		return tx.Delete(Staged, keys)
	})
	if err != nil {
		return err
	}
	return r.store.Update(ctx, func(tx Tx) error { return Load{Owner: owner}.end(tx) })
}

// moved returns what becomes of a record for which another one is staged.
func moved(live, staged *stored, owner string, today day) *stored {
	if live != nil && owner != "" && live.owner != owner {
		return live // created meanwhile by another owner, who has it
	}
	s := *staged
	if live != nil && live.status == s.status && live.owner == s.owner {
		s.inserted, s.extension = live.inserted, live.extension
		if s.expires == 0 {
			s.expires = live.expires
		}
	}
	s.keep()
	if s.expires != 0 && s.expires < today {
		return nil
	}
	if live != nil && live.Entry == s.Entry {
		return live
	}
	return &s
}

// needed reports whether anything is to be written.
func (c change) needed() bool { return c.before != c.after }
