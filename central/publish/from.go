package publish

import (
	"context"
	"errors"
	"iter"
	"time"

	"portcullis/cache/list"
	"portcullis/central/registry"
)

// A Source is where the records of a list are kept: [registry.Registry].
type Source interface {
	// Changes returns what has changed since a cursor, or registry.ErrTakeAll.
	Changes(ctx context.Context, since registry.Cursor) (removed, added []list.Record, next registry.Cursor, err error)
	// All hands on all records in order, as they are at a cursor.
	All(ctx context.Context, take func(at registry.Cursor, records iter.Seq2[list.Record, error]) error) error
}

// PublishFrom makes what has changed in a registry since the last release that
// was made from it the next release. Where that is not known, all records are
// compared. The origin names the registry: cursors of another mean nothing.
func (p *Publisher) PublishFrom(ctx context.Context, now time.Time, origin string, src Source) (Result, error) {
	return p.publish(ctx, now, func(w *work) error {
		if w.origin != origin || w.last.Sequence == 0 || w.last.KeyID != w.KeyID {
			return w.takeAll(origin, src)
		}
		removed, added, next, err := src.Changes(ctx, registry.Cursor(w.cursor))
		if errors.Is(err, registry.ErrTakeAll) {
			return w.takeAll(origin, src)
		}
		if err != nil {
			return err
		}
		w.cursor = uint64(next)
		err = w.change(list.Change{Removed: list.Identities(removed), Added: added})
		if errors.Is(err, list.ErrConflict) { // someone has published from elsewhere
			return w.takeAll(origin, src)
		}
		return err
	})
}

func (w *work) takeAll(origin string, src Source) error {
	return src.All(w.ctx, func(at registry.Cursor, records iter.Seq2[list.Record, error]) error {
		w.origin, w.cursor = origin, uint64(at)
		return w.all(records)
	})
}
