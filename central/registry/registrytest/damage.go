package registrytest

import (
	"errors"
	"iter"
	"testing"

	"portcullis/cache/list"
	"portcullis/central/registry"
)

// spoiled are what damage leaves of the rows of two records.
var spoiled = map[string]func(tx registry.Tx, live []registry.Row) error{
	"ALostRecord": func(tx registry.Tx, live []registry.Row) error {
		return tx.Delete(registry.Live, [][]byte{live[0].Key})
	},
	"ARecordTooMany": func(tx registry.Tx, live []registry.Row) error {
		live[0].Key[0] ^= 1
		return tx.Put(registry.Live, live[:1])
	},
	"ARecordThatCannotBeRead": func(tx registry.Tx, live []registry.Row) error {
		live[0].Value[0] ^= 0x80
		return tx.Put(registry.Live, live[:1])
	},
	"LostCounts": func(tx registry.Tx, _ []registry.Row) error {
		return deleteAll(tx, registry.Counts)
	},
}

func deleteAll(tx registry.Tx, table registry.Table) error {
	rows, err := tx.Scan(table, nil, nil, 9)
	var keys [][]byte
	for _, row := range rows {
		keys = append(keys, row.Key)
	}
	return errors.Join(err, tx.Delete(table, keys))
}

func damageIsNoticed(t *testing.T, s registry.Store, spoil func(registry.Tx, []registry.Row) error) {
	d := newDesk(t, s)
	d.create(passport(1), passport(2))
	d.must(d.Verify(ctx))
	d.holds(passport(1), passport(2))
	update(t, s, func(tx registry.Tx) error {
		live, err := tx.Scan(registry.Live, nil, nil, 9)
		return errors.Join(err, spoil(tx, live))
	})
	other := newDeskOpen(t, s) // whoever publishes all notices it too
	d.refused(other.All(ctx, func(_ registry.Cursor, all iter.Seq2[list.Record, error]) error {
		for _, err := range all {
			if err != nil {
				return err
			}
		}
		return nil
	}), registry.ErrDamaged)
	d.refused(d.Verify(ctx), registry.ErrDamaged)
	_, err := d.Find(ctx, "UT000009", list.Passport, "UTO")
	d.refused(err, registry.ErrDamaged) // and not as one that there is not
	d.refused(d.Create(ctx, passport(3), Today), registry.ErrDamaged)
}

func noHeadIsNotEmpty(t *testing.T, s registry.Store) {
	d := newDesk(t, s)
	d.create(passport(1))
	update(t, s, func(tx registry.Tx) error { return deleteAll(tx, registry.Meta) })
	_, err := registry.Open(ctx, s, "sltd", Key())
	d.refused(err, registry.ErrDamaged)
	d.refused(d.Create(ctx, passport(2), Today), registry.ErrDamaged)
}
