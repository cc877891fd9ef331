package registry

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"

	"portcullis/cache/list"
)

// A Registry keeps the records of one list. All of its methods may be called
// at once; each change is whole or not there.
//
// Records lie in the order of their digests under the list's key, which is the
// order of a release. Two records are the same when digest, class and issuing
// State are, as on the list itself; each belongs to an owner, who alone
// changes it.
type Registry struct {
	store *guard
	id    string
	name  string
	key   list.Key
}

// A Cursor counts the changes of a registry. 0 is before the first.
type Cursor uint64

// head is what a registry knows of itself.
type head struct {
	Format int    `json:"format"`
	ID     string `json:"id"`
	List   string `json:"list"`
	KeyID  string `json:"key_id"`
	Cursor Cursor `json:"cursor"`
	Forgot Cursor `json:"forgot"` // the journal begins behind it
}

const format = 1

var headKey = []byte("head")

// ErrOtherList means that a store is the registry of another list, or was made
// with another key.
var ErrOtherList = errors.New("it is the registry of another list, or was made with another key of this one")

// Open returns the registry that a store keeps, of the list of that name and
// key. An empty store becomes it.
func Open(ctx context.Context, store Store, name string, key list.Key) (*Registry, error) {
	fresh := head{Format: format, ID: rand.Text(), List: name, KeyID: key.ID()}
	id := fresh.ID
	err := store.Update(ctx, func(tx Tx) error {
		var got head
		found, err := getJSON(tx, Meta, headKey, &got)
		switch {
		case err != nil:
			return err
		case !found:
			return errors.Join(empty(tx), putJSON(tx, Meta, headKey, fresh))
		case got.Format != format:
			return fmt.Errorf("its format is %d, and this program knows %d", got.Format, format)
		case got.List != fresh.List || got.KeyID != fresh.KeyID:
			return ErrOtherList
		}
		id = got.ID
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("registry: open registry of %s: %w", name, err)
	}
	return &Registry{store: &guard{Store: store}, id: id, name: name, key: key}, nil
}

// ID names the registry for as long as its store is there: a cursor means
// nothing to a registry with another one.
func (r *Registry) ID() string { return r.id }

// Close closes the store.
func (r *Registry) Close() error { return r.store.Close() }

func readHead(tx Tx) (h head, err error) {
	found, err := getJSON(tx, Meta, headKey, &h)
	if err == nil && !found {
		err = ErrDamaged
	}
	return h, err
}

// getJSON reads a row into v, and reports whether there is one.
func getJSON(tx Tx, t Table, key []byte, v any) (bool, error) {
	values, err := tx.Get(t, [][]byte{key})
	if err != nil || values[0] == nil {
		return false, err
	}
	if json.Unmarshal(values[0], v) != nil {
		return false, ErrDamaged
	}
	return true, nil
}

func putJSON(tx Tx, t Table, key []byte, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return tx.Put(t, []Row{{key, value}})
}

// page is how many rows are read, or changed, at once.
const page = 4096

// eachPage reads the rows of a table between two keys, page by page.
func eachPage(tx Tx, t Table, behind, before []byte, f func([]Row) error) error {
	for {
		rows, err := tx.Scan(t, behind, before, page)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			if err := f(rows); err != nil {
				return err
			}
		}
		if len(rows) < page {
			return nil
		}
		behind = rows[len(rows)-1].Key
	}
}

// deleteBetween removes the rows of a table between two keys.
func deleteBetween(tx Tx, t Table, behind, before []byte) error {
	return eachPage(tx, t, behind, before, func(rows []Row) error {
		keys := make([][]byte, len(rows))
		for i, row := range rows {
			keys[i] = row.Key
		}
		return tx.Delete(t, keys)
	})
}
