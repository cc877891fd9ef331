package registry

import (
	"context"
	"encoding/hex"

	"portcullis/cache/list"
)

// Held is a record as a registry has it.
type Held struct {
	Record
	Key       string `json:"-"`                   // by which [Registry.ByKey] finds it again
	Inserted  string `json:"inserted"`            // the day on which it was created
	Changed   string `json:"changed"`             // the day of the last change
	Extension string `json:"extension,omitempty"` // why it is kept longer than was said at first
}

// Retrieve returns a record to its owner.
func (r *Registry) Retrieve(ctx context.Context, id Identity) (Held, error) {
	e, err := identify(id)
	if err != nil {
		return Held{}, wrap("retrieve record", err)
	}
	key, err := r.keyOf(e)
	if err != nil {
		return Held{}, wrap("retrieve record", err)
	}
	held, err := r.lookUp(ctx, key, func(s *stored) bool { return matches(s, e) })
	return held, wrap("retrieve record", err)
}

// Find returns the record of a document, whosever it is. The class is the one
// that a reader looks it up under.
func (r *Registry) Find(ctx context.Context, number string, class list.Class, issuer string) (Held, error) {
	digest, err := r.key.Digest(number)
	if err != nil {
		return Held{}, wrap("find record", refuse("number", NumberInvalid))
	}
	held, err := r.lookUp(ctx, rowKey(digest, class, issuer), func(s *stored) bool { return s != nil })
	return held, wrap("find record", err)
}

// ByKey returns the record that a search has found before.
func (r *Registry) ByKey(ctx context.Context, key string) (Held, error) {
	row, err := hex.DecodeString(key)
	if err != nil || len(row) < minRowKey {
		return Held{}, wrap("find record", refuse("key", NotFound))
	}
	held, err := r.lookUp(ctx, row, func(s *stored) bool { return s != nil })
	return held, wrap("find record", err)
}

func (r *Registry) lookUp(ctx context.Context, key []byte, wanted func(*stored) bool) (held Held, err error) {
	err = r.store.View(ctx, func(tx Tx) error {
		found, err := getStored(tx, Live, [][]byte{key})
		if err != nil {
			return err
		}
		if !wanted(found[0]) {
			return refuse("number", NotFound)
		}
		held = found[0].held(key)
		return nil
	})
	return held, err
}

func (s *stored) held(key []byte) Held {
	return Held{
		Record: Record{
			Number: s.number, IssuingState: s.issuer, Type: s.kind, Status: s.status.String(), Date: s.date.String(),
			Country: s.country, Reference: s.reference, NCBReference: s.ncbReference, Lot: s.lot, Info: s.info,
			Issued: s.issued.String(), DocumentExpiry: s.documentExpiry.String(), Expires: s.expires.String(), Owner: s.owner,
		},
		Key: hex.EncodeToString(key), Inserted: s.inserted.String(), Changed: s.changed.String(), Extension: s.extension,
	}
}
