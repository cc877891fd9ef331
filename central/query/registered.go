package query

import (
	"context"
	"errors"
	"time"

	"portcullis/cache/list"
	"portcullis/central/registry"
)

// Registered returns the records of a registry, whoever owns them. One whose
// last day is over is withdrawn for whoever asks, although its row may wait to
// be swept. All that goes wrong, a record that cannot be read too, is an error
// and never an empty answer.
func Registered(r *registry.Registry, now func() time.Time) Records { return registered{r, now} }

type registered struct {
	registry *registry.Registry
	now      func() time.Time
}

// Find returns the record of a document: a registry has one at most.
func (r registered) Find(ctx context.Context, q Question, most int) ([]Record, error) {
	held, err := r.registry.Find(ctx, q.Number, q.Class, q.Issuer)
	record, err := r.live(held, err)
	if errors.Is(err, ErrGone) || err == nil && most < 1 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []Record{record}, nil
}

// Record returns what a search has found before.
func (r registered) Record(ctx context.Context, key string) (Record, error) {
	held, err := r.registry.ByKey(ctx, key)
	return r.live(held, err)
}

// live returns a record that may still be kept, or ErrGone.
func (r registered) live(held registry.Held, err error) (Record, error) {
	if errors.Is(err, registry.NotFound) {
		return Record{}, ErrGone
	}
	if err != nil {
		return Record{}, err
	}
	record, err := recordOf(held)
	if err != nil {
		return Record{}, err
	}
	if !record.Expires.IsZero() && !r.now().UTC().Before(record.Expires.AddDate(0, 0, 1)) {
		return Record{}, ErrGone
	}
	return record, nil
}

// errUnread means that a registry has a record that says nothing we know.
var errUnread = errors.New("query: a record of the registry cannot be read")

func recordOf(h registry.Held) (Record, error) {
	class, ok := registry.ParseType(h.Type)
	status, err := list.ParseStatus(h.Status)
	if !ok || err != nil {
		return Record{}, errUnread
	}
	record := Record{
		Key: h.Key, Class: class, Type: h.Type, Issuer: h.IssuingState, Status: status, Owner: h.Owner,
		Country: h.Country, Reference: h.Reference, Lot: h.Lot,
	}
	if _, err := list.ParseClass(h.Type); err == nil {
		record.Type = "" // the registry has the class alone
	}
	record.Date, err = parseDay(h.Date)
	if err == nil {
		record.Expires, err = parseDay(h.Expires)
	}
	return record, err
}

// parseDay reads a day, or the zero time where there is none. The error does not
// quote what it read.
func parseDay(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, errUnread
	}
	return day, nil
}
