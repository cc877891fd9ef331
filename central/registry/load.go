package registry

import (
	"context"
	"errors"
	"time"
)

// A Load is a full load of an owner's records that is going on. What it
// inserts is staged: until FinalizeInit the records of before stay, and are
// published.
type Load struct {
	Owner   string    `json:"owner"` // empty for all owners
	Started time.Time `json:"started"`
	Phase   Phase     `json:"phase"`
	Import  string    `json:"import,omitempty"` // that it belongs to
}

// Phase is how far a load is.
type Phase string

// The phases. A load that is killed in one goes on in it.
const (
	Loading  Phase = "loading"  // records are staged
	Removing Phase = "removing" // records that were not inserted again are removed: there is no way back
	Moving   Phase = "moving"   // staged records become live
	Aborting Phase = "aborting" // staged records are dropped
)

var (
	// ErrLoading means that a full load of the owner is going on.
	ErrLoading = errors.New("a full load of this owner is going on: finish or abort it first")
	// ErrNotLoading means that no such load is going on.
	ErrNotLoading = errors.New("no full load of this owner is going on")
	// ErrPhase means that a load is too far for that.
	ErrPhase = errors.New("the full load is being finished or aborted: do that again, to its end")
)

const loadPrefix = "load/"

func loadKey(owner string) []byte { return []byte(loadPrefix + owner) }

// covers reports whether the records of an owner are the load's.
func (l Load) covers(owner string) bool { return l.Owner == "" || l.Owner == owner }

func loads(tx Tx) (all []Load, err error) {
	rows, err := tx.Scan(Meta, []byte("load."), []byte("load0"), page) // the signs before and behind the slash
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		var l Load
		if _, err := getJSON(tx, Meta, row.Key, &l); err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// notLoading refuses a change of an owner's records while a load replaces them:
// it would be lost.
func notLoading(tx Tx, owner string) error {
	all, err := loads(tx)
	if err != nil {
		return err
	}
	for _, l := range all {
		if l.covers(owner) {
			return ErrLoading
		}
	}
	return nil
}

// StartInit begins a full load of an owner's records, of all owners' when the
// owner is empty. Records come into it by [Registry.Insert].
func (r *Registry) StartInit(ctx context.Context, owner string, now time.Time) error {
	return wrap("start full load", r.store.Update(ctx, func(tx Tx) error { return startLoad(tx, Load{Owner: owner, Started: now, Phase: Loading}) }))
}

func startLoad(tx Tx, l Load) error {
	var c check
	if l.Owner != c.owner(l.Owner) || len(c.broken) > 0 {
		return refuse("owner", OwnerInvalid)
	}
	all, err := loads(tx)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.covers(l.Owner) || l.covers(other.Owner) {
			return ErrLoading
		}
	}
	return putJSON(tx, Meta, loadKey(l.Owner), l)
}

// Insert puts a record into the full load of an owner.
func (r *Registry) Insert(ctx context.Context, owner string, record Record, now time.Time) error {
	e, err := r.check(record, now)
	if err != nil {
		return wrap("insert record", err)
	}
	key, err := r.keyOf(e.Entry)
	if err != nil {
		return err
	}
	return wrap("insert record", r.store.Update(ctx, func(tx Tx) error {
		l, err := loadIn(tx, owner, Loading)
		if err != nil {
			return err
		}
		rules, err := l.stage(tx, [][]byte{key}, []*stored{e})
		if err == nil && rules[0] != "" {
			err = refuse("number", rules[0])
		}
		return err
	}))
}

// loadIn returns a load, which must be in one of these phases.
func loadIn(tx Tx, owner string, phases ...Phase) (l Load, err error) {
	found, err := getJSON(tx, Meta, loadKey(owner), &l)
	if err != nil {
		return l, err
	}
	if !found {
		return l, ErrNotLoading
	}
	for _, p := range phases {
		if l.Phase == p {
			return l, nil
		}
	}
	return l, ErrPhase
}

// stage takes records into a load, and returns for each the rule that keeps it
// out, if one does.
func (l Load) stage(tx Tx, keys [][]byte, records []*stored) ([]Rule, error) {
	staged, err := getStored(tx, Staged, keys)
	if err != nil {
		return nil, err
	}
	live, err := getStored(tx, Live, keys)
	if err != nil {
		return nil, err
	}
	withdrawn, err := l.withdrawn(tx)
	if err != nil {
		return nil, err
	}
	rules := make([]Rule, len(keys))
	seen := make(map[string]bool, len(keys))
	var rows []Row
	for i, s := range records {
		switch {
		case !l.covers(s.owner):
			rules[i] = OwnerNotOfLoad
		case staged[i] != nil, seen[string(keys[i])], live[i] != nil && !l.covers(live[i].owner):
			rules[i] = NumberPresent
		case withdrawn[string(keys[i])] == s.owner: // meanwhile
		default:
			seen[string(keys[i])] = true
			rows = append(rows, Row{keys[i], s.encode()})
		}
	}
	return rules, tx.Put(Staged, rows)
}

// AbortInit ends a full load, and leaves the records as they were before it.
func (r *Registry) AbortInit(ctx context.Context, owner string) error {
	err := r.setPhase(ctx, owner, Aborting, Loading, Aborting)
	if err == nil {
		err = r.dropStaged(ctx, owner)
	}
	return wrap("abort full load", err)
}

func (r *Registry) setPhase(ctx context.Context, owner string, to Phase, from ...Phase) error {
	return r.store.Update(ctx, func(tx Tx) error {
		l, err := loadIn(tx, owner, from...)
		if err != nil {
			return err
		}
		l.Phase = to
		return putJSON(tx, Meta, loadKey(owner), l)
	})
}

// dropStaged removes the staged records of a load, and the load with its import.
func (r *Registry) dropStaged(ctx context.Context, owner string) error {
	err := r.eachOwned(ctx, Staged, owner, Aborting, func(tx Tx, keys [][]byte, _ []*stored) error { return tx.Delete(Staged, keys) })
	if err != nil {
		return err
	}
	return r.store.Update(ctx, func(tx Tx) error {
		l, err := loadIn(tx, owner, Aborting)
		if err != nil {
			return err
		}
		if l.Import != "" {
			if err := dropJob(tx, []byte(l.Import)); err != nil {
				return err
			}
		}
		return l.end(tx)
	})
}

// eachOwned hands on the records of a load's owner, a page in a transaction, as
// long as the load is in that phase: another process may be ahead, and what
// this one took for missing may have moved. Pages without any are handed on to
// nobody.
func (r *Registry) eachOwned(ctx context.Context, t Table, owner string, phase Phase, f func(tx Tx, keys [][]byte, records []*stored) error) error {
	var behind []byte
	for more := true; more; {
		err := r.store.Update(ctx, func(tx Tx) error {
			if _, err := loadIn(tx, owner, phase); err != nil {
				return err
			}
			rows, err := tx.Scan(t, behind, nil, page)
			if err != nil {
				return err
			}
			if more = len(rows) == page; more {
				behind = rows[page-1].Key
			}
			keys, records, err := owned(rows, owner)
			if err != nil || len(keys) == 0 {
				return err
			}
			return f(tx, keys, records)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func owned(rows []Row, owner string) (keys [][]byte, records []*stored, err error) {
	for _, row := range rows {
		s, err := decode(row)
		if err != nil {
			return nil, nil, err
		}
		if owner == "" || owner == s.owner {
			keys, records = append(keys, row.Key), append(records, s)
		}
	}
	return keys, records, nil
}
