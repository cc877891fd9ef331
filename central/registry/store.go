package registry

import (
	"context"
	"errors"
)

// A Store keeps the rows of one registry in ordered tables, durably: what an
// Update has written is there after a power cut, whole or not at all.
type Store interface {
	// View has f read one state.
	View(ctx context.Context, f func(Tx) error) error
	// Update has f read and write. One Update goes on at a time, of all
	// processes; when f or the commit fails, nothing of it stays, except that
	// a commit whose answer was lost may be there.
	Update(ctx context.Context, f func(Tx) error) error
	// Close ends the use of the store.
	Close() error
}

// A Tx reads and writes rows in one transaction. It ends with the function it
// is given to, and so do the bytes that it returns.
type Tx interface {
	// Get returns the values of keys, nil where there is none.
	Get(t Table, keys [][]byte) ([][]byte, error)
	// Put writes rows, over those that have their keys. No key comes twice.
	Put(t Table, rows []Row) error
	// Delete removes the rows of keys, as far as there are any.
	Delete(t Table, keys [][]byte) error
	// Scan returns in order the first rows behind one key and before another,
	// as many as there are up to a limit. A nil key is no bound.
	Scan(t Table, behind, before []byte, limit int) ([]Row, error)
}

// A Row is what a table has under a key.
type Row struct{ Key, Value []byte }

// Table names a table of a store.
type Table byte

// The tables. Keys of the first two are those of records: see [Registry].
const (
	Live     Table = iota // records
	Staged                // records of a load that is not final
	Journal               // cursor -> what lists carried before a change
	Hints                 // day and cursor -> records that were to end on the day
	Counts                // owner, class and status -> how many records
	Jobs                  // imports
	Rejected              // import and batch -> lines that were not taken in
	Meta                  // the rest
	Tables                // how many there are
)

var tableNames = [Tables]string{"live", "staged", "journal", "hints", "counts", "jobs", "rejected", "meta"}

// String returns the table's name, in lower case.
func (t Table) String() string { return tableNames[t] }

// ErrInUse means that another process has the store open, and that the store
// allows one alone.
var ErrInUse = errors.New("another process has the registry open: wait for it, or keep the registry in PostgreSQL, which serves several")
