package registry

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrDamaged means that a row of a store is missing, or is not as it was
// written.
var ErrDamaged = errors.New("the registry is damaged: put a backup in its place, or make it anew and import all records")

// A Verifier is a store that can read back all that it has written.
type Verifier interface {
	// Verify fails with ErrDamaged if something is not as it was written.
	Verify(ctx context.Context) error
}

// Verify reads all records back, and whatever else a store that is a [Verifier]
// has, and fails with [ErrDamaged] if any is missing or is not as it was
// written. It is to be called before the first work and every day.
func (r *Registry) Verify(ctx context.Context) error {
	if v, ok := r.store.Store.(Verifier); ok {
		if err := v.Verify(ctx); err != nil {
			return wrap("verify", r.store.noted(err))
		}
	}
	return wrap("verify", r.store.View(ctx, func(tx Tx) error {
		for _, err := range allRecords(tx) {
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// A guard is a store that does nothing more once it is found damaged: a record
// that cannot be read would pass for one that there is not.
type guard struct {
	Store
	damaged atomic.Bool
}

// View implements Store.
func (g *guard) View(ctx context.Context, f func(Tx) error) error {
	if g.damaged.Load() {
		return ErrDamaged
	}
	return g.noted(g.Store.View(ctx, f))
}

// Update implements Store.
func (g *guard) Update(ctx context.Context, f func(Tx) error) error {
	if g.damaged.Load() {
		return ErrDamaged
	}
	return g.noted(g.Store.Update(ctx, f))
}

func (g *guard) noted(err error) error {
	if errors.Is(err, ErrDamaged) {
		g.damaged.Store(true)
	}
	return err
}

// empty fails unless a store has no rows at all.
func empty(tx Tx) error {
	for t := range Tables {
		if rows, err := tx.Scan(t, nil, nil, 1); err != nil || len(rows) > 0 {
			return errors.Join(err, ErrDamaged)
		}
	}
	return nil
}
