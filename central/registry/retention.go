package registry

import (
	"context"
	"encoding/binary"
	"time"
)

// Notice is how many months before a record ends its owner is told.
const Notice = 6

// Expiring hands on the records whose last day comes within [Notice] months
// from now or is over already, the first of them first, until f fails.
func (r *Registry) Expiring(ctx context.Context, now time.Time, f func(Held) error) error {
	last := dayOf(now.AddDate(0, Notice, 0))
	return wrap("list expiring records", r.store.View(ctx, func(tx Tx) error {
		return eachPage(tx, Hints, nil, hintKey(last+1, 0), func(rows []Row) error {
			for _, row := range rows {
				keys, records, err := hinted(tx, row)
				if err != nil {
					return err
				}
				for i, s := range records {
					if err := f(s.held(keys[i])); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}))
}

// hinted returns the records of which a hint tells truly: a record may be gone
// since, or end on another day, of which another hint tells.
func hinted(tx Tx, hint Row) (keys [][]byte, records []*stored, err error) {
	if len(hint.Key) != 12 {
		return nil, nil, ErrDamaged
	}
	on, by := day(binary.BigEndian.Uint32(hint.Key)), Cursor(binary.BigEndian.Uint64(hint.Key[4:]))
	r := rest{data: hint.Value}
	var all [][]byte
	for len(r.data) > 0 {
		all = append(all, r.bytes())
	}
	if r.bad {
		return nil, nil, ErrDamaged
	}
	found, err := getStored(tx, Live, all)
	if err != nil {
		return nil, nil, err
	}
	for i, s := range found {
		if s != nil && s.expires == on && s.hinted == by {
			keys, records = append(keys, all[i]), append(records, s)
		}
	}
	return keys, records, nil
}

// Expire withdraws the records whose last day is over, and returns how many
// they were. It is to be called every day; what is withdrawn when it is killed
// stays withdrawn.
func (r *Registry) Expire(ctx context.Context, now time.Time) (withdrawn int, err error) {
	for more := true; more && err == nil; {
		err = r.store.Update(ctx, func(tx Tx) error {
			hints, err := tx.Scan(Hints, nil, hintKey(dayOf(now), 0), 1)
			if more = len(hints) > 0; err != nil || !more {
				return err
			}
			n, err := expire(tx, hints[0])
			withdrawn += n
			return err
		})
	}
	return withdrawn, wrap("withdraw expired records", err)
}

// expire withdraws the records of one hint, which has then served.
func expire(tx Tx, hint Row) (int, error) {
	keys, records, err := hinted(tx, hint)
	if err != nil {
		return 0, err
	}
	changes := make([]change, len(keys))
	for i, key := range keys {
		changes[i] = change{key, records[i], nil}
	}
	if len(changes) > 0 {
		if _, err := commit(tx, changes); err != nil {
			return 0, err
		}
	}
	return len(changes), tx.Delete(Hints, [][]byte{hint.Key})
}
