package main

import (
	"errors"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"portcullis/scripts/bench/job"
)

// bboltEngine is bbolt: a B+ tree in one memory-mapped file.
type bboltEngine struct {
	workload job.Workload
	dir      string
}

var bucket = []byte("records")

// bulk is how many keys one transaction of the load holds: with more of them
// it takes more memory and no less time.
const bulk = 20_000

// open maps the file once, so that it does not have to be mapped anew as it
// grows. The list of free pages is kept in the file: without it, all of the
// file is read at each start.
func (b bboltEngine) open(mapped int) (*bbolt.DB, error) {
	return bbolt.Open(filepath.Join(b.dir, "records.db"), 0o600, &bbolt.Options{
		FreelistType: bbolt.FreelistMapType, InitialMmapSize: mapped, NoStatistics: true,
	})
}

// Load inserts in order into pages that are filled to the end, and syncs once.
func (b bboltEngine) Load() (job.Store, error) {
	if err := errors.Join(os.RemoveAll(b.dir), os.MkdirAll(b.dir, 0o700)); err != nil {
		return nil, err
	}
	info, err := os.Stat(b.workload.Path(job.RecordsFile))
	if err != nil {
		return nil, err
	}
	db, err := b.open(int(3 * info.Size()))
	if err != nil {
		return nil, err
	}
	db.NoSync, db.NoGrowSync = true, true
	err = insertAll(db, b.workload)
	db.NoSync, db.NoGrowSync = false, false
	return bboltStore{b.workload, db, keyOf(b.workload)}, errors.Join(err, db.Sync())
}

func insertAll(db *bbolt.DB, w job.Workload) error {
	tx, err := db.Begin(true)
	if err != nil {
		return err
	}
	defer func() { tx.Rollback() }() // nothing, once it is committed
	to, err := tx.CreateBucket(bucket)
	if err != nil {
		return err
	}
	to.FillPercent = 1
	n := 0
	err = eachNumber(w, func(digest, payloads []byte) error {
		if n++; n%bulk == 0 {
			if err := tx.Commit(); err != nil {
				return err
			}
			if tx, err = db.Begin(true); err != nil {
				return err
			}
			to = tx.Bucket(bucket)
			to.FillPercent = 1
		}
		return to.Put(digest, append([]byte(nil), payloads...)) // the value is kept until the commit
	})
	if err != nil {
		return err
	}
	return tx.Commit()
}

func (b bboltEngine) Open() (job.Store, error) {
	db, err := b.open(0)
	return bboltStore{b.workload, db, keyOf(b.workload)}, err
}

type bboltStore struct {
	workload job.Workload
	db       *bbolt.DB
	key      []byte
}

func (b bboltStore) Close() error { return b.db.Close() }

func (b bboltStore) Lookup(q job.Query) (n int, err error) {
	digest := job.Digest(b.key, q.Number)
	err = b.db.View(func(tx *bbolt.Tx) error {
		n = matching(q, tx.Bucket(bucket).Get(digest[:]))
		return nil
	})
	return n, err
}

func (b bboltStore) Apply(delta int) error {
	return b.db.Update(func(tx *bbolt.Tx) error { return applyDelta(b.workload, delta, bboltChange{tx.Bucket(bucket)}) })
}

type bboltChange struct{ *bbolt.Bucket }

func (c bboltChange) get(digest []byte) ([]byte, error) { return c.Get(digest), nil }
func (c bboltChange) set(digest, payloads []byte) error { return c.Put(digest, payloads) }
func (c bboltChange) remove(digest []byte) error        { return c.Delete(digest) }

func (b bboltStore) Verify() error {
	sum := newChecksum()
	err := b.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucket).ForEach(func(digest, payloads []byte) error {
			sum.add(digest, payloads)
			return nil
		})
	})
	return errors.Join(err, sum.compare(b.workload))
}
